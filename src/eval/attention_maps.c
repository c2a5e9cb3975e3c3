/* attention_maps.c -- what one sequence attends to, head by head, as a picture.
 *
 * The first piece of held-out text of each source, or one of repeated random blocks, goes through
 * the model; of each head the matrix of attention weights is kept in `cells` x `cells` blocks, each
 * the largest weight in it (so that a single key that draws all of the attention is still seen in a
 * long text). Rows are queries. Blocks above the diagonal, where nothing is seen, are left out. The
 * numbers that summarise many sequences are those of `attention`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/feed.h"
#include "src/eval/sequences.h"
#include "src/num/attention_pool.h"

struct map_options {
    int length, cells;
    struct conf_reals layers, heads;
    bool repeated;
};

#define S struct map_options
static const struct conf_field fields[] = {
    CONF_INT(S, length, 0, 0, 1 << 24, "tokens of the sequence, at least 64; 0: eval.length"),
    CONF_INT(S, cells, 32, 4, 64, "blocks on each side of the picture"),
    CONF_REALS(S, layers, "which layers; default: all"),
    CONF_REALS(S, heads, "which heads; default: all"),
    CONF_BOOL(S, repeated, false, "repeated random blocks instead of text"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"attention_maps", sizeof(struct map_options), fields};

static int maps_check(const void *opts, struct error *e)
{
    const struct map_options *o = opts;
    if (o->length && o->length < 64)
        return error_set(e, E_USAGE, "attention_maps: length %d is less than 64", o->length);
    return OK;
}

static int row_length(const struct map_options *o, const struct eval_at *at)
{
    const int length = o->length ? o->length : at->length;
    return length < 64 ? 64 : length;
}

static int maps_reach(const void *opts, const struct eval_at *at)
{
    return row_length(opts, at);
}

struct mapping {
    const struct map_options *o;
    int heads, length;
    float *matrix; /* [heads][cells][cells] */
    const char *kind;
    struct findings *r;
    struct findings_table *t;
};

static bool wanted(const struct conf_reals *list, int k)
{
    for (int i = 0; i < list->n; i++)
        if (list->v[i] == k) return true;
    return !list->n;
}

static void attend(void *self, const struct model_layer_view *v)
{
    struct mapping *m = self;
    const int n = m->o->cells;
    if (!wanted(&m->o->layers, v->layer)) return;
    attention_pool(v->attention, v->q, v->ld, v->k, v->ld, v->lse, 0, v->batch->tokens, n,
                   m->matrix, v->scratch);
    for (int h = 0; h < m->heads; h++)
        for (int i = 0; i < n && wanted(&m->o->heads, h); i++)
            for (int j = 0; j <= i; j++) {
                findings_text(m->r, m->t, m->kind);
                findings_number(m->r, m->t, v->layer);
                findings_number(m->r, m->t, h);
                findings_number(m->r, m->t, (double)i * m->length / n);
                findings_number(m->r, m->t, (double)j * m->length / n);
                findings_number(m->r, m->t, (double)m->matrix[((size_t)h * n + i) * n + j]);
            }
}

static void ignore(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    (void)self, (void)tag, (void)n, (void)target, (void)loss;
}

static int pass(struct mapping *m, const struct eval_at *at, const int32_t *token, struct error *e)
{
    struct feed f;
    const struct model_lens lens = {.self = m, .attend = attend};
    int32_t *none = malloc((size_t)m->length * sizeof *none);
    if (!none) return error_set(e, E_MEMORY, "no memory for a sequence");
    for (int i = 0; i < m->length; i++) none[i] = NO_TARGET;
    int status = feed_open(&f, at->model, m->length, ignore, NULL, e);
    if (!status) {
        model_set_lens(at->model, &lens);
        status = feed_row(&f, token, none, m->length, 0, 0, e);
        feed_flush(&f);
        model_set_lens(at->model, NULL);
        feed_close(&f);
    }
    free(none);
    return status;
}

static int run_kinds(struct mapping *m, const struct eval_at *at, int32_t *token, struct error *e)
{
    const struct mixer_source *source;
    const int sources = data_sources(at->data, &source);
    if (m->o->repeated) {
        sequences_repeated(at->seed, model_config(at->model)->vocab_size, m->length, 1, token);
        m->kind = "repeated";
        return pass(m, at, token, e);
    }
    for (int s = 0; s < sources; s++) {
        int n;
        TRY(sequences_text(at, s, m->length, 1, token, &n, e));
        m->kind = source[s].name;
        if (n)
            TRY(pass(m, at, token, e));
        else
            findings_fact(m->r, source[s].name, "no document of %d tokens", m->length);
    }
    return OK;
}

/* Whole numbers below n; what: "layer". */
static int check_list(const struct conf_reals *list, int n, const char *what, struct error *e)
{
    for (int i = 0; i < list->n; i++)
        if (list->v[i] < 0 || list->v[i] >= n || list->v[i] != floor(list->v[i]))
            return error_set(e, E_USAGE, "attention_maps: there is no %s %g: they are 0 to %d",
                             what, list->v[i], n - 1);
    return OK;
}

static int maps_run(const void *opts, const struct eval_at *at, struct findings *r, struct error *e)
{
    const struct map_options *o = opts;
    const struct model_config *c = model_config(at->model);
    struct mapping m = {
        .o = o, .heads = c->num_attention_heads, .length = row_length(o, at), .r = r};
    TRY(check_list(&o->layers, c->num_hidden_layers, "layer", e));
    TRY(check_list(&o->heads, m.heads, "head", e));
    for (int l = 0; l < c->num_hidden_layers; l++)
        if (model_transforms(at->model, l))
            return error_set(e, E_USAGE,
                             "attention_maps: the encoding of layer %d transforms whole rows of "
                             "logits, which the probes cannot follow",
                             l);
    m.matrix = malloc((size_t)m.heads * o->cells * o->cells * sizeof *m.matrix);
    int32_t *token = malloc((size_t)m.length * sizeof *token);
    int status = m.matrix && token ? OK : error_set(e, E_MEMORY, "no memory for a sequence");
    if (!status) {
        findings_fact_number(r, "length", m.length);
        findings_fact(r, "protocol", "one sequence; each cell is the largest weight of its block");
        m.t = findings_table(r, "maps", "kind layer head query key weight");
        model_set_length(at->model, m.length);
        status = run_kinds(&m, at, token, e);
        model_set_length(at->model, 0);
    }
    free(m.matrix);
    free(token);
    return status;
}

const struct task_type task_attention_maps = {
    .v = {.name = "attention_maps",
          .summary = "attention matrices of one sequence, each block's largest weight",
          .schema = &schema},
    .needs_data = true,
    .check = maps_check,
    .reach = maps_reach,
    .run = maps_run,
};
