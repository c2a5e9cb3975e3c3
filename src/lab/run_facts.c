/* run_facts.c -- see run_facts.h. */
#include "src/lab/run_facts.h"

#include <stdlib.h>

static struct rung rung_at(const struct stage_config *s, int64_t inside)
{
    const struct length_type *t = (const struct length_type *)s->length.type;
    return t->at(s->length.opts, &(struct data_clock){.tokens = inside, .total = s->tokens});
}

/* Step by step, as training goes; phases NULL: only counts. */
static int phases(const struct run_config *run, struct run_phase *phase)
{
    const int64_t step = run->optim.batch_tokens;
    struct rung now = {0};
    int n = 0;
    for (int i = 0; i < run->stages.n; i++) {
        const struct stage_config *s = (const struct stage_config *)run->stages.v + i;
        for (int64_t inside = 0; inside < s->tokens; inside += step) {
            const struct rung r = rung_at(s, inside);
            const int64_t left = s->tokens - inside;
            if (!n || inside == 0 || r.length != now.length || r.window != now.window ||
                r.block != now.block) {
                if (phase)
                    phase[n] = (struct run_phase){.length = r.length,
                                                  .window = r.window,
                                                  .block = r.block,
                                                  .mixer = &s->mixer};
                n++;
                now = r;
            }
            if (phase) phase[n - 1].tokens += (double)(left < step ? left : step);
        }
    }
    return n;
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
    const int n = phases(&l->run, NULL);
    l->phase = calloc((size_t)n + 1, sizeof *l->phase);
    if (!l->phase) return error_set(e, E_MEMORY, "no memory for the schedule");
    phases(&l->run, l->phase);
    l->facts = (struct run_facts){.name = l->run.name ? l->run.name : path,
                                  .model = &l->run.model,
                                  .n_phases = n,
                                  .phase = l->phase,
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
