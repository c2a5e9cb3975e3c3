/* multiple.c -- see multiple.h. */
#include "src/stat/multiple.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

struct ranked {
    double p;
    int at;
};

static int by_p(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return x->at - y->at;
}

/* Numbers of p in order; returns how many. */
static int rank(const double *p, int n, struct ranked *r)
{
    int m = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(p[i])) r[m++] = (struct ranked){p[i], i};
    qsort(r, (size_t)m, sizeof *r, by_p);
    return m;
}

static void adjust(const double *p, int n, double *out, bool holm)
{
    struct ranked *r = malloc((size_t)(n > 0 ? n : 1) * sizeof *r);
    const int m = r ? rank(p, n, r) : 0;
    for (int i = 0; i < n; i++) out[i] = NAN;
    double last = holm ? 0 : 1;
    for (int k = 0; k < m; k++) {
        const int i = holm ? k : m - 1 - k;
        const double q = fmin(1, r[i].p * (holm ? m - i : (double)m / (i + 1)));
        last = holm ? fmax(last, q) : fmin(last, q);
        out[r[i].at] = last;
    }
    free(r);
}

void stat_holm(const double *p, int n, double *out)
{
    adjust(p, n, out, true);
}

void stat_benjamini_hochberg(const double *p, int n, double *out)
{
    adjust(p, n, out, false);
}
