/* AdamW against the formula of the paper in double over a hundred steps, clamps, and bits. */
#include "src/num/adamw.h"
#include "tests/testing.h"

enum { SIZE = 20011 };

static real w[SIZE], m[SIZE], v[SIZE], g[SIZE], first[SIZE];

static void start(void)
{
    struct rng r = rng_open(1, "adamw");
    rng_fill_normal(&r, w, SIZE, 0, 1);
    memset(m, 0, sizeof m);
    memset(v, 0, sizeof v);
}

static void gradients(int t)
{
    struct rng r = rng_open(t, "gradients");
    rng_fill_normal(&r, g, SIZE, 0.1, 2);
}

static struct adamw setting(int t)
{
    return (struct adamw){.lr = 1e-2 / t,
                          .beta1 = 0.9,
                          .beta2 = 0.95,
                          .eps = 1e-8,
                          .weight_decay = 0.1,
                          .grad_scale = 0.5,
                          .t = t,
                          .min = 1,
                          .max = -1};
}

TEST(follows_the_formula_for_a_hundred_steps)
{
    static double ew[SIZE], em[SIZE], ev[SIZE];
    start();
    for (int i = 0; i < SIZE; i++) ew[i] = w[i];
    for (int t = 1; t <= 100; t++) {
        gradients(t);
        const struct adamw a = setting(t);
        adamw(&a, w, m, v, g, SIZE);
        for (int i = 0; i < SIZE; i++) {
            const double d = g[i] * a.grad_scale;
            em[i] = a.beta1 * em[i] + (1 - a.beta1) * d;
            ev[i] = a.beta2 * ev[i] + (1 - a.beta2) * d * d;
            const double mean = em[i] / (1 - pow(a.beta1, t)),
                         root = sqrt(ev[i] / (1 - pow(a.beta2, t)));
            ew[i] = ew[i] - a.lr * a.weight_decay * ew[i] - a.lr * mean / (root + a.eps);
        }
    }
    double difference = 0, size = 0;
    for (int i = 0; i < SIZE; i++) {
        difference += (w[i] - ew[i]) * (w[i] - ew[i]);
        size += ew[i] * ew[i];
        ck_assert(fabs(w[i] - ew[i]) < 3e-6 * (1 + fabs(ew[i])));
        ck_assert(fabs(v[i] - ev[i]) < 1e-5 * ev[i]);
    }
    ck_assert(sqrt(difference / size) < 5e-7);
}
END

/* m = 0.1, v = 0.001, c1 = 0.1, c2 = 0.001: w = 1 - 0.1 * 0.01 * 1 - 0.1 * 1 / (1 + 0.25) */
TEST(one_step_by_hand)
{
    real one[4] = {1, 0, 0, 1};
    const struct adamw a = {0.1, 0.9, 0.999, 0.25, 0.01, 1, 1, 1, 0};
    adamw(&a, one, one + 1, one + 2, one + 3, 1);
    ck_assert(fabs(one[0] - 0.919) < 2e-7);
    ck_assert(fabs(one[1] - 0.1) < 1e-8 && fabs(one[2] - 0.001) < 1e-9);
}
END

TEST(zero_rate_leaves_the_parameters)
{
    start();
    memcpy(first, w, sizeof w);
    gradients(1);
    struct adamw a = setting(1);
    a.lr = 0;
    adamw(&a, w, m, v, g, SIZE);
    ck_assert(memcmp(first, w, sizeof w) == 0);
    ck_assert(v[0] > 0);
}
END

TEST(clamps_and_keeps_what_is_not_a_number)
{
    start();
    gradients(1);
    g[7] = NAN;
    struct adamw a = setting(1);
    a.min = -0.25;
    a.max = 0.5;
    adamw(&a, w, m, v, g, SIZE);
    int low = 0, high = 0;
    for (int i = 0; i < SIZE; i++) {
        if (i == 7) continue;
        ck_assert(w[i] >= -0.25 && w[i] <= 0.5);
        low += w[i] == (real)-0.25;
        high += w[i] == (real)0.5;
    }
    ck_assert(low > SIZE / 4 && high > SIZE / 5);
    ck_assert(isnan(w[7]));
}
END

TEST(same_bits_for_any_thread_count)
{
    static const int threads[] = {1, 2, 3, 8};
    for (int t = 0; t < 4; t++) {
        parallel_init(threads[t]);
        start();
        for (int k = 1; k <= 3; k++) {
            gradients(k);
            const struct adamw a = setting(k);
            adamw(&a, w, m, v, g, SIZE);
        }
        if (t == 0) memcpy(first, w, sizeof w);
        ck_assert(memcmp(first, w, sizeof w) == 0);
    }
    parallel_init(2);
}
END

    int
    main(void)
{
    parallel_init(2);
    return run_tests("adamw", follows_the_formula_for_a_hundred_steps, one_step_by_hand,
                     zero_rate_leaves_the_parameters, clamps_and_keeps_what_is_not_a_number,
                     same_bits_for_any_thread_count, NULL);
}
