/* Coverage of the intervals that evaluations report: tokens of one document share a random effect, and
 * documents differ in length. Documents as clusters cover what they say; tokens taken as independent
 * cover half of it. */
#include "src/stat/cluster.h"
#include "src/stat/mean.h"
#include "tests/testing.h"

enum { REPEATS = 4000, MOST = 80 };

/* Share of 95 % intervals that hold the true mean 2: by documents, and by tokens. */
static void coverage(int documents, double *clustered, double *naive)
{
    struct rng r = rng_open((uint64_t)documents, "coverage");
    *clustered = *naive = 0;
    for (int k = 0; k < REPEATS; k++) {
        double sum[MOST], count[MOST], all = 0, squares = 0, tokens = 0;
        for (int d = 0; d < documents; d++) {
            const double effect = 0.3 * rng_normal(&r);
            count[d] = 64 * (1 + (double)rng_below(&r, 4));
            sum[d] = 0;
            for (int i = 0; i < (int)count[d]; i++) {
                const double x = 2 + effect + 1.5 * rng_normal(&r);
                sum[d] += x;
                squares += x * x;
            }
            all += sum[d];
            tokens += count[d];
        }
        const struct stat_ratio_mean m = stat_cluster_mean(sum, count, documents);
        const double half = m.se * stat_t_critical(0.95, documents - 1), mean = all / tokens,
                     se = sqrt((squares / tokens - mean * mean) / tokens);
        *clustered += (fabs(m.mean - 2) <= half) / (double)REPEATS;
        *naive += (fabs(mean - 2) <= 1.96 * se) / (double)REPEATS;
    }
}

TEST(documents_are_the_units)
{
    static const int documents[] = {10, 20, 40, 80};
    for (int i = 0; i < 4; i++) {
        double clustered, naive;
        coverage(documents[i], &clustered, &naive);
        printf("%d documents: %.3f by documents, %.3f by tokens\n", documents[i], clustered, naive);
        ck_assert(clustered > 0.925 && clustered < 0.965);
        ck_assert(naive < 0.6);
    }
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("coverage", documents_are_the_units, NULL);
}
