/* Named streams: independent, restorable, and statistically what they say. */
#include "src/base/rng.h"
#include "tests/testing.h"

TEST(same_name_same_stream)
{
    struct rng a = rng_open(7, "mix"), b = rng_open(7, "mix"), c = rng_open(7, "init"), d = rng_open(8, "mix");
    const uint64_t x = rng_u64(&a);
    ck_assert(x == rng_u64(&b));
    ck_assert(x != rng_u64(&c));
    ck_assert(x != rng_u64(&d));
    struct rng saved = a;
    ck_assert(rng_u64(&a) == rng_u64(&saved));
}
END

TEST(normal_has_its_moments)
{
    struct rng r = rng_open(1, "test");
    double s = 0, q = 0;
    const int n = 200000;
    for (int i = 0; i < n; i++) {
        const double x = rng_normal(&r);
        s += x;
        q += x * x;
    }
    ck_assert(fabs(s / n) < 5 / sqrt(n));
    ck_assert(fabs(q / n - 1) < 5 * sqrt(2.0 / n));
}
END

TEST(permutation_hits_everything_once)
{
    for (uint64_t n = 1; n < 700; n = n * 3 / 2 + 1) {
        bool seen[1024] = {0};
        for (uint64_t i = 0; i < n; i++) {
            const uint64_t j = rng_permute(3, "documents", i, n);
            ck_assert(j < n && !seen[j]);
            seen[j] = true;
        }
    }
}
END

TEST(sums_ignore_the_thread_count)
{
    static real x[100003];
    struct rng r = rng_open(5, "sum");
    rng_fill_normal(&r, x, 100003, 0, 1);
    double first = 0;
    for (int t = 1; t <= 8; t++) {
        parallel_init(t);
        const double s = parallel_sum_squares(x, 100003);
        if (t == 1) first = s;
        ck_assert(s == first);
    }
    x[77777] = NAN;
    ck_assert(!parallel_all_finite(x, 100003));
}
END

int main(void)
{
    return run_tests("rng", same_name_same_stream, normal_has_its_moments, permutation_hits_everything_once,
                     sums_ignore_the_thread_count, NULL);
}
