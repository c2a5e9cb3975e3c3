/* effective.c -- see effective.h. */
#include "src/train/effective.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/model/plan.h"
#include "src/num/cosine_sum.h"
#include "src/train/sizes.h"

/* Frequencies of one layer and of the layers alike before it. */
struct tables {
    double *inv_freq, *plain, *before, *whole; /* [width of a head] */
};

static void join_names(const struct plan *p, int layer, char *out, size_t size)
{
    size_t n = 0;
    *out = 0;
    for (int k = 0; k < p->n_entries; k++) {
        const struct position_type *t = p->layer[layer].entry[k].type;
        if (!t || n >= size) continue;
        n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " + " : "", t->v.name);
    }
    if (!*out) snprintf(out, size, "nothing");
}

static double theta_of(const struct plan *p, int layer)
{
    for (int k = 0; k < p->n_entries; k++) {
        const struct plan_entry *x = &p->layer[layer].entry[k];
        if (x->type && x->type->rope_theta) return x->type->rope_theta(x->at.opts);
    }
    return 0;
}

/* Tables that are a sum of cosines of the distance, and nothing else. */
static bool plain_cosines(const struct plan *p, int layer)
{
    const struct plan_layer *y = &p->layer[layer];
    if (y->rate || y->map || y->region || !y->rotary) return false;
    for (int k = 0; k < p->n_entries; k++)
        if (y->entry[k].type && y->entry[k].type->table) return false;
    return true;
}

static int64_t first_negative(const struct plan *p, const struct effective *x, double *whole)
{
    const int n = x->head_pairs;
    if (!plain_cosines(p, x->first) || n > COSINE_PAIRS) return 0;
    for (int i = 0; i < n; i++) whole[i] = i < x->pairs ? x->inv_freq[i] : 0;
    const int64_t m = cosine_sum_first_negative(whole, n, x->rows);
    return m < x->rows ? m : 0;
}

static void describe(const struct plan *p, int layer, const struct tables *t, struct effective *x)
{
    x->pairs = plan_frequencies(p, layer, 0, x->length, t->inv_freq, &x->attention_factor);
    plan_plain(p, layer, t->plain);
    x->first = x->last = layer;
    x->head_pairs = p->layer[layer].qk_width / 2;
    x->rope_theta = theta_of(p, layer);
    join_names(p, layer, x->names, sizeof x->names);
}

static bool alike(const struct effective *a, const double *inv_freq, const struct effective *b)
{
    return a->pairs == b->pairs && a->attention_factor == b->attention_factor &&
           a->rope_theta == b->rope_theta && !strcmp(a->names, b->names) &&
           !memcmp(inv_freq, b->inv_freq, (size_t)a->pairs * sizeof *inv_freq);
}

/* Longest row of the stages that share the encoding of stage i. */
static int rows_of(const struct run_config *run, int i)
{
    int64_t most = 0;
    for (int k = i; k < run->stages.n; k++) {
        const struct stage_config *s = run_stage(run, k);
        int64_t least, greatest;
        if (s->position.v != run_stage(run, i)->position.v) break;
        ((const struct length_type *)s->length.type)->range(s->length.opts, &least, &greatest);
        if (greatest > most) most = greatest;
    }
    return (int)most;
}

/* One plan: runs of layers that are alike. */
static int each_run(const struct plan *p, const char *stage, int length, int rows, struct tables *t,
                    effective_visit *visit, void *data, struct error *e)
{
    for (int l = 0; l < p->shape.layers;) {
        struct effective x = {.stage = stage,
                              .rows = rows,
                              .length = length,
                              .inv_freq = t->inv_freq,
                              .plain = t->plain},
                         next = x;
        describe(p, l, t, &x);
        memcpy(t->before, t->inv_freq, (size_t)x.pairs * sizeof *t->before);
        x.inv_freq = t->before;
        while (++l < p->shape.layers) {
            describe(p, l, t, &next);
            if (!alike(&x, t->before, &next)) break;
            x.last = l;
        }
        plan_plain(p, x.first, t->plain);
        x.negative = first_negative(p, &x, t->whole);
        TRY(visit(data, &x, e));
    }
    return OK;
}

static int each_layer_run(const struct run_config *run, int stage, effective_visit *visit,
                          void *data, struct error *e)
{
    const struct run_sizes sizes = run_sizes(run);
    const struct stage_config *s = run_stage(run, stage);
    const struct position_shape shape = model_position_shape(&run->model);
    struct plan plan;
    TRY(plan_open(&plan, &s->position, &shape, sizes.use.train_length, sizes.use.max_length, NULL,
                  e));
    size_t width = 0;
    for (int l = 0; l < shape.layers; l++)
        if ((size_t)plan.layer[l].qk_width > width) width = (size_t)plan.layer[l].qk_width;
    double *memory = calloc(4 * width, sizeof *memory);
    struct tables t = {memory, memory + width, memory + 2 * width, memory + 3 * width};
    const int status =
        memory ? each_run(&plan, s->name, sizes.longest, rows_of(run, stage), &t, visit, data, e)
               : error_set(e, E_MEMORY, "no memory for a table of frequencies");
    free(memory);
    plan_close(&plan);
    return status;
}

int effective_each(const struct run_config *run, effective_visit *visit, void *data,
                   struct error *e)
{
    for (int i = 0; i < run->stages.n; i++) {
        const struct stage_config *s = run_stage(run, i);
        if (i && s->position.v == run_stage(run, i - 1)->position.v) continue;
        TRY(each_layer_run(run, i, visit, data, e));
    }
    return OK;
}

void effective_summary(const struct effective *x, char *text, size_t size)
{
    int slowed = 0, quickened = 0, stopped = 0, first = -1;
    double most = 1;
    for (int i = 0; i < x->pairs; i++) {
        const double ratio = x->plain[i] / fabs(x->inv_freq[i]);
        if (x->inv_freq[i] == x->plain[i]) continue;
        if (first < 0) first = i;
        if (x->inv_freq[i] == 0) {
            stopped++;
            continue;
        }
        slowed += ratio > 1;
        quickened += ratio < 1;
        most = ratio > most ? ratio : most;
    }
    size_t n =
        (size_t)snprintf(text, size,
                         "%d of %d pairs rotate, rope_theta %.10g, attention "
                         "factor %.8g",
                         x->pairs - stopped, x->head_pairs, x->rope_theta, x->attention_factor);
    if (n < size && first >= 0)
        n += (size_t)snprintf(text + n, size - n, "; not plain rope from pair %d on", first);
    if (n < size && slowed)
        n += (size_t)snprintf(text + n, size - n, ": %d slowed, at most %.6g times", slowed, most);
    if (n < size && quickened)
        n += (size_t)snprintf(text + n, size - n, "%s %d faster", slowed ? "," : ":", quickened);
    if (n < size && stopped)
        snprintf(text + n, size - n, "%s %d at rest", slowed || quickened ? "," : ":", stopped);
}

void effective_warning(const struct effective *x, char *text, size_t size)
{
    *text = 0;
    if (x->negative)
        snprintf(text, size,
                 "layers %d-%d (%s): from distance %lld on, within rows of %d tokens, B(m) < 0: a "
                 "random key scores above a similar one (arXiv:2405.14591); rope_theta %.10g is "
                 "small for heads of %d channels",
                 x->first, x->last, x->names, (long long)x->negative, x->rows, x->rope_theta,
                 2 * x->head_pairs);
}

static int add_to_hash(void *data, const struct effective *x, struct error *e)
{
    struct sha256 *s = data;
    char head[320];
    (void)e;
    const int n =
        snprintf(head, sizeof head, "%s %d-%d %s %d %d %.17g %.17g\n", x->stage, x->first, x->last,
                 x->names, x->length, x->pairs, x->rope_theta, x->attention_factor);
    sha256_add(s, head, (size_t)n);
    sha256_add(s, x->inv_freq, (size_t)x->pairs * sizeof *x->inv_freq);
    return OK;
}

int effective_hash(const struct run_config *run, char hex[65], struct error *e)
{
    struct sha256 s;
    sha256_init(&s);
    TRY(effective_each(run, add_to_hash, &s, e));
    sha256_hex(&s, hex);
    return OK;
}
