/* The look-up and its adjoint: every row counted once, sums of frequent tokens, and bits. */
#include "src/num/embed.h"
#include "tests/testing.h"

enum { TOKENS = 3000, VOCAB = 97, WIDTH = 150 };

static real table[VOCAB * WIDTH], x[TOKENS * WIDTH], sum[VOCAB * WIDTH], first[VOCAB * WIDTH];
static int32_t token[TOKENS];

static void fill(void)
{
    struct rng r = rng_open(1, "embed");
    rng_fill_normal(&r, table, VOCAB * WIDTH, 0, 1);
    rng_fill_normal(&r, x, TOKENS * WIDTH, 0.5, 1);
    for (int i = 0; i < TOKENS; i++)
        token[i] = (int32_t)rng_below(&r, 1 + rng_below(&r, VOCAB - 1));
    token[TOKENS - 1] = VOCAB - 1;
}

static void backward(void)
{
    void *scratch = malloc(embed_scratch(TOKENS, VOCAB));
    memcpy(sum, table, sizeof table);
    embed_backward(sum, x, token, TOKENS, WIDTH, VOCAB, scratch);
    free(scratch);
}

TEST(copies_rows)
{
    static real rows[TOKENS * WIDTH];
    fill();
    embed(rows, table, token, TOKENS, WIDTH);
    for (int i = 0; i < TOKENS; i++)
        ck_assert(memcmp(rows + i * WIDTH, table + token[i] * WIDTH, sizeof(real) * WIDTH) == 0);
}
END

TEST(adds_every_row_once)
{
    static double want[VOCAB * WIDTH];
    fill();
    backward();
    for (int i = 0; i < VOCAB * WIDTH; i++) want[i] = 0;
    for (int i = 0; i < TOKENS; i++)
        for (int c = 0; c < WIDTH; c++) want[token[i] * WIDTH + c] += x[i * WIDTH + c];
    for (int i = 0; i < VOCAB * WIDTH; i++) {
        const double all = table[i] + want[i];
        ck_assert(fabs(sum[i] - all) <= REAL_EPSILON * (fabs(all) + fabs(want[i])));
    }
}
END

TEST(same_bits_for_any_thread_count)
{
    static const int threads[] = {1, 2, 3, 8};
    fill();
    for (int t = 0; t < 4; t++) {
        parallel_init(threads[t]);
        backward();
        if (t == 0) memcpy(first, sum, sizeof sum);
        ck_assert(memcmp(first, sum, sizeof sum) == 0);
    }
    parallel_init(2);
}
END

    int
    main(void)
{
    parallel_init(2);
    return run_tests("embed", copies_rows, adds_every_row_once, same_bits_for_any_thread_count,
                     NULL);
}
