/* run_facts.c -- see run_facts.h. */
#include "src/lab/run_facts.h"

#include <math.h>
#include <stdlib.h>

#include "src/train/timeline.h"

/* Step by step, as training goes; phases NULL: only counts. */
static int phases(const struct run_config *run, struct run_phase *phase)
{
    struct timeline_at at = {0};
    struct timeline_step step, now = {0};
    int n = 0;
    for (; timeline_next(run, &at, &step); timeline_take(&at, &step), now = step) {
        if (step.enters || step.length != now.length || step.window != now.window) {
            if (phase)
                phase[n] = (struct run_phase){.length = step.length,
                                              .window = step.window,
                                              .block = step.mask == MASK_BLOCK,
                                              .mixer = &run_stage(run, step.stage)->mixer};
            n++;
        }
        if (phase) phase[n - 1].tokens += (double)step.tokens;
    }
    return n;
}

/* Base of what the run rotates by in the end. */
static double last_theta(const struct run_config *run)
{
    const struct conf_variants *stack = &run_stage(run, run->stages.n - 1)->position;
    for (int i = 0; i < stack->n; i++) {
        const struct position_type *t = (const struct position_type *)stack->v[i].type;
        if (t->rope_theta) return t->rope_theta(stack->v[i].opts);
    }
    return NAN;
}

int loaded_run_open(struct loaded_run *l, const char *path, bool data, struct error *e)
{
    *l = (struct loaded_run){0};
    TRY(run_config_load(&l->conf, &l->run, path, 0, NULL, e));
    if (data || !l->run.model.vocab_size) {
        TRY(data_open(&l->data, &l->run.data, (uint64_t)l->run.seed, e));
        if (!l->run.model.vocab_size) l->run.model.vocab_size = data_vocab_size(l->data);
    }
    TRY(model_config_resolve(&l->run.model, e));
    struct timeline timeline;
    TRY(timeline_open(&timeline, &l->run, e));
    const bool timed = timeline.timed;
    timeline_close(&timeline);
    if (timed)
        return error_set(e, E_USAGE, "'%s' has budgets in seconds: its schedule is not known",
                         path);
    const int n = phases(&l->run, NULL);
    l->phase = calloc((size_t)n + 1, sizeof *l->phase);
    if (!l->phase) return error_set(e, E_MEMORY, "no memory for the schedule");
    phases(&l->run, l->phase);
    l->facts = (struct run_facts){.name = l->run.name ? l->run.name : path,
                                  .model = &l->run.model,
                                  .n_phases = n,
                                  .phase = l->phase,
                                  .rope_theta = last_theta(&l->run),
                                  .data = l->data,
                                  .seed = (uint64_t)l->run.seed};
    return OK;
}

void loaded_run_close(struct loaded_run *l)
{
    data_close(l->data);
    conf_close(l->conf);
    free(l->phase);
    *l = (struct loaded_run){0};
}
