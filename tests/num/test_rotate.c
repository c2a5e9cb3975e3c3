/* Rotation against complex multiplication in double, the two layouts against each other, tables at
 * far positions, and bits. */
#include "src/num/rotate.h"
#include "tests/testing.h"

enum { TOKENS = 150, HEADS = 3, DIM = 40, PAIRS = 14, START = 5, LD = HEADS * DIM + 7 };
enum { POSITIONS = 500, SIZE = TOKENS * LD, TABLE = HEADS * POSITIONS * PAIRS };

static real x[SIZE], y[SIZE], first[SIZE], cosine[TABLE], sine[TABLE];
static int32_t position[TOKENS];
static double inv_freq[PAIRS];

static struct rotary_table setting(int layout, int head_stride)
{
    struct rng r = rng_open(9, "rotate");
    rng_fill_normal(&r, x, SIZE, 0, 1);
    for (int i = 0; i < TOKENS; i++) position[i] = (int32_t)rng_below(&r, POSITIONS);
    for (int i = 0; i < PAIRS; i++) inv_freq[i] = pow(100, -i / (double)PAIRS);
    for (int h = 0; h < HEADS; h++) { /* magnitude and angle of each head's own */
        double own[PAIRS];
        for (int i = 0; i < PAIRS; i++) own[i] = inv_freq[i] * (head_stride ? h + 1 : 1);
        rotary_fill(cosine + h * POSITIONS * PAIRS, sine + h * POSITIONS * PAIRS, POSITIONS, PAIRS,
                    own, head_stride ? 1 + 0.1 * h : 1);
    }
    memcpy(y, x, sizeof x);
    return (struct rotary_table){.layout = layout,
                                 .start = START,
                                 .pairs = PAIRS,
                                 .positions = POSITIONS,
                                 .head_stride = head_stride,
                                 .cos = cosine,
                                 .sin = sine};
}

/* The value that channel c of head h of token t must have. */
static double exact(const struct rotary_table *t, int token, int h, int c, int sign)
{
    const real *head = x + token * LD + h * DIM;
    const int k = c - START;
    if (k < 0 || k >= 2 * PAIRS) return head[c];
    const bool half = t->layout == ROTARY_HALF, second = half ? k >= PAIRS : k % 2;
    const int pair = half ? k % PAIRS : k / 2;
    const double own = t->head_stride ? h + 1 : 1, m = t->head_stride ? 1 + 0.1 * h : 1;
    const double angle = sign * position[token] * (inv_freq[pair] * own);
    const double a = head[START + (half ? pair : 2 * pair)],
                 b = head[START + (half ? pair + PAIRS : 2 * pair + 1)];
    return m * (second ? a * sin(angle) + b * cos(angle) : a * cos(angle) - b * sin(angle));
}

TEST(agrees_with_complex_multiplication)
{
    for (int layout = ROTARY_HALF; layout <= ROTARY_INTERLEAVED; layout++)
        for (int stride = 0; stride <= POSITIONS * PAIRS; stride += POSITIONS * PAIRS)
            for (int sign = 1; sign >= -1; sign -= 2) {
                const struct rotary_table t = setting(layout, stride);
                rotate(y, LD, HEADS, DIM, TOKENS, position, &t, sign);
                for (int i = 0; i < TOKENS; i++) {
                    for (int h = 0; h < HEADS; h++)
                        for (int c = 0; c < DIM; c++)
                            ck_assert(fabs(y[i * LD + h * DIM + c] - exact(&t, i, h, c, sign)) <
                                      2e-6);
                    for (int c = HEADS * DIM; c < LD; c++)
                        ck_assert(y[i * LD + c] == x[i * LD + c]);
                }
            }
}
END

TEST(adjoint_undoes_a_rotation_of_magnitude_one)
{
    const struct rotary_table t = setting(ROTARY_HALF, 0);
    rotate(y, LD, HEADS, DIM, TOKENS, position, &t, 1);
    ck_assert(relative_error(y, x, SIZE) > 0.1);
    rotate(y, LD, HEADS, DIM, TOKENS, position, &t, -1);
    ck_assert(relative_error(y, x, SIZE) < 2e-7);
}
END

TEST(layouts_differ_by_a_permutation_of_channels)
{
    const struct rotary_table half = setting(ROTARY_HALF, 0);
    struct rotary_table interleaved = half;
    interleaved.layout = ROTARY_INTERLEAVED;
    real *z = first;
    memcpy(z, x, sizeof x);
    for (int t = 0; t < TOKENS; t++)
        for (int i = 0; i < PAIRS; i++) {
            real *head = z + t * LD + START;
            head[2 * i] = x[t * LD + START + i];
            head[2 * i + 1] = x[t * LD + START + i + PAIRS];
        }
    rotate(y, LD, 1, DIM, TOKENS, position, &half, 1);
    rotate(z, LD, 1, DIM, TOKENS, position, &interleaved, 1);
    for (int t = 0; t < TOKENS; t++)
        for (int i = 0; i < PAIRS; i++) {
            const real *head = y + t * LD + START, *other = z + t * LD + START;
            /* up to the rounding of a fused product */
            ck_assert(fabs(other[2 * i] - head[i]) < 5e-7);
            ck_assert(fabs(other[2 * i + 1] - head[i + PAIRS]) < 5e-7);
        }
}
END

/* At position 131072 a float angle would be off by 0.008: the tables must come from double. */
TEST(far_positions_are_exact)
{
    enum { FAR = 131073 };
    static real c[FAR * 2], s[FAR * 2];
    const double freq[2] = {1, 0.1};
    rotary_fill(c, s, FAR, 2, freq, 2);
    for (int p = 0; p < FAR; p += 1031)
        for (int i = 0; i < 2; i++) {
            const long double angle = (long double)p * freq[i];
            ck_assert(fabsl(c[2 * p + i] - 2 * cosl(angle)) < 2.5e-7L);
            ck_assert(fabsl(s[2 * p + i] - 2 * sinl(angle)) < 2.5e-7L);
        }
}
END

TEST(same_bits_for_any_thread_count)
{
    static const int threads[] = {1, 2, 3, 8};
    for (int layout = ROTARY_HALF; layout <= ROTARY_INTERLEAVED; layout++)
        for (int t = 0; t < 4; t++) {
            parallel_init(threads[t]);
            const struct rotary_table table = setting(layout, 0);
            rotate(y, LD, HEADS, DIM, TOKENS, position, &table, 1);
            if (t == 0) memcpy(first, y, sizeof y);
            ck_assert(memcmp(first, y, sizeof y) == 0);
        }
    parallel_init(2);
}
END

    int
    main(void)
{
    parallel_init(2);
    return run_tests("rotate", agrees_with_complex_multiplication,
                     adjoint_undoes_a_rotation_of_magnitude_one,
                     layouts_differ_by_a_permutation_of_channels, far_positions_are_exact,
                     same_bits_for_any_thread_count, NULL);
}
