/* cluster.c -- see cluster.h. */
#include "src/stat/cluster.h"

#include <math.h>
#include <stddef.h>

static double sum_at(const double *x, const double *y, int d)
{
    return y ? x[d] - y[d] : x[d];
}

static struct stat_ratio_mean ratio(const double *x, const double *y, const double *count, int n)
{
    struct stat_ratio_mean r = {0, NAN, NAN};
    double sum = 0, tokens = 0, squares = 0;
    for (int d = 0; d < n; d++) {
        if (!(count[d] > 0)) continue;
        r.documents++;
        sum += sum_at(x, y, d);
        tokens += count[d];
    }
    if (!r.documents) return r;
    r.mean = sum / tokens;
    for (int d = 0; d < n; d++) {
        if (!(count[d] > 0)) continue;
        const double deviation = sum_at(x, y, d) - r.mean * count[d];
        squares += deviation * deviation;
    }
    if (r.documents > 1) r.se = sqrt(squares * r.documents / (r.documents - 1)) / tokens;
    return r;
}

struct stat_ratio_mean stat_cluster_mean(const double *sum, const double *count, int documents)
{
    return ratio(sum, NULL, count, documents);
}

struct stat_ratio_mean stat_cluster_difference(const double *sum_x, const double *sum_y,
                                               const double *count, int documents)
{
    return ratio(sum_x, sum_y, count, documents);
}

double stat_total_error(double sd_seed, int seeds, double se_documents)
{
    return sqrt(sd_seed * sd_seed / seeds + se_documents * se_documents);
}
