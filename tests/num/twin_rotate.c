/* The adjoint of the rotation is its transpose, also for tables with a magnitude: against finite
 * differences and as <R x, y> = <x, R^T y>. */
#include "src/num/rotate.h"
#include "tests/num/gradient.h"

enum { TOKENS = 5, HEADS = 2, DIM = 12, PAIRS = 4, POSITIONS = 40, LD = HEADS * DIM + 3 };
enum { SIZE = TOKENS * LD, TABLE = HEADS * POSITIONS * PAIRS };

static real x[SIZE], moved[SIZE], dy[SIZE], dx[SIZE], cosine[TABLE], sine[TABLE];
static const int32_t POSITION[TOKENS] = {0, 7, 7, 39, 3};
static struct rotary_table table = {.start = 2,
                                    .pairs = PAIRS,
                                    .positions = POSITIONS,
                                    .head_stride = POSITIONS * PAIRS,
                                    .cos = cosine,
                                    .sin = sine};

static double forward(void *context)
{
    (void)context;
    memcpy(moved, x, sizeof x);
    rotate(moved, LD, HEADS, DIM, TOKENS, POSITION, &table, 1);
    return inner(moved, dy, SIZE);
}

TEST(adjoint_is_the_transpose)
{
    const double inv_freq[PAIRS] = {1, 0.5, 0.02, 0};
    struct rng r = rng_open(5, "rotate");
    for (int h = 0; h < HEADS; h++)
        rotary_fill(cosine + h * POSITIONS * PAIRS, sine + h * POSITIONS * PAIRS, POSITIONS, PAIRS,
                    inv_freq, 1.3 + h);
    for (int layout = ROTARY_HALF; layout <= ROTARY_INTERLEAVED; layout++) {
        table.layout = layout;
        rng_fill_normal(&r, x, SIZE, 0, 1);
        rng_fill_normal(&r, dy, SIZE, 0, 1);
        memcpy(dx, dy, sizeof dx);
        rotate(dx, LD, HEADS, DIM, TOKENS, POSITION, &table, -1);
        ck_assert(gradient_error(forward, NULL, x, dx, SIZE) < 1e-8);
        ck_assert(fabs(forward(NULL) - inner(x, dx, SIZE)) < 1e-12 * SIZE);
    }
}
END

    int
    main(void)
{
    return run_tests("rotate (double)", adjoint_is_the_transpose, NULL);
}
