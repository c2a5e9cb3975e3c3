/* The tables of the attention probes: masses and shares add up to 1, random blocks have their uniform
 * baselines, the same bytes anyhow, what cannot be probed is refused. The sums themselves are tested
 * in tests/num. */
#include "src/eval/sequences.h"
#include "tests/eval/fixture.h"

static const char probe[] = "{type: attention, length: 128, sequences: 5, repeated: 3}";

TEST(masses_and_shares_add_up)
{
    struct bench b;
    bench_open(&b, "{type: rope}", NULL);
    struct findings r = bench_run(&b, probe, BENCH_PASS);
    ck_assert_int_eq(table_rows(&r, "heads"), 2 * 2 * 2);
    const int distances = table_rows(&r, "by_distance") / 8, pairs = table_rows(&r, "rope") / 8;
    ck_assert_int_eq(distances, 8);
    ck_assert_int_eq(pairs, 8);
    for (int h = 0; h < 8; h++) {
        double mass = 0, share = 0;
        for (int k = 0; k < distances; k++)
            mass += table_number(&r, "by_distance", h * distances + k, "mass");
        for (int k = 0; k < pairs; k++)
            share += table_number(&r, "rope", h * pairs + k, "logit_share");
        ck_assert_msg(fabs(mass - 1) < 1e-5, "head %d: mass %.7f", h, mass);
        ck_assert_msg(fabs(share - 1) < 1e-9, "head %d: share %.9f", h, share);
    }
    /* blocks of 64 different tokens: in the second copy every row has one earlier twin */
    double uniform = 0;
    for (int i = 64; i < 128; i++) uniform += 1.0 / (i + 1) / 64;
    for (int h = 4; h < 8; h++) {
        ck_assert(fabs(table_number(&r, "heads", h, "duplicate_uniform") - uniform) < 1e-9);
        ck_assert(fabs(table_number(&r, "heads", h, "induction_uniform") - uniform) < 1e-9);
        ck_assert_int_eq((int)table_number(&r, "heads", h, "sequences"), 3);
    }
    findings_close(&r);
    bench_close(&b);
}
END

TEST(repeated_blocks)
{
    static int32_t token[3 * 100];
    ck_assert_int_eq(sequences_repeated(1, 257, 100, 3, token), 50);
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < 100; i++) {
            const int32_t *t = token + s * 100;
            ck_assert(t[i] >= 0 && t[i] < 257);
            for (int j = 0; j < i; j++) ck_assert((t[i] == t[j]) == (i - j == 50));
        }
    ck_assert_int_eq(sequences_repeated(1, 7, 100, 3, token), 7);
}
END

TEST(the_same_bytes_anyhow)
{
    struct bench b;
    bench_open(&b, "[{type: rope}, {type: alibi}]", NULL);
    same_anyhow(&b, probe, 128);
    bench_close(&b);
}
END

TEST(what_cannot_be_probed)
{
    struct bench b;
    struct error e;
    struct task_holder t;
    struct findings r = {0};
    bench_open(&b, "{type: cope}", NULL);
    const struct eval_at at = {.model = b.model,
                               .data = b.data,
                               .split = SPLIT_DEV,
                               .length = 64,
                               .train_length = 64,
                               .max_tokens = 256};
    ck_assert_int_eq(task_run(task_open(&t, "attention"), &at, &r, &e), E_USAGE);
    ck_assert_str_eq(e.text, "attention: the encoding of layer 0 transforms whole rows of logits, "
                             "which the probes cannot follow");
    findings_close(&r);
    conf_close(t.conf);
    ck_assert_int_eq(task_check_options(task_open(&t, "{type: attention, length: 8}"), &e),
                     E_USAGE);
    ck_assert_str_eq(e.text, "attention: length 8 is less than 64");
    conf_close(t.conf);
    bench_close(&b);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    return run_tests("attention", masses_and_shares_add_up, repeated_blocks, the_same_bytes_anyhow,
                     what_cannot_be_probed, NULL);
}
