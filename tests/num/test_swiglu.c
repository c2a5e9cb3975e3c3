/* The gated unit against its formula in double, in place, at its limits, and bits. */
#include "src/num/swiglu.h"
#include "tests/testing.h"

enum { ROWS = 130, WIDTH = 1061, SIZE = ROWS * WIDTH };

static real gate_up[2 * SIZE], y[SIZE], dy[SIZE], d[2 * SIZE], first[2 * SIZE], again[SIZE];

static void fill(void)
{
    struct rng r = rng_open(1, "swiglu");
    rng_fill_normal(&r, gate_up, 2 * SIZE, 0, 4);
    rng_fill_normal(&r, dy, SIZE, 0, 1);
}

TEST(agrees_with_the_formula)
{
    fill();
    swiglu(y, gate_up, ROWS, WIDTH);
    swiglu_backward(d, again, dy, gate_up, ROWS, WIDTH);
    ck_assert(memcmp(y, again, sizeof y) == 0);
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < WIDTH; c++) {
            const size_t at = (size_t)i * WIDTH + c, gate = at + (size_t)i * WIDTH,
                         up = gate + WIDTH;
            const double x = gate_up[gate], u = gate_up[up], s = 1 / (1 + exp(-x)), g = dy[at];
            const double bound = 2e-6 * (1 + fabs(x)) * (1 + fabs(u));
            ck_assert(fabs(y[at] - x * s * u) < bound);
            ck_assert(fabs(d[gate] - g * u * s * (1 + x * (1 - s))) < bound * (1 + fabs(g)));
            ck_assert(fabs(d[up] - g * x * s) < bound * (1 + fabs(g)));
        }
}
END

TEST(may_work_in_place)
{
    fill();
    swiglu_backward(first, NULL, dy, gate_up, ROWS, WIDTH);
    swiglu(y, gate_up, ROWS, WIDTH);
    swiglu_backward(gate_up, again, dy, gate_up, ROWS, WIDTH);
    ck_assert(memcmp(first, gate_up, sizeof first) == 0);
    ck_assert(memcmp(y, again, sizeof y) == 0);
}
END

TEST(large_gates_stay_finite)
{
    static const real gates[] = {-1e30, -200, -88, 0, 88, 200, 1e30};
    for (int i = 0; i < 7; i++) {
        const real in[2] = {gates[i], 1}, one = 1;
        real out, back[2];
        swiglu(&out, in, 1, 1);
        swiglu_backward(back, NULL, &one, in, 1, 1);
        ck_assert(isfinite(out) && isfinite(back[0]) && isfinite(back[1]));
        ck_assert(fabs(out - (in[0] > 0 ? in[0] : 0)) <= 1e-6 * fabs(in[0]));
    }
    const real in[2] = {NAN, 1};
    real out;
    swiglu(&out, in, 1, 1);
    ck_assert(isnan(out));
}
END

TEST(same_bits_for_any_thread_count_and_for_a_row_alone)
{
    static const int threads[] = {1, 2, 3, 8};
    fill();
    for (int t = 0; t < 4; t++) {
        parallel_init(threads[t]);
        swiglu_backward(d, y, dy, gate_up, ROWS, WIDTH);
        if (t == 0) {
            memcpy(first, d, sizeof d);
            memcpy(again, y, sizeof y);
        }
        ck_assert(memcmp(first, d, sizeof d) == 0);
        ck_assert(memcmp(again, y, sizeof y) == 0);
    }
    swiglu(y, gate_up + 2 * 99 * WIDTH, 1, WIDTH);
    ck_assert(memcmp(again + 99 * WIDTH, y, sizeof(real) * WIDTH) == 0);
    parallel_init(2);
}
END

    int
    main(void)
{
    parallel_init(2);
    return run_tests("swiglu", agrees_with_the_formula, may_work_in_place, large_gates_stay_finite,
                     same_bits_for_any_thread_count_and_for_a_row_alone, NULL);
}
