/* assigner.c -- see assigner.h. */
#include "src/data/assigner.h"

#include <assert.h>
#include <math.h>

int assign_deadline(int k, int64_t longest, const double *target, const int64_t *drawn,
                    assign_ahead *ahead, void *context, double *scratch)
{
    if (k == 1) return 0;
    double *deficit = scratch, *future = scratch + k, *w = scratch + 2 * k;
    const double bound = (1 - 1 / (2.0 * k - 2)) * (double)longest;
    const double barred = -HUGE_VAL, rounding = 1e-9 * (double)longest;
    int64_t length = 0;
    const bool known = ahead(context, 0, w, &length);
    assert(known);
    (void)known;
    int best =
        -1; /* the largest deficit decides between equal deadlines, and where nothing is due */
    for (int i = 0; i < k; i++) {
        future[i] = deficit[i] = target[i] + (double)length * w[i] - (double)drawn[i];
        if (deficit[i] - (double)length < -bound - rounding)
            deficit[i] = barred;
        else if (best < 0 || deficit[i] > deficit[best])
            best = i;
    }
    for (int64_t j = 1;; j++) {
        int due = -1;
        for (int i = 0; i < k; i++)
            if (deficit[i] > barred && future[i] > bound + rounding &&
                (due < 0 || deficit[i] > deficit[due]))
                due = i;
        if (due >= 0) return due;
        if (!ahead(context, j, w, &length)) return best;
        for (int i = 0; i < k; i++) future[i] += (double)length * w[i];
    }
}

int assign_deficit(int k, const double *w, const int64_t *slot, const double *target,
                   const int64_t *drawn)
{
    int best = -1;
    double most = 0;
    for (int i = 0; i < k; i++) {
        if (w[i] <= 0) continue;
        const double middle = target[i] - (double)drawn[i] + (double)slot[i] * (w[i] - 0.5);
        if (best < 0 || middle > most) {
            best = i;
            most = middle;
        }
    }
    assert(best >= 0);
    return best;
}

void assign_account(int k, const double *w, int64_t length, int chosen, double *target,
                    int64_t *drawn)
{
    for (int i = 0; i < k; i++) target[i] += (double)length * w[i];
    drawn[chosen] += length;
}
