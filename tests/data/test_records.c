/* Generated records: what they repeat, and the best possible loss against a reader that knows only
 * the format. */
#include "src/data/records.h"
#include "src/data/source.h"
#include "tests/testing.h"

enum { RECORDS = RECORD_TOKENS_MAX / 4 };

static const struct generator *const generators[] = {&generator_copy_lag, &generator_keyed_records};

/* The content a reader can name for token i of a document when it sees `context` tokens before it,
 * or 0. It reads the text alone. */
static int named_copy_lag(const unsigned char *text, int i, int context)
{
    const int record = i / 5 * 5;
    if (i == record || text[record] == '.') return 0;
    const int source = i - (5 << (text[record] - '0'));
    return i - source <= context ? text[source] : 0;
}

static int named_keyed(const unsigned char *text, int i, int context)
{
    const int record = i / 4 * 4, within = i - record;
    if (text[record] != '?' || within < 2) return 0;
    for (int store = record - 4; store >= 0; store -= 4) {
        if (text[store] != '+' || text[store + 3] != text[record + 1]) continue;
        const int source = store + within - 1;
        return i - source <= context ? text[source] : 0;
    }
    return 0;
}

static bool is_content(int kind, int i)
{
    return kind == 0 ? i % 5 > 0 : i % 4 > 0;
}

TEST(gaps_are_what_a_reader_finds)
{
    static unsigned char text[RECORD_TOKENS_MAX];
    static int32_t gap[RECORD_TOKENS_MAX];
    for (int kind = 0; kind < 2; kind++) {
        const struct generator *g = generators[kind];
        int seen[RECORD_OCTAVES + 2] = {0}, content = 0, copies = 0;
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct rng rng = rng_open(seed, "document");
            const int records = (int)(seed < 10 ? 60 : RECORD_TOKENS_MAX / g->record);
            g->write(&rng, records, text, gap);
            for (int i = 0; i < records * g->record; i++) {
                const bool symbol = text[i] >= 'a' && text[i] < 'a' + RECORD_SYMBOLS;
                ck_assert_int_eq(symbol, gap[i] != GAP_UNSCORED);
                ck_assert(!symbol || is_content(kind, i));
                if (!symbol) continue;
                content++;
                const int far = RECORD_TOKENS_MAX;
                const int named = kind ? named_keyed(text, i, far) : named_copy_lag(text, i, far);
                ck_assert_int_eq(named != 0, gap[i] != GAP_NONE);
                if (!named) continue;
                ck_assert_int_eq(named, text[i]);
                ck_assert_int_eq(text[i - gap[i]], text[i]);
                const int at =
                    kind ? named_keyed(text, i, gap[i]) : named_copy_lag(text, i, gap[i]);
                const int less =
                    kind ? named_keyed(text, i, gap[i] - 1) : named_copy_lag(text, i, gap[i] - 1);
                ck_assert(at && !less);
                copies++;
                seen[(int)log2((double)gap[i] / g->record + 0.5)]++;
            }
        }
        ck_assert(copies > content / 4); /* long contexts help a lot */
        for (int j = 0; j < RECORD_OCTAVES - 1; j++) ck_assert_msg(seen[j], "octave %d unused", j);
    }
}
END

/* No token is repeated twice: then, and only then, an unseen source says nothing. */
TEST(nothing_is_repeated_twice)
{
    static unsigned char text[RECORD_TOKENS_MAX];
    static int32_t gap[RECORD_TOKENS_MAX];
    for (int kind = 0; kind < 2; kind++) {
        static bool used[RECORD_TOKENS_MAX];
        memset(used, 0, sizeof used);
        struct rng rng = rng_open(5, "document");
        const int n = RECORD_TOKENS_MAX / generators[kind]->record;
        generators[kind]->write(&rng, n, text, gap);
        for (int i = 0; i < n * generators[kind]->record; i++) {
            if (gap[i] <= 0) continue;
            ck_assert(!used[i - gap[i]]);
            used[i - gap[i]] = true;
        }
    }
}
END

/* Content that a reader cannot name is uniform, also given the record before it. */
TEST(what_is_not_known_is_uniform)
{
    static unsigned char text[RECORD_TOKENS_MAX];
    static int32_t gap[RECORD_TOKENS_MAX];
    for (int kind = 0; kind < 2; kind++) {
        const struct generator *g = generators[kind];
        double count[RECORD_SYMBOLS] = {0}, same = 0, total = 0;
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct rng rng = rng_open(seed, "document");
            const int n = RECORD_TOKENS_MAX / g->record;
            g->write(&rng, n, text, gap);
            for (int i = g->record; i < n * g->record; i++) {
                /* a long copy, seen through a short window, next to content */
                const unsigned char neighbour = text[i - g->record];
                if (gap[i] <= 64 || neighbour < 'a' || neighbour >= 'a' + RECORD_SYMBOLS) continue;
                count[text[i] - 'a']++;
                same += neighbour == text[i];
                total++;
            }
        }
        double chi2 = 0;
        for (int v = 0; v < RECORD_SYMBOLS; v++)
            chi2 += pow(count[v] - total / RECORD_SYMBOLS, 2) / (total / RECORD_SYMBOLS);
        ck_assert_msg(chi2 < 40, "chi2 %g", chi2); /* 15 degrees of freedom: p = 5e-4 */
        const double p = 1.0 / RECORD_SYMBOLS, sd = sqrt(p * (1 - p) / total);
        ck_assert_msg(fabs(same / total - p) < 4 * sd, "share %g", same / total);
    }
}
END

static void open_source(struct source *s, const char *generator, int64_t tokens)
{
    const struct source_config c = {.generate = generator, .tokens = tokens};
    struct error e;
    *s = (struct source){.name = "x"};
    MUST(source_open_generated(s, &c, 3, &e), &e);
    MUST(source_split(s, 0.05, 0.05, &e), &e);
}

static void close_source(struct source *s)
{
    s->type->close(s->self);
    for (int k = 0; k < SPLITS; k++) free(s->split[k].v);
}

/* Brute force over the texts of a split, with a reader that gets only the last `context` tokens of
 * its part. */
TEST(best_loss_is_the_count)
{
    const int contexts[] = {1, 4, 5, 6, 31, 64, 500, 5000, 100000};
    for (int kind = 0; kind < 2; kind++)
        for (int64_t tokens = 20000; tokens <= 200000; tokens *= 10) {
            struct source s;
            open_source(&s, generators[kind]->name, tokens);
            struct reader r;
            struct error e;
            MUST(reader_open(&r, &s, &e), &e);
            static unsigned char text[RECORD_TOKENS_MAX];
            double before = 10;
            for (int c = 0; c < 9; c++) {
                int64_t targets = 0, named = 0;
                const struct part_list *l = &s.split[SPLIT_DEV];
                for (int64_t k = 0; k < l->n; k++) {
                    const struct part *p = &l->v[k];
                    reader_seek(&r, &s, p->document, 0);
                    reader_read(&r, &s, text, (size_t)p->end);
                    for (int64_t i = p->begin + 1; i < p->end; i++) {
                        if (!s.scored[text[i]]) continue;
                        const int64_t seen =
                            i - p->begin < contexts[c] ? i - p->begin : contexts[c];
                        targets++;
                        named += (kind ? named_keyed(text, (int)i, (int)seen)
                                       : named_copy_lag(text, (int)i, (int)seen)) != 0;
                    }
                }
                const double best = source_best_loss(&s, l, contexts[c]);
                ck_assert_double_eq_tol(
                    best, log(RECORD_SYMBOLS) * (1 - (double)named / (double)targets), 1e-9);
                ck_assert(best <= before);
                before = best;
            }
            reader_close(&r);
            close_source(&s);
        }
}
END

TEST(every_context_is_worth_something)
{
    for (int kind = 0; kind < 2; kind++) {
        struct source s;
        open_source(&s, generators[kind]->name, 4 << 20);
        double before = source_best_loss(&s, &s.split[SPLIT_TRAIN], 4);
        ck_assert_double_eq_tol(before, log(RECORD_SYMBOLS), 1e-9);
        if (getenv("VERBOSE")) printf("%s:", generators[kind]->name);
        for (int context = 16; context <= 4096; context *= 2) {
            const double best = source_best_loss(&s, &s.split[SPLIT_TRAIN], context);
            if (getenv("VERBOSE")) printf(" %d %.3f", context, best);
            ck_assert(best < before - 0.01);
            before = best;
        }
        if (getenv("VERBOSE")) printf("\n");
        close_source(&s);
    }
}
END

TEST(a_document_depends_on_its_number_alone)
{
    for (int kind = 0; kind < 2; kind++) {
        struct source s, more;
        open_source(&s, generators[kind]->name, 100000);
        open_source(&more, generators[kind]->name, 300000);
        struct reader a, b;
        struct error e;
        MUST(reader_open(&a, &s, &e), &e);
        MUST(reader_open(&b, &more, &e), &e);
        static unsigned char x[RECORD_TOKENS_MAX], y[RECORD_TOKENS_MAX];
        for (int64_t k = s.documents - 1; k >= 0; k--) {
            const int64_t n = s.type->length(s.self, k);
            ck_assert_int_eq(n, more.type->length(more.self, k));
            ck_assert_int_ge(n, RECORD_TOKENS_MIN - 5);
            ck_assert_int_le(n, RECORD_TOKENS_MAX);
            reader_seek(&a, &s, k, 0);
            reader_read(&a, &s, x, (size_t)n);
            reader_seek(&b, &more, k, n / 2);
            reader_read(&b, &more, y, (size_t)(n - n / 2));
            ck_assert_mem_eq(x + n / 2, y, (size_t)(n - n / 2));
        }
        reader_close(&a);
        reader_close(&b);
        close_source(&s);
        close_source(&more);
    }
}
END

int main(void)
{
    return run_tests("records", gaps_are_what_a_reader_finds, nothing_is_repeated_twice,
                     what_is_not_known_is_uniform, best_loss_is_the_count,
                     every_context_is_worth_something, a_document_depends_on_its_number_alone,
                     NULL);
}
