/* Generators whose best loss is no count: it is a probability, and that of inference by brute force. */
#include "src/data/data.h"

#include "src/data/records.h"
#include "tests/testing.h"

enum { TOKENS = 700 };

static unsigned char text[RECORD_TOKENS_MAX];

static void *document(const struct generator *g, int number, int tokens)
{
    char name[32];
    snprintf(name, sizeof name, "test/%d", number);
    struct rng rng = rng_open(1, name);
    g->write(&rng, tokens, text, NULL);
    void *memory = calloc(1, g->oracle);
    g->prepare(memory, text, tokens);
    return memory;
}

/* Probability that token i is `symbol`, by the generator's own account. */
static double probability(const struct generator *g, int i, int visible, unsigned char symbol)
{
    const unsigned char kept = text[i];
    void *memory = calloc(1, g->oracle);
    text[i] = symbol;
    g->prepare(memory, text, i + 1);
    const double p = exp(-g->loss(memory, text, i, visible));
    free(memory);
    text[i] = kept;
    return p;
}

/* ---- markov: the chain over pairs, by iteration ---- */

enum { V = RECORD_SYMBOLS };

static double noise(int e)
{
    double sum = 0, p = 0;
    for (int j = 0; j < V; j++) {
        sum += exp2(-j);
        if (5 * j % V == (e + V) % V) p = exp2(-j);
    }
    return p / sum;
}

static double step(int before, int last, int next)
{
    return .6 * noise(next - last) + .4 * noise(next - before);
}

TEST(markov_is_its_chain)
{
    static double pair[V][V], next[V][V];
    for (int a = 0; a < V; a++)
        for (int b = 0; b < V; b++) pair[a][b] = 1.0 / V / V;
    for (int round = 0; round < 60; round++) {
        memset(next, 0, sizeof next);
        for (int a = 0; a < V; a++)
            for (int b = 0; b < V; b++)
                for (int c = 0; c < V; c++) next[b][c] += pair[a][b] * step(a, b, c);
        memcpy(pair, next, sizeof pair);
    }
    void *memory = document(&generator_markov, 1, TOKENS);
    for (int i = 2; i < TOKENS; i += 7) {
        const int a = text[i - 2] - 'a', b = text[i - 1] - 'a', c = text[i] - 'a';
        double one = 0, all = 0;
        for (int before = 0; before < V; before++) {
            one += pair[before][b] * step(before, b, c);
            all += pair[before][b];
        }
        ck_assert_double_eq_tol(generator_markov.loss(memory, text, i, 0), log(V), 1e-12);
        ck_assert_double_eq_tol(generator_markov.loss(memory, text, i, 1), -log(one / all), 1e-9);
        ck_assert_double_eq_tol(generator_markov.loss(memory, text, i, 2), -log(step(a, b, c)),
                                1e-9);
        ck_assert_double_eq(generator_markov.loss(memory, text, i, 2),
                            generator_markov.loss(memory, text, i, i));
    }
    free(memory);
}
END

/* ---- tree: sum over every value of every node ---- */

/* Probability of the leaves [from, to) of a tree of 2^levels leaves; node 1 is the root. */
static double leaves_probability(int levels, int from, int to)
{
    const int nodes = 2 << levels, first = 1 << levels;
    double sum = 0;
    for (int assignment = 0; assignment < 1 << (nodes - 1); assignment++) {
        double p = .5;
        for (int j = 2; j < nodes && p > 0; j++) {
            const int own = assignment >> (j - 1) & 1, above = assignment >> (j / 2 - 1) & 1;
            p *= own == above ? .95 : .05;
            if (j >= first + from && j < first + to && own != (text[j - first] == 'b')) p = 0;
        }
        sum += p;
    }
    return sum;
}

TEST(tree_is_inference)
{
    for (int number = 0; number < 2; number++) {
        void *memory = document(&generator_tree, number, 8);
        for (int i = 0; i < 8; i++)
            for (int visible = 0; visible <= i; visible++) {
                const double before = leaves_probability(3, i - visible, i),
                             with = leaves_probability(3, i - visible, i + 1);
                ck_assert_double_eq_tol(generator_tree.loss(memory, text, i, visible),
                                        -log(with / before), 1e-9);
            }
        free(memory);
    }
}
END

/* Information between leaves d apart falls as lambda^(4 log2 d) / 2 nats. */
TEST(tree_correlates_as_a_power_law)
{
    enum { N = 4096, DOCUMENTS = 60 };
    double sum[3] = {0};
    static const int distance[3] = {2, 16, 128};
    for (int number = 0; number < DOCUMENTS; number++) {
        void *memory = document(&generator_tree, 100 + number, N);
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < N;
                 i++) { /* the partner in the other half of its pair of subtrees */
                const int j = i ^ (distance[k] / 2);
                sum[k] += text[i] == text[j] ? 1 : -1;
            }
        free(memory);
    }
    for (int k = 0; k < 3; k++) {
        const double h = log2(distance[k]), want = pow(.9, 2 * h);
        ck_assert_double_eq_tol(sum[k] / N / DOCUMENTS, want, .03);
    }
}
END

/* ---- dyck: a belief over the depth, step by step ---- */

static bool opens(unsigned char c)
{
    return c < 'e';
}

TEST(dyck_is_filtering)
{
    double pi[9], sum = 0;
    for (int d = 0; d <= 8; d++) sum += pi[d] = d == 0 || d == 8 ? .5 : 1;
    for (int d = 0; d <= 8; d++) pi[d] /= sum;
    void *memory = document(&generator_dyck, 4, TOKENS);
    for (int i = 0; i < TOKENS; i += 3)
        for (int visible = 0; visible <= i; visible = visible * 2 + 1) {
            double belief[9], p_open = 0, all = 0;
            int depth = 0, opener = -1;
            memcpy(belief, pi, sizeof pi);
            for (int t = i - visible; t < i; t++) {
                double next[9] = {0};
                for (int d = 0; d <= 8; d++) {
                    const double up = d == 0 ? 1 : d == 8 ? 0 : .5;
                    if (opens(text[t]) && d < 8) next[d + 1] = belief[d] * up;
                    if (!opens(text[t]) && d > 0) next[d - 1] = belief[d] * (1 - up);
                }
                memcpy(belief, next, sizeof next);
            }
            for (int t = i - 1; t >= i - visible && opener < 0; t--) {
                depth += opens(text[t]) ? -1 : 1;
                if (depth < 0) opener = t;
            }
            for (int d = 0; d <= 8; d++) {
                all += belief[d];
                p_open += belief[d] * (d == 0 ? 1 : d == 8 ? 0 : .5);
            }
            p_open /= all;
            double want = p_open / 4;
            if (!opens(text[i])) {
                want = (1 - p_open) / (opener < 0 ? 4 : 1);
                if (opener >= 0) ck_assert_int_eq(text[opener] + 4, text[i]);
            }
            ck_assert_double_eq_tol(generator_dyck.loss(memory, text, i, visible), -log(want),
                                    1e-9);
        }
    free(memory);
}
END

TEST(losses_are_of_probabilities)
{
    static const struct generator *const all[] = {&generator_markov, &generator_tree,
                                                  &generator_dyck};
    for (int k = 0; k < 3; k++) {
        free(document(all[k], 7, TOKENS));
        for (int i = 5; i < 300; i += 59)
            for (int visible = 0; visible <= i; visible = 2 * visible + 3) {
                double sum = 0;
                const int symbols = k == 0 ? 16 : k == 1 ? 2 : 4;
                for (int s = 0; s < symbols; s++)
                    sum += probability(all[k], i, visible, (unsigned char)('a' + s));
                if (k < 2) ck_assert_double_eq_tol(sum, 1, 1e-9);
                if (k == 2) ck_assert_double_le(sum, 1 + 1e-9);
            }
    }
}
END

/* ---- as sources ---- */

TEST(default_sources_have_their_laws_of_length)
{
    const struct data_config c = {.dev_fraction = 0.05, .test_fraction = 0.05};
    struct data *d;
    struct error e;
    const struct mixer_source *s;
    MUST(data_open(&d, &c, 1, &e), &e);
    ck_assert_int_eq(data_sources(d, &s), 5);
    const double mean[5] = {2290, 2290, 370, 3900, 1025}; /* log-uniform, short, long, constant */
    for (int i = 0; i < 5; i++) {
        const double own = (double)s[i].tokens / (double)s[i].documents;
        ck_assert_msg(fabs(own / mean[i] - 1) < 0.1, "%s: %g, not %g", s[i].name, own, mean[i]);
    }
    data_close(d);
}
END

/* More context is never worse, and the two ways to ask agree. */
TEST(best_losses_agree)
{
    static const char *const names[] = {"copy_lag", "keyed_records", "markov", "tree", "dyck"};
    for (int k = 0; k < 5; k++) {
        struct source_config s = {.generate = names[k], .tokens = 200000, .weight = 1};
        const struct data_config c = {.sources = {1, &s},
                                      .packing = {.document_mask = true, .reset_positions = true},
                                      .dev_fraction = 0.05,
                                      .test_fraction = 0.05};
        struct data *d;
        struct error e;
        struct batch b;
        MUST(data_open(&d, &c, 1, &e), &e);
        double before = HUGE_VAL;
        for (int context = 0; context <= 4096; context = 4 * context + 1) {
            const double best = data_best_loss(d, 0, SPLIT_DEV, context);
            ck_assert_msg(best <= before + 0.004, "%s: %g after %g", names[k], best, before);
            before = best;
        }
        const int n = (int)data_tokens(d, 0, SPLIT_DEV);
        double *best = malloc((size_t)n * sizeof *best), sum = 0;
        int64_t cursor = 0, targets = 0;
        MUST(batch_open(&b, 1 << 14, &e), &e);
        MUST(data_best_losses(d, 0, SPLIT_DEV, 1 << 14, 0, n, best, &e), &e);
        for (int at = 0;; at = (int)cursor) {
            MUST(data_eval_next(d, 0, SPLIT_DEV, 1 << 14, 1 << 14, n, &cursor, &b, &e), &e);
            if (!b.tokens) break;
            for (int i = 0; i < b.tokens; i++) {
                ck_assert_int_eq(b.target[i] == NO_TARGET, isnan(best[at + i]) != 0);
                if (b.target[i] == NO_TARGET) continue;
                sum += best[at + i];
                targets++;
            }
        }
        if (n <= 1 << 14) /* no row cuts a document */
            ck_assert_double_eq_tol(sum / (double)targets, data_best_loss(d, 0, SPLIT_DEV, 1 << 20),
                                    1e-9);
        ck_assert_double_le(sum / (double)targets, data_best_loss(d, 0, SPLIT_DEV, 64));
        batch_close(&b);
        free(best);
        data_close(d);
    }
}
END

int main(void)
{
    return run_tests("generators", markov_is_its_chain, tree_is_inference,
                     tree_correlates_as_a_power_law, dyck_is_filtering, losses_are_of_probabilities,
                     default_sources_have_their_laws_of_length, best_losses_agree, NULL);
}
