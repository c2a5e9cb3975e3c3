/* prune.c -- see prune.h. */
#include "src/lab/prune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/claim.h"
#include "src/lab/early_stop.h"
#include "src/lab/metrics.h"

enum { RUNGS = 64 };

int prune_open(struct prune *p, const struct store *s, struct error *e)
{
    p->target = calloc((size_t)s->n_arms + 1, sizeof *p->target);
    if (!p->target) return error_set(e, E_MEMORY, "no memory for %d arms", s->n_arms);
    for (int i = 0; i < s->n_arms; i++) p->target[i] = INT64_MAX;
    return OK;
}

void prune_close(struct prune *p)
{
    free(p->target);
    p->target = NULL;
}

/* The last eval/loss and stage of a run up to a rung. */
struct seen {
    int64_t rung, stage;
    double loss;
};

static int see(void *data, const struct jsn_doc *line, struct error *e)
{
    struct seen *s = data;
    int64_t tokens = 0;
    TRY(jsn_int(line, line->root, "tokens", true, &tokens, e));
    if (tokens > s->rung) return OK;
    TRY(jsn_int(line, line->root, "stage", false, &s->stage, e));
    return jsn_double(line, line->root, "eval/loss", false, &s->loss, e);
}

static bool has_arrived(const struct store *s, int arm, int64_t rung)
{
    for (int i = 0; i < s->n_runs; i++) {
        const struct store_run *r = &s->runs[i];
        if (r->arm == arm && !store_is_final(r->state) &&
            (r->state == STORE_RUNNING || r->tokens_done < rung))
            return false;
    }
    return true;
}

/* Mean over the seeds of an arm at a rung; INFINITY where one diverged before it, NaN where one has
 * failed, has no value there, or stands in another stage than `stage` (-1: any; the arm's own is
 * returned). */
static int mean_at(const struct store *s, int arm, int64_t rung, int64_t *stage, double *mean,
                   struct error *e)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < s->n_runs; i++) {
        const struct store_run *r = &s->runs[i];
        if (r->arm != arm) continue;
        struct seen seen = {rung, 0, NAN};
        TRY(metrics_walk(r->dir, NULL, see, &seen, e));
        const bool diverged = r->state == STORE_DIVERGED && r->tokens_done <= rung;
        if (*stage < 0) *stage = seen.stage;
        if (seen.stage != *stage && !diverged) seen.loss = NAN;
        sum += diverged ? INFINITY : seen.loss;
        n++;
    }
    *mean = n ? sum / n : NAN;
    return OK;
}

static int prune_arm(struct store *s, int arm, int64_t rung, double mean, struct error *e)
{
    char reason[160];
    snprintf(reason, sizeof reason, "eval/loss %.4g at %lld tokens: the rule drops this arm", mean,
             (long long)rung);
    for (int i = 0; i < s->n_runs; i++) {
        struct store_run *r = &s->runs[i];
        struct claim claim;
        bool taken;
        if (r->arm != arm || store_is_final(r->state)) continue;
        TRY(claim_take(&claim, r->dir, &taken, e));
        if (!taken) continue; /* another scheduler says the same */
        const int status = store_note(r, "end", "pruned", reason, false, e);
        claim_release(&claim);
        if (status) return status;
        store_refresh(s, r);
    }
    return OK;
}

/* All rungs of a bracket in turn, until one at which somebody is still awaited. */
static int update_bracket(struct prune *p, struct store *s, int bracket, double *mean, bool *out,
                          struct error *e)
{
    int64_t rung[RUNGS];
    const int brackets = early_stop_brackets(&s->early),
              n = early_stop_rungs(&s->early, bracket, rung, RUNGS);
    for (int k = 0; k < n && k < RUNGS; k++) {
        bool all = true;
        int64_t stage = -1;
        for (int a = bracket; a < s->n_arms; a += brackets)
            if (!out[a] && !has_arrived(s, a, rung[k])) all = false;
        if (!all) {
            for (int a = bracket; a < s->n_arms; a += brackets) p->target[a] = rung[k];
            return OK;
        }
        for (int a = 0; a < s->n_arms; a++) {
            mean[a] = NAN;
            if (a % brackets == bracket && !out[a])
                TRY(mean_at(s, a, rung[k], &stage, &mean[a], e));
        }
        for (int a = bracket; a < s->n_arms; a += brackets) {
            if (out[a] || early_stop_goes_on(&s->early, mean, s->n_arms, a, s->baseline)) continue;
            out[a] = true;
            TRY(prune_arm(s, a, rung[k], mean[a], e));
        }
    }
    for (int a = bracket; a < s->n_arms; a += brackets) p->target[a] = INT64_MAX;
    return OK;
}

int prune_update(struct prune *p, struct store *s, struct error *e)
{
    if (s->early.type == STOP_NEVER || s->n_arms == 0) return OK;
    double *mean = calloc((size_t)s->n_arms, sizeof *mean);
    bool *out = calloc((size_t)s->n_arms, sizeof *out);
    int status = mean && out ? OK : error_set(e, E_MEMORY, "no memory for %d arms", s->n_arms);
    const int brackets = early_stop_brackets(&s->early);
    for (int b = 0; b < brackets && b < s->n_arms && !status; b++)
        status = update_bracket(p, s, b, mean, out, e);
    free(mean);
    free(out);
    return status;
}
