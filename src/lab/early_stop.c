/* early_stop.c -- see early_stop.h. */
#include "src/lab/early_stop.h"

#include <math.h>
#include <stdlib.h>

int early_stop_brackets(const struct early_stop *s)
{
    if (s->type != STOP_HYPERBAND || s->min_tokens < 1) return 1;
    int n = 1;
    for (int64_t t = s->min_tokens; t <= s->max_tokens / s->eta; t *= s->eta) n++;
    return n;
}

int early_stop_rungs(const struct early_stop *s, int bracket, int64_t *rung, int most)
{
    int n = 0;
    if (s->type == STOP_NEVER || s->min_tokens < 1 || s->eta < 2) return 0;
    for (int64_t t = s->min_tokens; t < s->max_tokens; t *= s->eta) {
        if (bracket-- <= 0) {
            if (n < most) rung[n] = t;
            n++;
        }
        if (t > s->max_tokens / s->eta) break;
    }
    return n;
}

/* Is a better than b? */
static bool better(const struct early_stop *s, double a, double b)
{
    return s->goal == GOAL_MINIMIZE ? a < b : a > b;
}

bool early_stop_goes_on(const struct early_stop *s, const double *mean, int arms, int arm,
                        int baseline)
{
    const int brackets = early_stop_brackets(s);
    if (s->type == STOP_NEVER || arm == baseline || isnan(mean[arm])) return true;
    int n = 0, ahead = 0, behind = 0; /* arms at the rung; strictly better; strictly worse */
    for (int a = 0; a < arms; a++) {
        if (isnan(mean[a]) || a % brackets != arm % brackets) continue;
        n++;
        ahead += better(s, mean[a], mean[arm]);
        behind += better(s, mean[arm], mean[a]);
    }
    if (n < (s->min_arms > 2 ? s->min_arms : 2)) return true;
    if (s->type == STOP_MEDIAN) return ahead <= behind; /* not below the middle of the others */
    const int keep = n / s->eta;
    return ahead < (keep ? keep : 1);
}
