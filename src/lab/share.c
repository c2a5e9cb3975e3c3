/* share.c -- which arms of a plan have a past in common, so that it is trained once.
 *
 * Arms that differ in later stages alone pass through the same states before (src/train/prefix.h).
 * Of every arm: the steps at which it leaves a fork for others, and the arm before it in the plan
 * whose fork is the longest that it can begin from. All seeds share alike. */
#include <stdlib.h>

#include "src/lab/sweep_plan.h"
#include "src/train/prefix.h"

enum { ARMS = 64 }; /* every pair is walked step by step */

struct laid_out {
    struct conf *conf;
    struct run_config run;
    struct timeline timeline;
};

static void add_step(struct sweep_plan_arm *a, int64_t step)
{
    for (int i = 0; i < a->n_fork_at; i++)
        if (a->fork_at[i] == step) return;
    if (a->n_fork_at < PLAN_FORKS) a->fork_at[a->n_fork_at++] = step;
}

static void compare(struct sweep_plan *p, const struct laid_out *l, int i, int k)
{
    const struct timeline *a = &l[i].timeline, *b = &l[k].timeline;
    const int64_t steps = prefix_shared(a, b);
    /* a run that is over has left no fork beyond its own last checkpoint */
    if (steps < 1 || steps >= a->steps || steps >= b->steps) return;
    add_step(&p->arms[i], steps);
    add_step(&p->arms[k], steps);
    if (steps <= p->arms[i].after_steps) return;
    const struct timeline_at at = timeline_to(a->run, steps);
    p->arms[i].after = k;
    p->arms[i].after_steps = steps;
    p->arms[i].after_tokens = at.tokens;
    p->arms[i].after_share = a->tokens ? (double)at.tokens / (double)a->tokens : 0;
}

int sweep_plan_share(struct sweep_plan *p, struct error *e)
{
    int status = OK, n = 0;
    for (int i = 0; i < p->n_arms; i++) p->arms[i].after = -1;
    if (p->n_arms > ARMS) return OK;
    struct laid_out *l = calloc((size_t)p->n_arms + 1, sizeof *l);
    if (!l) return error_set(e, E_MEMORY, "no memory for %d arms", p->n_arms);
    for (; n < p->n_arms && !status; n++) {
        const struct sweep_plan_run *r = &p->runs[n * p->sweep->n_seeds];
        status = sweep_load_config(&l[n].conf, &l[n].run, r->config, r->id, e);
        if (!status) status = model_config_resolve(&l[n].run.model, e);
        if (!status) status = timeline_open(&l[n].timeline, &l[n].run, e);
    }
    for (int i = 0; i < n && !status; i++)
        for (int k = 0; k < i; k++) compare(p, l, i, k);
    for (int i = 0; i < n; i++) {
        timeline_close(&l[i].timeline);
        conf_close(l[i].conf);
    }
    free(l);
    return status;
}
