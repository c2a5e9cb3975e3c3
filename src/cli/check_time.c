/* check_time.c -- how long a run would take: a pass of each segment of its schedule is timed on
 * random tokens. A machine that does something else at the time says so here too. */
#include <stdlib.h>

#include "src/base/progress.h"
#include "src/base/rng.h"
#include "src/cli/check.h"
#include "src/data/rows.h"
#include "src/train/sizes.h"

/* Seconds per token of passes of whole rows under the segment's longest length and window. */
static double time_pass(const struct check *c, struct model *m, struct batch *b,
                        const struct segment *y, const int32_t *token)
{
    const struct timeline_step *s = y->last.length >= y->first.length ? &y->last : &y->first;
    int64_t rows = c->micro_tokens / s->length;
    if (rows * s->length > s->full) rows = s->full / s->length;
    batch_rows(b, rows > 0 ? (int)rows : 1, s->length, token, token);
    model_set_window(m, timeline_window(s), s->window);
    double best = -1;
    for (int k = 0; k < 2; k++) {
        const double began = clock_seconds();
        model_zero_gradients(m);
        model_train(m, b, 1.0 / b->tokens, c->run.optim.z_loss, NULL);
        const double seconds = clock_seconds() - began;
        if (best < 0 || seconds < best) best = seconds;
    }
    return best / b->tokens;
}

int check_predict(struct check *c, struct error *e)
{
    struct model *m = NULL;
    struct batch b = {0};
    const struct run_sizes sizes = run_sizes(&c->run);
    const size_t tokens = (size_t)sizes.use.train_tokens;
    int32_t *token = calloc(tokens, sizeof *token);
    c->seconds = calloc((size_t)c->n + 1, sizeof *c->seconds);
    int status = token && c->seconds ? OK : error_set(e, E_MEMORY, "no memory to time a pass");
    if (!status) status = batch_open(&b, (int)tokens, e);
    for (int i = 0; i < c->n && !status; i++) {
        const int stage = c->segment[i].stage;
        if (i == 0 || stage != c->segment[i - 1].stage) {
            model_close(m);
            status =
                model_open(&m, &c->run.model, &run_stage(&c->run, stage)->position, &sizes.use, e);
            if (status) break;
            model_init(m, (uint64_t)c->run.seed);
        }
        struct rng r = rng_open((uint64_t)c->run.seed, "calibration");
        for (size_t k = 0; k < tokens; k++)
            token[k] = (int32_t)rng_below(&r, (uint64_t)c->run.model.vocab_size);
        c->seconds[i] = time_pass(c, m, &b, &c->segment[i], token) * (double)c->segment[i].tokens;
    }
    model_close(m);
    batch_close(&b);
    free(token);
    return status;
}
