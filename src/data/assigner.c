/* assigner.c -- see assigner.h. */
#include "src/data/assigner.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { SPANS = 64 }; /* looked ahead; then the weights are taken to go on */

static const double barred = -HUGE_VAL;

/* What a cell is owed before the slot, where it may take it; otherwise barred. Returns how many may.
 */
static int bar(int k, double bound, double rounding, const double *w, const int64_t *slot,
               const double *target, const int64_t *drawn, double *owed)
{
    int n = 0;
    for (int i = 0; i < k; i++) {
        const double x = target[i] - (double)drawn[i], d = (double)slot[i];
        const bool may =
            slot[i] > 0 && (w[i] > 0 || x > rounding) && x + d * w[i] - d >= -bound - rounding;
        owed[i] = may ? x : barred;
        n += may;
    }
    return n;
}

/* The largest deficit in the middle of the slot. */
static int most_owed(int k, const double *w, const int64_t *slot, const double *target,
                     const int64_t *drawn)
{
    int best = -1;
    double most = 0;
    for (int i = 0; i < k; i++) {
        if (w[i] <= 0 || !slot[i]) continue;
        const double middle = target[i] - (double)drawn[i] + (double)slot[i] * (w[i] - 0.5);
        if (best >= 0 && middle <= most) continue;
        best = i;
        most = middle;
    }
    assert(best >= 0);
    return best;
}

/* Who is first owed more than the bound under constant weights, and after how many tokens; -1: nobody
 * ever. Equal times: who is owed more. */
static int first_due(int k, double bound, const double *w, const double *owed, double *after)
{
    int best = -1;
    for (int i = 0; i < k; i++) {
        if (owed[i] == barred || w[i] <= 0) continue;
        const double t = (bound - owed[i]) / w[i];
        if (best >= 0 && (t > *after || (t == *after && owed[i] <= owed[best]))) continue;
        best = i;
        *after = t;
    }
    return best;
}

int assign_slot(int k, int64_t longest, double *w, const int64_t *slot, const double *target,
                const int64_t *drawn, assign_ahead *ahead, void *context, double *scratch)
{
    double *owed = scratch, *then = scratch + k;
    const double bound = (1 - 1 / (2.0 * k - 2)) * (double)longest;
    int64_t begin = 0, span = 0;
    bool known = ahead(context, 0, w, &span);
    assert(known);
    if (k == 1) return 0;
    if (!bar(k, bound, 1e-9 * (double)longest, w, slot, target, drawn, owed))
        return most_owed(k, w, slot, target, drawn);
    memcpy(then, w, (size_t)k * sizeof *w);
    for (int j = 0;; j++) {
        double after = 0;
        const int due = first_due(k, bound, then, owed, &after);
        const bool last = !known || j == SPANS;
        if (due >= 0 && (last || after <= (double)span)) return due;
        if (last) break;
        for (int i = 0; i < k; i++) owed[i] += (double)span * then[i];
        begin += span;
        known = ahead(context, begin, then, &span);
    }
    int most = -1; /* whoever may has no weight from here on: only what is owed decides */
    for (int i = 0; i < k; i++)
        if (owed[i] > barred && (most < 0 || owed[i] > owed[most])) most = i;
    return most;
}

void assign_account(int k, const double *w, int64_t length, int chosen, double *target,
                    int64_t *drawn)
{
    for (int i = 0; i < k; i++) target[i] += (double)length * w[i];
    drawn[chosen] += length;
}
