/* offset_invariance.c -- the same tokens at shifted position ids.
 *
 * What depends on relative positions alone (RoPE, ALiBi, NoPE) loses nothing but the last digits;
 * absolute embeddings lose as much as the positions are new to them. Differences are paired by
 * sequence. */
#include <math.h>
#include <stdlib.h>

#include "src/eval/feed.h"
#include "src/eval/sequences.h"
#include "src/stat/cluster.h"
#include "src/stat/mean.h"

enum { OFFSETS = 16 };

struct offset_options {
    struct conf_reals offsets;
    int length, sequences;
};

#define S struct offset_options
static const struct conf_field fields[] = {
    CONF_REALS(S, offsets,
               "added to all position ids; default: 1, 17, 1/2, 1 and 7 training lengths"),
    CONF_INT(S, length, 0, 0, 1 << 24, "tokens of a sequence, at least 64; 0: eval.length"),
    CONF_INT(S, sequences, 32, 2, 1 << 16, "pieces of held-out text per source"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"offset_invariance", sizeof(struct offset_options),
                                          fields};

static int offset_check(const void *opts, struct error *e)
{
    const struct offset_options *o = opts;
    if (o->length && o->length < 64)
        return error_set(e, E_USAGE, "offset_invariance: length %d is less than 64", o->length);
    if (o->offsets.n > OFFSETS)
        return error_set(e, E_USAGE, "offset_invariance: at most %d offsets", OFFSETS);
    for (int i = 0; i < o->offsets.n; i++)
        if (o->offsets.v[i] != floor(o->offsets.v[i]) || o->offsets.v[i] < 1 ||
            o->offsets.v[i] > 1 << 24)
            return error_set(e, E_USAGE, "offset_invariance: offset %g is not from 1 to %d",
                             o->offsets.v[i], 1 << 24);
    return OK;
}

static int row_length(const struct offset_options *o, const struct eval_at *at)
{
    const int length = o->length ? o->length : at->length;
    return length < 64 ? 64 : length;
}

static int offsets_of(const struct offset_options *o, int train_length, int out[OFFSETS])
{
    int n = 0;
    for (int i = 0; i < o->offsets.n; i++) out[n++] = (int)o->offsets.v[i];
    if (n) return n;
    out[n++] = 1;
    out[n++] = 17;
    out[n++] = train_length / 2;
    out[n++] = train_length;
    out[n++] = 7 * train_length;
    return n;
}

static int offset_reach(const void *opts, const struct eval_at *at)
{
    int offset[OFFSETS], most = 0;
    const int n = offsets_of(opts, at->train_length, offset);
    for (int i = 0; i < n; i++)
        if (offset[i] > most) most = offset[i];
    return row_length(opts, at) + most;
}

struct sums {
    double *loss, *count; /* [sequences] */
};

static void add(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    struct sums *s = self;
    s->loss[tag] = s->count[tag] = 0;
    for (int i = 0; i < n; i++) {
        if (target[i] == NO_TARGET) continue;
        s->loss[tag] += (double)loss[i];
        s->count[tag]++;
    }
}

static int pass(struct feed *f, const int32_t *token, int n, int length, int offset,
                struct error *e)
{
    for (int i = 0; i < n; i++) {
        const int32_t *t = token + (size_t)i * (size_t)length;
        TRY(feed_row(f, t, t + 1, length - 1, offset, i, e));
    }
    feed_flush(f);
    return OK;
}

struct work {
    int32_t *token;
    double *base, *moved, *count;
    struct findings_table *table;
    double worst;
};

static int run_source(const struct offset_options *o, const struct eval_at *at, struct work *w,
                      int source, const char *name, struct findings *r, struct error *e)
{
    int offset[OFFSETS], n;
    const int length = row_length(o, at), offsets = offsets_of(o, at->train_length, offset);
    struct sums sums = {w->base, w->count};
    struct feed f;
    TRY(sequences_text(at, source, length, o->sequences, w->token, &n, e));
    if (n < 2) {
        findings_fact(r, name, "too few documents of %d tokens", length);
        return OK;
    }
    TRY(feed_open(&f, at->model, at->max_tokens, add, &sums, e));
    int status = pass(&f, w->token, n, length, 0, e);
    const struct stat_ratio_mean plain = stat_cluster_mean(w->base, w->count, n);
    sums.loss = w->moved;
    for (int k = 0; k < offsets && !status; k++) {
        status = pass(&f, w->token, n, length, offset[k], e);
        const struct stat_ratio_mean d = stat_cluster_difference(w->moved, w->base, w->count, n);
        const double half = d.se * stat_t_critical(0.95, n - 1);
        findings_text(r, w->table, name);
        findings_number(r, w->table, offset[k]);
        findings_number(r, w->table, plain.mean);
        findings_number(r, w->table, d.mean);
        findings_number(r, w->table, d.mean - half);
        findings_number(r, w->table, d.mean + half);
        findings_number(r, w->table, n);
        w->worst = fmax(w->worst, fabs(d.mean));
    }
    feed_close(&f);
    return status;
}

static int offset_run(const void *opts, const struct eval_at *at, struct findings *r,
                      struct error *e)
{
    const struct offset_options *o = opts;
    const struct mixer_source *source;
    const int sources = data_sources(at->data, &source), length = row_length(o, at);
    const size_t n = (size_t)o->sequences;
    struct work w = {.token = malloc(n * (size_t)length * sizeof *w.token),
                     .base = calloc(3 * n, sizeof *w.base)};
    int status = w.token && w.base ? OK : error_set(e, E_MEMORY, "no memory for %zu sequences", n);
    if (!status) {
        w.moved = w.base + n;
        w.count = w.base + 2 * n;
        w.table = findings_table(r, "offsets", "source offset nll delta low high sequences");
        findings_fact_number(r, "length", length);
        findings_fact(r, "interval", "95 %%, paired by sequence, Student's t");
        /* tables stay those of the present length: only ids move */
        model_set_length(at->model, length);
    }
    for (int s = 0; s < sources && !status; s++)
        status = run_source(o, at, &w, s, source[s].name, r, e);
    model_set_length(at->model, 0);
    if (!status) findings_scalar(r, "largest_change", w.worst);
    free(w.token);
    free(w.base);
    return status;
}

const struct task_type task_offset_invariance = {
    .v = {.name = "offset_invariance",
          .summary = "the same tokens at shifted position ids",
          .schema = &schema},
    .needs_data = true,
    .check = offset_check,
    .reach = offset_reach,
    .run = offset_run,
};
