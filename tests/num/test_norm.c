/* The norm against its formula in double, aliasing, added adjoints, and bits. */
#include "src/num/norm.h"
#include "tests/testing.h"

enum { MOST = 1 << 20 };

static real x[MOST], y[MOST], dy[MOST], dx[MOST], first[MOST], r[MOST], gain[4096];
static real dgain[4096], first_dgain[4096];
static const double EPS = 1e-5;

static void fill(int rows, int groups, int width)
{
    struct rng g = rng_open(rows + width, "norm");
    rng_fill_normal(&g, x, (size_t)rows * groups * width, 0.2, 2);
    rng_fill_normal(&g, dy, (size_t)rows * groups * width, 0, 1);
    rng_fill_normal(&g, gain, width, 1, 0.2);
}

static void backward(real *to, int add, real *sum, int rows, int groups, int width)
{
    void *partial = malloc(rmsnorm_scratch(width));
    const int ld = groups * width;
    rmsnorm_backward(to, ld, add, sum, dy, ld, x, ld, r, gain, rows, groups, width, partial);
    free(partial);
}

/* Forward and adjoint of one row in double; returns its r. */
static double exact_row(const real *in, const real *pull, int width, double *out, double *back)
{
    double squares = 0, dot = 0;
    for (int c = 0; c < width; c++) squares += (double)in[c] * in[c];
    const double scale = 1 / sqrt(squares / width + EPS);
    for (int c = 0; c < width; c++) dot += (double)gain[c] * pull[c] * in[c];
    for (int c = 0; c < width; c++) {
        out[c] = in[c] * scale * gain[c];
        back[c] = scale * gain[c] * pull[c] - in[c] * scale * scale * scale * dot / width;
    }
    return scale;
}

static void check(int rows, int groups, int width)
{
    static double out[4096], back[4096], sum[4096];
    fill(rows, groups, width);
    memset(sum, 0, sizeof sum);
    for (int c = 0; c < width; c++) dgain[c] = (real)c;
    const int ld = groups * width;
    rmsnorm(y, ld, r, x, ld, gain, rows, groups, width, EPS);
    backward(dx, 0, dgain, rows, groups, width);
    double wrong = 0, wrong_back = 0, size_back = 0;
    for (int i = 0; i < rows * groups; i++) {
        const real *in = x + (size_t)i * width;
        const double scale = exact_row(in, dy + (size_t)i * width, width, out, back);
        ck_assert(fabs(r[i] - scale) < 4 * REAL_EPSILON * scale);
        for (int c = 0; c < width; c++) {
            const double d = dx[(size_t)i * width + c] - back[c];
            wrong = fmax(wrong, fabs(y[(size_t)i * width + c] - out[c]));
            wrong_back += d * d;
            /* the two terms of the adjoint nearly cancel where the width is 1 */
            size_back += pow(scale * gain[c] * dy[(size_t)i * width + c], 2);
            sum[c] += dy[(size_t)i * width + c] * in[c] * scale;
        }
    }
    ck_assert(wrong < 3e-6);
    ck_assert(sqrt(wrong_back / size_back) < 1e-6);
    for (int c = 0; c < width; c++)
        ck_assert(fabs(dgain[c] - (c + sum[c])) < 1e-6 * (c + sqrt(rows * groups)));
}

TEST(agrees_with_the_formula)
{
    check(1, 1, 1);
    check(3, 1, 17);
    check(200, 1, 256);
    check(65, 4, 64);
    check(130, 3, 40);
    check(5, 1, 4095);
}
END

TEST(may_work_in_place)
{
    enum { ROWS = 70, WIDTH = 48 };
    fill(ROWS, 1, WIDTH);
    rmsnorm(first, WIDTH, r, x, WIDTH, gain, ROWS, 1, WIDTH, EPS);
    memcpy(y, x, sizeof(real) * ROWS * WIDTH);
    rmsnorm(y, WIDTH, r, y, WIDTH, gain, ROWS, 1, WIDTH, EPS);
    ck_assert(memcmp(first, y, sizeof(real) * ROWS * WIDTH) == 0);

    memset(dgain, 0, sizeof dgain);
    memset(first_dgain, 0, sizeof dgain);
    backward(first, 0, first_dgain, ROWS, 1, WIDTH);
    memcpy(dx, dy, sizeof(real) * ROWS * WIDTH);
    memcpy(y, dy, sizeof(real) * ROWS * WIDTH);
    void *partial = malloc(rmsnorm_scratch(WIDTH));
    rmsnorm_backward(dx, WIDTH, 0, dgain, dx, WIDTH, x, WIDTH, r, gain, ROWS, 1, WIDTH, partial);
    free(partial);
    ck_assert(memcmp(first, dx, sizeof(real) * ROWS * WIDTH) == 0);
    ck_assert(memcmp(first_dgain, dgain, sizeof dgain) == 0);

    memcpy(y, x, sizeof(real) * ROWS * WIDTH);
    backward(y, 1, dgain, ROWS, 1, WIDTH);
    for (int i = 0; i < ROWS * WIDTH; i++)
        ck_assert(fabs((double)y[i] - ((double)x[i] + first[i])) < 1e-6 * (1 + fabs(y[i])));
}
END

TEST(touches_only_its_own_columns)
{
    enum { ROWS = 9, WIDTH = 20, LD = 31 };
    struct rng g = rng_open(2, "columns");
    rng_fill_normal(&g, x, ROWS * LD, 0, 1);
    for (int c = 0; c < WIDTH; c++) gain[c] = 1;
    for (int i = 0; i < ROWS * LD; i++) y[i] = 77;
    rmsnorm(y, LD, r, x, LD, gain, ROWS, 1, WIDTH, EPS);
    for (int i = 0; i < ROWS; i++)
        for (int c = WIDTH; c < LD; c++) ck_assert(y[i * LD + c] == 77);
}
END

TEST(same_bits_for_any_thread_count_and_for_a_row_alone)
{
    static const int threads[] = {1, 2, 3, 8};
    enum { ROWS = 1000, WIDTH = 72 };
    fill(ROWS, 2, WIDTH);
    for (int t = 0; t < 4; t++) {
        parallel_init(threads[t]);
        memset(dgain, 0, sizeof dgain);
        rmsnorm(y, 2 * WIDTH, r, x, 2 * WIDTH, gain, ROWS, 2, WIDTH, EPS);
        backward(y, 1, dgain, ROWS, 2, WIDTH);
        if (t == 0) {
            memcpy(first, y, sizeof(real) * ROWS * 2 * WIDTH);
            memcpy(first_dgain, dgain, sizeof dgain);
        }
        ck_assert(memcmp(first, y, sizeof(real) * ROWS * 2 * WIDTH) == 0);
        ck_assert(memcmp(first_dgain, dgain, sizeof dgain) == 0);
    }
    parallel_init(2);
    rmsnorm(first, 2 * WIDTH, r, x, 2 * WIDTH, gain, ROWS, 2, WIDTH, EPS);
    const size_t at = 777 * 2 * WIDTH;
    rmsnorm(y, 2 * WIDTH, r, x + at, 2 * WIDTH, gain, 1, 2, WIDTH, EPS);
    ck_assert(memcmp(first + at, y, sizeof(real) * 2 * WIDTH) == 0);
}
END

    int
    main(void)
{
    parallel_init(2);
    return run_tests("norm", agrees_with_the_formula, may_work_in_place,
                     touches_only_its_own_columns,
                     same_bits_for_any_thread_count_and_for_a_row_alone, NULL);
}
