/* Leakage against all pairs of documents, compared word by word. */
#include "src/data/leakage.h"

#include <unistd.h>

#include "src/data/near_duplicates.h"
#include "tests/testing.h"

enum { DOCUMENTS = 110, WORDS = 120, GRAM = 13, VOCABULARY = 3000 };

static char folder[64];

struct corpus {
    int n, words[DOCUMENTS];
    int word[DOCUMENTS][2 * WORDS];
};

static struct corpus corpus[2];

/* Random documents; some quote 13 words of an earlier one (of either source), some 12, some copy it
 * but for a word. */
static void make(void)
{
    struct rng r = rng_open(1, "leakage");
    for (int s = 0; s < 2; s++) {
        struct corpus *c = &corpus[s];
        c->n = DOCUMENTS;
        for (int i = 0; i < c->n; i++) {
            c->words[i] = WORDS + (int)rng_below(&r, WORDS);
            for (int k = 0; k < c->words[i]; k++) c->word[i][k] = (int)rng_below(&r, VOCABULARY);
            if (!i) continue;
            const struct corpus *from = &corpus[rng_below(&r, (uint64_t)s + 1)];
            const int other = (int)rng_below(&r, (uint64_t)i), kind = (int)rng_below(&r, 8);
            if (kind < 2)
                memcpy(&c->word[i][20], &from->word[other][40],
                       (size_t)(kind ? GRAM : GRAM - 1) * sizeof(int));
            if (kind == 2) {
                c->words[i] = from->words[other];
                memcpy(c->word[i], from->word[other], sizeof c->word[i]);
                c->word[i][60] = VOCABULARY;
            }
        }
    }
}

static void write_corpus(int s, const char *path)
{
    static const char *const between[] = {" ", ", ", ".\\n", " - ", "\\u00a0; "};
    FILE *f = fopen(path, "w");
    for (int i = 0; i < corpus[s].n; i++) {
        fprintf(f, "{\"text\": \"");
        for (int k = 0; k < corpus[s].words[i]; k++)
            fprintf(f, "%s%s%d", k ? between[(i + k) % 4] : "", (i + k) % 2 ? "Word" : "wORD",
                    corpus[s].word[i][k]);
        fprintf(f, "\"}\n");
    }
    fclose(f);
}

/* N-grams of a that stand in b too, places counted. */
static int shared(const struct corpus *a, int i, const struct corpus *b, int j, int n)
{
    int places = 0;
    for (int p = 0; p + n <= a->words[i]; p++) {
        bool found = false;
        for (int q = 0; q + n <= b->words[j] && !found; q++)
            found = !memcmp(&a->word[i][p], &b->word[j][q], (size_t)n * sizeof(int));
        places += found;
    }
    return places;
}

static struct data *open_both(void)
{
    static char path[2][128];
    static const char *name[2];
    struct source_config s[2];
    for (int k = 0; k < 2; k++) {
        snprintf(path[k], sizeof path[k], "%s/%c.jsonl", folder, "ab"[k]);
        write_corpus(k, path[k]);
        name[k] = path[k];
        s[k] = (struct source_config){.path = {1, &name[k]}, .weight = 1};
    }
    const struct data_config c = {.sources = {2, s}, .dev_fraction = 0.2, .test_fraction = 0.2};
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    return d;
}

TEST(shared_ngrams_are_those_of_all_pairs)
{
    struct data *d = open_both();
    struct leakage l;
    struct error e;
    MUST(leakage_measure(&l, d, GRAM, 1 << 20, &e), &e);
    ck_assert_int_eq(l.groups, 6);
    ck_assert_int_eq(l.kept_one_in, 1);
    int leaks = 0;
    for (int g = 0; g < 6; g++)
        for (int h = 0; h < 6; h++) {
            if (g == h) continue;
            const int n = (int)data_documents(d, g / 3, g % 3),
                      m = (int)data_documents(d, h / 3, h % 3);
            int documents = 0, near = 0;
            for (int i = 0; i < n; i++) {
                bool shares = false, like = false;
                const int a = (int)data_document_of(d, g / 3, g % 3, i);
                for (int j = 0; j < m; j++) {
                    const int b = (int)data_document_of(d, h / 3, h % 3, j);
                    shares |= shared(&corpus[g / 3], a, &corpus[h / 3], b, GRAM) > 0;
                    const int same = shared(&corpus[g / 3], a, &corpus[h / 3], b, 5),
                              all = corpus[g / 3].words[a] + corpus[h / 3].words[b] - 8 - same;
                    like |= same > 0.8 * all;
                }
                documents += shares;
                near += like;
            }
            ck_assert_int_eq(l.documents[g], n);
            ck_assert_int_eq(l.shared_documents[g * 6 + h], documents);
            ck_assert_int_eq(l.near[g * 6 + h], near);
            leaks += documents;
        }
    ck_assert_int_gt(leaks, 50);
    leakage_close(&l);
    data_close(d);
}
END

/* Fewer n-grams kept: shares stay. */
TEST(a_sample_tells_the_same_shares)
{
    struct data *d = open_both();
    struct leakage all, some;
    struct error e;
    MUST(leakage_measure(&all, d, 4, 1 << 20, &e), &e);
    MUST(leakage_measure(&some, d, 4, 20000, &e), &e);
    ck_assert_int_gt(some.kept_one_in, 2);
    for (int g = 0; g < 6; g++) {
        const double want = (double)all.shared_grams[g * 6] / (double)all.grams[g],
                     got = (double)some.shared_grams[g * 6] / (double)some.grams[g];
        ck_assert_double_eq_tol(
            (double)some.grams[g] * (double)some.kept_one_in / (double)all.grams[g], 1, 0.15);
        ck_assert_double_eq_tol(got, want, 0.05);
    }
    leakage_close(&all);
    leakage_close(&some);
    ck_assert_int_eq(leakage_measure(&all, d, 65, 1000, &e), E_USAGE);
    ck_assert_str_eq(e.text, "n-grams of 65 words: 1 to 64 are possible");
    leakage_close(&all);
    data_close(d);
}
END

/* Sketches in families: a template, copies of it, and others with some bins changed, so that a
 * bucket holds many that are not alike. All pairs are the oracle. */
TEST(near_duplicates_are_those_of_all_pairs)
{
    enum { FAMILIES = 12, EACH = 60, N = FAMILIES * EACH, GROUPS = 5 };
    static struct sketch sketch[N];
    static int group[N];
    struct rng r = rng_open(1, "sketches");
    struct near_duplicates d = {0};
    struct error e;
    int64_t near[GROUPS * GROUPS] = {0}, want[GROUPS * GROUPS] = {0};
    for (int i = 0; i < N; i++) {
        const int changed = i % EACH ? (int)rng_below(&r, 40) - 8 : 0;
        if (i % EACH)
            sketch[i] = sketch[i - i % EACH];
        else
            for (int k = 0; k < SKETCH_BINS; k++) sketch[i].least[k] = rng_below(&r, 1ull << 60);
        for (int k = 0; k < changed; k++)
            sketch[i].least[rng_below(&r, SKETCH_BINS)] = rng_below(&r, 1ull << 60);
        group[i] = (int)rng_below(&r, GROUPS);
        MUST(near_add(&d, &sketch[i], group[i], &e), &e);
    }
    for (int i = 0; i < N; i++)
        for (int g = 0; g < GROUPS; g++) {
            bool like = false;
            for (int j = 0; j < N && !like; j++) {
                int same = 0;
                if (j == i || group[j] != g) continue;
                for (int k = 0; k < SKETCH_BINS; k++)
                    same += sketch[i].least[k] == sketch[j].least[k];
                like = same >= 52;
            }
            want[group[i] * GROUPS + g] += like;
        }
    int64_t cut;
    MUST(near_count(&d, GROUPS, near, &cut, &e), &e);
    ck_assert_int_eq(cut, 0);
    for (int k = 0; k < GROUPS * GROUPS; k++) ck_assert_int_eq(near[k], want[k]);
    ck_assert_int_gt(want[1], 20);
    near_close(&d);
}
END

/* A part that thousands share makes none of them alike: said, and those that are alike are
 * found. */
TEST(boilerplate_is_cut_and_said)
{
    enum { N = 2000, COMMON = 24 };
    struct rng r = rng_open(1, "boilerplate");
    struct near_duplicates d = {0};
    struct sketch s, common;
    struct error e;
    int64_t near[4] = {0}, cut;
    for (int k = 0; k < SKETCH_BINS; k++) common.least[k] = rng_below(&r, 1ull << 60);
    for (int i = 0; i < N; i++) {
        s = common;
        for (int k = COMMON; k < SKETCH_BINS; k++) s.least[k] = rng_below(&r, 1ull << 60);
        MUST(near_add(&d, &s, 0, &e), &e);
        if (i % 100) continue;
        s.least[63] ^= 1;
        MUST(near_add(&d, &s, 1, &e), &e);
    }
    MUST(near_count(&d, 2, near, &cut, &e), &e);
    ck_assert_int_eq(near[1], N / 100);
    ck_assert_int_eq(near[2], N / 100);
    ck_assert_int_eq(near[0] + near[3], 0);
    ck_assert_int_eq(cut, N + N / 100);
    near_close(&d);
}
END

int main(void)
{
    strcpy(folder, "/tmp/ropewalk-test-leakage-XXXXXX");
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    make();
    const int status =
        run_tests("leakage", shared_ngrams_are_those_of_all_pairs, a_sample_tells_the_same_shares,
                  near_duplicates_are_those_of_all_pairs, boilerplate_is_cut_and_said, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) ? EXIT_FAILURE : status;
}
