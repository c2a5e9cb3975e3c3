/* band_ablation.c -- what the loss gains from each band of rotated pairs.
 *
 * One band at a time, on all layers that rotate, its pairs are dropped from every logit
 * (`by: drop`, their channels of q are set to 0), or stand still (`by: still`, theta -> 0: they go
 * on to compare contents and no longer know of distance, as the low ones of p-RoPE, Barbero et al.
 * 2024). The change of the loss is paired by sequence; beside it the band's wavelengths
 * 2 pi / theta, to hold against the training length. */
#include <math.h>
#include <stdlib.h>

#include "src/eval/feed.h"
#include "src/eval/sequences.h"
#include "src/stat/cluster.h"
#include "src/stat/mean.h"

enum { PAIRS_MOST = 4096 };
enum { BY_DROP, BY_STILL };
static const char *const ways[] = {"drop", "still", NULL};

struct band_options {
    int bands, length, sequences, by;
};

#define S struct band_options
static const struct conf_field fields[] = {
    CONF_INT(S, bands, 8, 1, PAIRS_MOST, "bands of neighbouring pairs; at most one per pair"),
    CONF_INT(S, length, 0, 0, 1 << 24, "tokens of a sequence, at least 64; 0: eval.length"),
    CONF_INT(S, sequences, 32, 2, 1 << 16, "pieces of held-out text per source"),
    CONF_ENUM(S, by, BY_DROP, ways, "leave a band out of the logits, or stop its rotation"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"band_ablation", sizeof(struct band_options), fields};

static int band_check(const void *opts, struct error *e)
{
    const struct band_options *o = opts;
    if (o->length == 0 || o->length >= 64) return OK;
    return error_set(e, E_USAGE, "band_ablation: length %d is less than 64", o->length);
}

static int row_length(const struct band_options *o, const struct eval_at *at)
{
    const int length = o->length ? o->length : at->length;
    return length < 64 ? 64 : length;
}

static int band_reach(const void *opts, const struct eval_at *at)
{
    return row_length(opts, at);
}

/* ---- dropping ---- */

struct dropping {
    struct model *model;
    int by, bands, band; /* band -1: nothing is dropped */
};

static void drop(void *self, const struct model_layer_view *v)
{
    const struct dropping *d = self;
    struct rotary_geometry g;
    if (d->band < 0 || d->by != BY_DROP || !model_rotary(d->model, v->layer, &g)) return;
    const int pairs = g.width / 2, from = rotary_band(pairs, d->bands, d->band),
              to = rotary_band(pairs, d->bands, d->band + 1), heads = v->attention->heads,
              width = v->attention->qk_dim;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < v->batch->tokens; i++)
        for (int h = 0; h < heads; h++)
            for (int p = from; p < to; p++) {
                real *q = v->q + (ptrdiff_t)i * v->ld + h * width + g.start;
                const bool half = g.layout == ROTARY_HALF;
                q[half ? p : 2 * p] = 0;
                q[half ? p + pairs : 2 * p + 1] = 0;
            }
}

/* ---- losses ---- */

struct sums {
    double *loss, *count; /* [sequences] */
};

static void add(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    struct sums *s = self;
    s->loss[tag] = s->count[tag] = 0;
    for (int i = 0; i < n; i++) {
        s->loss[tag] += (double)loss[i];
        s->count[tag] += target[i] != NO_TARGET;
    }
}

static int pass(struct feed *f, const int32_t *token, int n, int length, struct error *e)
{
    for (int i = 0; i < n; i++) {
        const int32_t *t = token + (size_t)i * (size_t)length;
        TRY(feed_row(f, t, t + 1, length - 1, 0, i, e));
    }
    feed_flush(f);
    return OK;
}

struct work {
    int32_t *token;
    double *base, *less, *count;
    const double *inv_freq;
    int pairs, length;
    struct findings_table *table;
};

static void put(const struct work *w, const struct dropping *d, const char *name, int n,
                struct findings *r)
{
    const int from = rotary_band(w->pairs, d->bands, d->band),
              to = rotary_band(w->pairs, d->bands, d->band + 1) - 1;
    const struct stat_ratio_mean plain = stat_cluster_mean(w->base, w->count, n),
                                 x = stat_cluster_difference(w->less, w->base, w->count, n);
    const double half = x.se * stat_t_critical(0.95, n - 1), turn = 2 * acos(-1);
    findings_text(r, w->table, name);
    findings_number(r, w->table, from);
    findings_number(r, w->table, to);
    findings_number(r, w->table, turn / w->inv_freq[from]);
    findings_number(r, w->table, turn / w->inv_freq[to]);
    findings_number(r, w->table, plain.mean);
    findings_number(r, w->table, x.mean);
    findings_number(r, w->table, x.mean - half);
    findings_number(r, w->table, x.mean + half);
}

static int run_source(const struct band_options *o, const struct eval_at *at, struct work *w,
                      struct dropping *d, int source, const char *name, struct findings *r,
                      struct error *e)
{
    int n;
    struct feed f;
    struct sums sums = {w->base, w->count};
    TRY(sequences_text(at, source, w->length, o->sequences, w->token, &n, e));
    if (n < 2) {
        findings_fact(r, name, "too few documents of %d tokens", w->length);
        return OK;
    }
    TRY(feed_open(&f, at->model, at->max_tokens, add, &sums, e));
    d->band = -1;
    int status = pass(&f, w->token, n, w->length, e);
    sums.loss = w->less;
    for (d->band = 0; d->band < d->bands && !status; d->band++) {
        if (d->by == BY_STILL) model_set_still(at->model, d->band, d->bands);
        status = pass(&f, w->token, n, w->length, e);
        if (!status) put(w, d, name, n, r);
    }
    model_set_still(at->model, 0, 0);
    feed_close(&f);
    return status;
}

static int run_bands(const struct band_options *o, const struct eval_at *at, struct work *w,
                     struct findings *r, struct error *e)
{
    const struct mixer_source *source;
    const int sources = data_sources(at->data, &source);
    struct dropping d = {at->model, o->by, o->bands < w->pairs ? o->bands : w->pairs, -1};
    const struct model_lens lens = {.self = &d, .project = drop};
    int status = OK;
    w->table = findings_table(r, "bands",
                              "source first last wavelength_first wavelength_last nll delta low "
                              "high");
    model_set_length(at->model, w->length);
    model_set_lens(at->model, &lens);
    for (int s = 0; s < sources && !status; s++)
        status = run_source(o, at, w, &d, s, source[s].name, r, e);
    model_set_lens(at->model, NULL);
    model_set_length(at->model, 0);
    return status;
}

static int band_run(const void *opts, const struct eval_at *at, struct findings *r, struct error *e)
{
    const struct band_options *o = opts;
    double inv_freq[PAIRS_MOST], magnitude;
    struct work w = {.length = row_length(o, at), .inv_freq = inv_freq};
    const size_t n = (size_t)o->sequences;
    const int layers = model_config(at->model)->num_hidden_layers;
    for (int l = 0; l < layers && !w.pairs; l++) {
        struct rotary_geometry g;
        if (!model_rotary(at->model, l, &g) || g.width / 2 > PAIRS_MOST) continue;
        w.pairs = model_frequencies(at->model, l, w.length, inv_freq, &magnitude);
        findings_fact_number(r, "wavelengths_of_layer", l);
    }
    if (!w.pairs) return error_set(e, E_USAGE, "band_ablation: nothing rotates in this model");
    if (o->by == BY_DROP && model_maps_positions(at->model))
        return error_set(e, E_USAGE,
                         "band_ablation: a piecewise map of positions keeps copies of "
                         "q that cannot be dropped from: `by: still` can");
    findings_fact_number(r, "length", w.length);
    findings_fact(r, "interval", "95 %%, paired by sequence, Student's t");
    w.token = malloc(n * (size_t)w.length * sizeof *w.token);
    w.base = calloc(3 * n, sizeof *w.base);
    int status = w.token && w.base ? OK : error_set(e, E_MEMORY, "no memory for %zu sequences", n);
    if (!status) {
        w.less = w.base + n;
        w.count = w.base + 2 * n;
        status = run_bands(o, at, &w, r, e);
    }
    free(w.token);
    free(w.base);
    return status;
}

const struct task_type task_band_ablation = {
    .v = {.name = "band_ablation",
          .summary = "what the loss gains from each band of RoPE pairs",
          .paper = "arXiv:2410.06205",
          .schema = &schema},
    .needs_data = true,
    .check = band_check,
    .reach = band_reach,
    .run = band_run,
};
