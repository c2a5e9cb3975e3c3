/* Offsets, bands, slices and heads against straightforward computations; the same bytes anyhow. */
#include "src/eval/key_tokens.h"
#include "src/eval/ngrams.h"
#include "src/eval/sequences.h"
#include "tests/base/scratch.h"
#include "tests/eval/fixture.h"

TEST(relative_encodings_do_not_mind_offsets)
{
    static const char yaml[] = "{type: offset_invariance, length: 64, sequences: 4}";
    struct bench b;
    bench_open(&b, "{type: rope}", NULL);
    struct findings r = bench_run(&b, yaml, BENCH_PASS);
    ck_assert_int_eq(table_rows(&r, "offsets"), 5);
    ck_assert(fabs(findings_value(&r, "largest_change")) < 1e-5);
    findings_close(&r);
    same_anyhow(&b, yaml, 64);
    bench_close(&b);
    bench_open(&b, "{type: learned_absolute, max_position_embeddings: 1024}", NULL);
    r = bench_run(&b, yaml, BENCH_PASS);
    ck_assert(fabs(findings_value(&r, "largest_change")) > 1e-3);
    findings_close(&r);
    bench_close(&b);
}
END

/* A band without its pairs is the model whose q has zeros there: here all bands together are a model
 * without any rotated product, so its logits are 0 and each band's loss differs from the plain one. */
TEST(bands)
{
    static const char yaml[] = "{type: band_ablation, length: 64, sequences: 4, bands: 8}";
    struct bench b;
    bench_open(&b, "{type: rope}", NULL);
    struct findings r = bench_run(&b, yaml, BENCH_PASS);
    ck_assert_int_eq(table_rows(&r, "bands"), 8);
    for (int k = 0; k < 8; k++) {
        ck_assert_int_eq((int)table_number(&r, "bands", k, "first"), k);
        const double wavelength = 2 * acos(-1) * pow(10000, k / 8.0);
        ck_assert(fabs(table_number(&r, "bands", k, "wavelength_first") / wavelength - 1) < 1e-6);
        ck_assert(table_number(&r, "bands", k, "delta") != 0);
    }
    findings_close(&r);
    same_anyhow(&b, yaml, 64);
    bench_close(&b);
}
END

/* The lower half of the frequencies at 0 is p-RoPE with p = 1/2, of the same weights; all of them,
 * no rotation at all. */
TEST(bands_that_stand_still)
{
    static const char *const by[] = {
        "{type: band_ablation, length: 64, sequences: 4, by: still, bands: 2}",
        "{type: band_ablation, length: 64, sequences: 4, by: still, bands: 1}"};
    static const char *const same[] = {"{type: proportional, partial_rotary_factor: 0.5}",
                                       "{type: nope}"};
    for (int k = 0; k < 2; k++) {
        struct bench b;
        bench_open(&b, "{type: rope}", NULL);
        same_anyhow(&b, by[k], 64);
        struct findings r = bench_run(&b, by[k], BENCH_PASS);
        const double still =
            table_number(&r, "bands", 1 - k, "nll") + table_number(&r, "bands", 1 - k, "delta");
        findings_close(&r);
        bench_close(&b);
        bench_open(&b, same[k], NULL);
        const struct eval_at at = {.data = b.data, .split = SPLIT_DEV, .seed = 1};
        static int32_t token[4 * 64];
        struct error e;
        int n;
        double sum = 0;
        MUST(sequences_text(&at, 0, 64, 4, token, &n, &e), &e);
        for (int i = 0; i < n; i++)
            for (int j = 1; j < 64; j++)
                sum += naive_loss(&b, token + i * 64, j, token[i * 64 + j]);
        ck_assert_msg(fabs(still - sum / (n * 63)) < 1e-6, "%s: %.8f, not %.8f", same[k], still,
                      sum / (n * 63));
        bench_close(&b);
    }
}
END

TEST(retrieval_heads_are_ranked_and_masked)
{
    static const char yaml[] =
        "{type: retrieval_heads, task: {type: key_value}, length: 96, samples: 6, draws: 2}";
    struct bench b;
    bench_open(&b, "{type: rope}", NULL);
    struct findings r = bench_run(&b, yaml, BENCH_PASS);
    ck_assert_int_eq(table_rows(&r, "heads"), 4);
    ck_assert_int_eq(table_rows(&r, "masking"), 1 + 3 + 3);
    for (int k = 0; k < 4; k++) {
        const double score = table_number(&r, "heads", k, "score");
        ck_assert(score >= 0 && score <= 1);
        ck_assert(k == 0 || score <= table_number(&r, "heads", k - 1, "score"));
    }
    const double plain = table_number(&r, "masking", 0, "nll");
    for (int k = 1; k < 7; k++) ck_assert(table_number(&r, "masking", k, "nll") != plain);
    findings_close(&r);
    same_anyhow(&b, yaml, 96);
    bench_close(&b);
}
END

TEST(slices_are_the_same_anyhow)
{
    struct bench b;
    char yaml[700], keys[512];
    snprintf(keys, sizeof keys, "%s", in_scratch("keys.txt"));
    snprintf(yaml, sizeof yaml,
             "{type: slices, length: 128, sequences: 5, alpha: 0.1, beta: -6, write_keys: %s}",
             keys);
    bench_open(&b, "{type: rope}", NULL);
    same_anyhow(&b, yaml, 128);
    struct findings r = bench_run(&b, yaml, BENCH_PASS);
    const double n = findings_value(&r, "key_tokens"), ppl = findings_value(&r, "longppl");
    ck_assert(n > 0 && ppl > 1);
    findings_close(&r);
    /* read back: the same tokens, whatever the thresholds */
    snprintf(yaml, sizeof yaml, "{type: slices, length: 128, sequences: 5, keys: %s}", keys);
    r = bench_run(&b, yaml, BENCH_PASS);
    ck_assert(findings_value(&r, "key_tokens") == n && findings_value(&r, "longppl") == ppl);
    findings_close(&r);
    bench_close(&b);
}
END

/* The short loss of a token by a pass of its own. */
TEST(short_contexts_are_what_they_say)
{
    struct bench b;
    struct error e;
    static int32_t token[3 * 100];
    int n;
    bench_open(&b, "{type: rope}", NULL);
    struct findings r = bench_run(
        &b, "{type: slices, length: 100, sequences: 3, context: 20, advance: 7, rare: 1000000}",
        200);
    const struct eval_at at = {.model = b.model, .data = b.data, .split = SPLIT_DEV, .seed = 1};
    MUST(sequences_text(&at, 0, 100, 3, token, &n, &e), &e);
    double lsd = 0;
    int count = 0;
    for (int s = 0; s < n; s++)
        for (int i = 20; i < 100; i++) {
            const int32_t *t = token + s * 100;
            const int begin = 20 + (i - 20) / 7 * 7 - 20;
            lsd += naive_loss(&b, t + begin, i - begin, t[i]) - naive_loss(&b, t, i, t[i]);
            count++;
        }
    ck_assert_int_eq((int)table_number(&r, "long_short", 0, "tokens"), count);
    ck_assert_msg(fabs(findings_value(&r, "lsd") - lsd / count) < 1e-5, "%.7f, not %.7f",
                  findings_value(&r, "lsd"), lsd / count);
    findings_close(&r);
    bench_close(&b);
}
END

TEST(gaps_of_n_grams)
{
    struct bench b;
    struct error e;
    static int32_t gap[400];
    static int32_t token[400];
    struct rng rng = rng_open(3, "grams");
    bench_open(&b, "{type: rope}", NULL);
    for (int i = 0; i < 400; i++) token[i] = 'a' + (int32_t)rng_below(&rng, 4);
    MUST(ngram_gaps(b.data, 0, 3, 1 << 30, 1000, token, 2, 200, gap, &e), &e);
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 200; i++) {
            const int32_t *t = token + s * 200;
            int want = 0;
            for (int j = i - 1; j >= 2 && i >= 2 && !want; j--)
                if (t[j] == t[i] && t[j - 1] == t[i - 1] && t[j - 2] == t[i - 2]) want = i - j;
            ck_assert_int_eq(gap[s * 200 + i], want);
        }
    /* nothing that training says is rare */
    MUST(ngram_gaps(b.data, 0, 2, 0, 20000, token, 2, 200, gap, &e), &e);
    int left = 0;
    for (int i = 0; i < 400; i++) left += gap[i] > 0;
    ck_assert_int_eq(left, 0);
    bench_close(&b);
}
END

static void bad_keys(const char *text, const char *why)
{
    struct key_tokens k;
    struct error e;
    char message[600];
    put_file("bad.txt", text, strlen(text));
    ck_assert(key_tokens_read(&k, in_scratch("bad.txt"), 8, &e) != OK);
    snprintf(message, sizeof message, "%s%s", in_scratch("bad.txt"), why);
    ck_assert_str_eq(e.text, message);
    key_tokens_close(&k);
}

TEST(files_of_key_tokens_that_are_none)
{
    bad_keys("hello", ":1: not a file of key tokens: '# length N' is missing");
    bad_keys("# length 8\n0 1\n0 x\n", ":3: not two numbers");
    bad_keys("# length 8\n0 5\n0 5\n", ":3: the tokens do not ascend");
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    scratch_open();
    return scratch_close(run_tests("probes", relative_encodings_do_not_mind_offsets, bands,
                                   bands_that_stand_still, retrieval_heads_are_ranked_and_masked,
                                   slices_are_the_same_anyhow, short_contexts_are_what_they_say,
                                   gaps_of_n_grams, files_of_key_tokens_that_are_none, NULL));
}
