/* parity.c -- see parity.h. */
#include "src/train/parity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/base/safetensors.h"
#include "src/data/data.h"
#include "src/data/rows.h"
#include "src/num/adamw.h"
#include "src/train/hf.h"

static const double logits_tolerance = 2e-5, loss_tolerance = 2e-6, gradient_tolerance = 2e-5,
                    adamw_tolerance = 1e-5;

struct work {
    struct hf_model hf;
    struct model *model;
    struct safe_file expected;
    struct jsn_doc adamw;
    struct batch batch;
    int rows, length;
};

static int add_row(struct parity *p, const char *name, double error, double tolerance,
                   struct error *e)
{
    struct parity_row *more = realloc(p->row, (size_t)(p->n + 1) * sizeof *more);
    if (!more) return error_set(e, E_MEMORY, "no memory for a table");
    p->row = more;
    more[p->n] = (struct parity_row){.error = error, .tolerance = tolerance};
    snprintf(more[p->n].name, sizeof more->name, "%s", name);
    p->n++;
    return OK;
}

/* ---- the folder ---- */

/* Ids of the batch; every one must be in the vocabulary. */
static int read_ids(const struct work *w, const char *name, int32_t *out, struct error *e)
{
    const size_t n = (size_t)w->rows * (size_t)w->length;
    int64_t *wide = malloc(n * sizeof *wide);
    if (!wide) return error_set(e, E_MEMORY, "no memory for %zu ids", n);
    int status = safe_read_raw(&w->expected, name, SAFE_I64, n, wide, e);
    for (size_t i = 0; i < n && !status; i++) {
        if (wide[i] < 0 || wide[i] >= w->hf.config.vocab_size)
            status =
                error_set(e, E_FORMAT, "'%s': %s[%zu] is %lld, outside the vocabulary of %d",
                          w->expected.path, name, i, (long long)wide[i], w->hf.config.vocab_size);
        out[i] = (int32_t)wide[i];
    }
    free(wide);
    return status;
}

static int read_batch(struct work *w, struct error *e)
{
    const struct safe_tensor *ids = safe_find(&w->expected, "input_ids");
    if (!ids || ids->n_dims != 2 || ids->count < 1 || ids->count > 1 << 24)
        return error_set(e, E_FORMAT, "'%s' has no matrix 'input_ids'", w->expected.path);
    w->rows = (int)ids->shape[0];
    w->length = (int)ids->shape[1];
    const size_t n = ids->count;
    int32_t *token = malloc(2 * n * sizeof *token), *target = token + n;
    if (!token) return error_set(e, E_MEMORY, "no memory for %zu ids", n);
    int status = read_ids(w, "input_ids", token, e);
    if (!status) status = read_ids(w, "target_ids", target, e);
    if (!status) status = batch_open(&w->batch, (int)n, e);
    if (!status) batch_rows(&w->batch, w->rows, w->length, token, target);
    free(token);
    return status;
}

static int open_work(struct work *w, const char *dir, void (*note)(void *, const char *),
                     void *data, struct error *e)
{
    char path[4096];
    TRY(hf_open(&w->hf, dir, note, data, e));
    TRY(file_join(path, sizeof path, dir, "expected.safetensors", e));
    TRY(safe_open(&w->expected, path, e));
    TRY(file_join(path, sizeof path, dir, "adamw.json", e));
    TRY(jsn_open(&w->adamw, path, e));
    TRY(read_batch(w, e));
    const struct model_use use = {.gradients = true,
                                  .max_tokens = w->batch.tokens,
                                  .max_length = w->length,
                                  .train_length = w->hf.max_position_embeddings};
    TRY(model_open(&w->model, &w->hf.config, &w->hf.position, &use, e));
    return hf_load_weights(w->model, dir, e);
}

static void close_work(struct work *w)
{
    model_close(w->model);
    batch_close(&w->batch);
    if (w->adamw.root) jsn_close(&w->adamw);
    if (w->expected.header.root) safe_close(&w->expected);
    hf_close(&w->hf);
}

/* ---- the rows ---- */

static int check_logits(struct parity *p, struct work *w, struct error *e)
{
    const int vocab = w->hf.config.vocab_size;
    const size_t n = (size_t)w->batch.tokens * (size_t)vocab;
    const int64_t shape[3] = {w->rows, w->length, vocab};
    real *ours = malloc(2 * n * sizeof *ours), *theirs = ours + n;
    if (!ours) return error_set(e, E_MEMORY, "no memory for %zu logits", n);
    const int status = safe_read_real(&w->expected, "logits", 3, shape, theirs, e);
    double worst = 0, largest = 0;
    if (!status) {
        model_logits(w->model, &w->batch, 0, w->batch.tokens, ours);
        for (size_t i = 0; i < n; i++) {
            worst = fmax(worst, fabs((double)ours[i] - theirs[i]));
            largest = fmax(largest, fabs((double)theirs[i]));
            if (isnan(ours[i])) worst = INFINITY; /* fmax forgets it */
        }
    }
    free(ours);
    TRY(status);
    return add_row(p, "logits", worst / largest, logits_tolerance, e);
}

static double step(struct work *w)
{
    model_zero_gradients(w->model);
    return model_train(w->model, &w->batch, 1 / w->batch.weight_sum, 0, NULL) / w->batch.weight_sum;
}

static int check_gradient(struct parity *p, struct work *w, const struct tensor *t, real *theirs,
                          struct error *e)
{
    char name[112];
    double difference = 0, norm = 0;
    const real *ours = model_gradients(w->model) + t->offset;
    snprintf(name, sizeof name, "grad.%s", t->name);
    TRY(safe_read_real(&w->expected, name, t->n_dims, t->shape, theirs, e));
    for (size_t i = 0; i < t->count; i++) {
        const double d = (double)ours[i] - theirs[i];
        difference += d * d;
        norm += (double)theirs[i] * theirs[i];
    }
    return add_row(p, name, sqrt(norm > 0 ? difference / norm : difference), gradient_tolerance, e);
}

static int check_gradients(struct parity *p, struct work *w, struct error *e)
{
    real expected_loss;
    int n, status = OK;
    const struct tensor *t = model_tensors(w->model, &n);
    const struct safe_tensor *loss = safe_find(&w->expected, "loss");
    if (!loss || loss->count != 1)
        return error_set(e, E_FORMAT, "'%s' has no single number 'loss'", w->expected.path);
    TRY(safe_read_real(&w->expected, "loss", loss->n_dims, loss->shape, &expected_loss, e));
    TRY(add_row(p, "loss", fabs(step(w) - (double)expected_loss), loss_tolerance, e));
    real *theirs = malloc(model_reals(w->model) * sizeof *theirs);
    if (!theirs) return error_set(e, E_MEMORY, "no memory for gradients");
    for (int i = 0; i < n && !status; i++) status = check_gradient(p, w, &t[i], theirs, e);
    free(theirs);
    return status;
}

static void update(struct work *w, int t)
{
    const size_t n = model_reals(w->model);
    const double norm = sqrt(parallel_sum_squares(model_gradients(w->model), n));
    const struct adamw a = {.lr = 1e-3,
                            .beta1 = 0.9,
                            .beta2 = 0.95,
                            .eps = 1e-8,
                            .weight_decay = 0.1,
                            .grad_scale = fmin(1, 1 / (norm + 1e-6)),
                            .t = t,
                            .min = 1,
                            .max = -1};
    adamw(&a, model_weights(w->model), model_moment(w->model, 0), model_moment(w->model, 1),
          model_gradients(w->model), n);
}

static int check_adamw(struct parity *p, struct work *w, struct error *e)
{
    const jsn *losses = jsn_get(w->adamw.root, "losses");
    if (!losses || !jsn_is_array(losses))
        return error_set(e, E_FORMAT, "%s: no array 'losses'", w->adamw.name);
    for (size_t i = 0; i < jsn_length(losses); i++) {
        char name[32];
        const jsn *theirs = jsn_at(losses, i);
        if (!jsn_is_number(theirs))
            return error_set(e, E_FORMAT, "%s: losses[%zu] is not a number", w->adamw.name, i);
        snprintf(name, sizeof name, "adamw.%zu", i + 1);
        TRY(add_row(p, name, fabs(step(w) - jsn_as_double(theirs)), adamw_tolerance, e));
        update(w, (int)i + 1);
    }
    return OK;
}

int parity_run(struct parity *p, const char *dir, void (*note)(void *, const char *), void *data,
               struct error *e)
{
    struct work w = {0};
    *p = (struct parity){0};
    int status = open_work(&w, dir, note, data, e);
    if (!status) status = check_logits(p, &w, e);
    if (!status) status = check_gradients(p, &w, e);
    if (!status) status = check_adamw(p, &w, e);
    close_work(&w);
    if (status) parity_close(p);
    return status;
}

void parity_close(struct parity *p)
{
    free(p->row);
    *p = (struct parity){0};
}

bool parity_passed(const struct parity *p)
{
    for (int i = 0; i < p->n; i++)
        if (!(p->row[i].error <= p->row[i].tolerance)) return false;
    return true;
}
