/* loss.c -- see loss.h. */
#include "src/eval/loss.h"

#include <math.h>
#include <stdlib.h>

/* 0 -> 0, 1 -> 1, 2..3 -> 2, 4..7 -> 3, ... */
static int bucket_of(int position)
{
    int k = 0;
    for (; position; position >>= 1) k++;
    return k < LOSS_BUCKETS ? k : LOSS_BUCKETS - 1;
}

/* best: of the same tokens. */
static void add_batch(struct loss_table *t, const struct batch *b, const real *loss,
                      const double *best)
{
    for (int i = 0; i < b->tokens; i++) {
        if (b->target[i] == NO_TARGET || b->weight[i] == 0) continue;
        const int k = bucket_of(i - b->anchor[i]);
        t->sum += (double)loss[i];
        t->targets++;
        t->bucket_sum[k] += (double)loss[i];
        t->bucket_targets[k]++;
        t->best_known &= !isnan(best[i]);
        if (!t->best_known) continue;
        t->best += best[i];
        t->bucket_best[k] += best[i];
    }
}

/* The batch holds tokens [from, from + b->tokens) of the split. */
static void add_documents(struct loss_documents *to, const struct data *d, int source,
                          enum split split, int64_t from, const struct batch *b, const real *loss)
{
    for (int i = 0; i < b->tokens; i++) {
        if (b->target[i] == NO_TARGET || b->weight[i] == 0) continue;
        const int64_t k = data_document_at(d, source, split, from + i + 1);
        to->sum[k] += (double)loss[i];
        to->targets[k]++;
    }
}

int eval_loss(struct model *m, struct data *d, int source, enum split split, int length,
              int64_t max_tokens, int max_batch, struct loss_table *out,
              struct loss_documents *documents, struct error *e)
{
    struct batch b;
    int64_t cursor = 0;
    int status;
    *out = (struct loss_table){.best_known = true};
    TRY(batch_open(&b, max_batch, e));
    real *loss = malloc((size_t)max_batch * sizeof *loss);
    double *best = malloc((size_t)max_batch * sizeof *best);
    if (!loss || !best) {
        free(loss);
        free(best);
        batch_close(&b);
        return error_set(e, E_MEMORY, "no memory for the losses of %d tokens", max_batch);
    }
    struct rng rng = rng_open((uint64_t)source, "eval/position");
    for (;;) {
        status = data_eval_next(d, source, split, length, max_batch, max_tokens, &cursor, &b, e);
        if (status || b.tokens == 0) break;
        model_position_ids(m, &b, false, &rng);
        model_eval(m, &b, loss);
        status = data_best_losses(d, source, split, length, cursor - b.tokens, b.tokens, best, e);
        if (status) break;
        add_batch(out, &b, loss, best);
        if (documents) add_documents(documents, d, source, split, cursor - b.tokens, &b, loss);
    }
    out->best_known &= out->targets > 0;
    free(loss);
    free(best);
    batch_close(&b);
    return status;
}
