/* distances.c -- how many training pairs stand at each distance.
 *
 *   f(i) = sum over segments of max(length - i, 0)      segment: what a token may attend within
 *
 * One whole row of T tokens gives f(i) = T - i: a quarter of its pairs are T/2 or more apart. With
 * config=FILE the segments are those of the run's own training stream: its mix, packing, document
 * mask and curriculum of row lengths and windows, over a sample of `tokens` that is spread over the
 * schedule. Without, the segments are `segments`. Counts are exact. An et al. 2024,
 * arXiv:2410.18745. */
#include <math.h>
#include <stdlib.h>

#include "src/theory/analysis.h"

struct distances_opts {
    struct conf_reals segments;
    int64_t tokens;
};

#define S struct distances_opts
static const struct conf_field distances_fields[] = {
    {"segments", CONF_KIND_REALS, offsetof(S, segments), 0, 0, 1, 1 << 24, "[4096]", 0, 0, 0,
     "lengths of segments, where no config is given"},
    CONF_SIZE(S, tokens, 1048576, 1, 1e12, "sample of the training stream"),
    CONF_END,
};
#undef S
static const struct conf_schema distances_schema = {"distances", sizeof(struct distances_opts),
                                                    distances_fields};

/* From tokens by how many they see before themselves, to pairs by distance: a token that sees o
 * tokens back is in one pair of each distance 0 ... o. */
static void add_series(struct result *out, const char *name, const double *seen, int64_t n)
{
    struct result_series *s = result_add(out, name);
    double *pairs = result_field(out, s, "pairs", "", n), sum = 0, all = 0, far = 0, tokens = 0;
    for (int64_t i = n - 1; i >= 0; i--) {
        pairs[i] = sum += seen[i];
        tokens += seen[i];
        all += sum;
        if (2 * i >= n) far += sum;
    }
    result_real(out, s, "tokens", tokens);
    result_real(out, s, "pairs_in_all", all);
    result_real(out, s, "share_beyond_half", all > 0 ? far / all : NAN);
    result_int(out, s, "longest", n);
    if (n > out->axis.n) result_axis(out, "distance", "tokens", n);
}

static int from_segments(const struct distances_opts *o, struct result *out, struct error *e)
{
    int64_t longest = 0;
    if (!o->segments.n) return error_set(e, E_USAGE, "distances: `segments` is empty");
    for (int i = 0; i < o->segments.n; i++)
        longest = (int64_t)fmax((double)longest, o->segments.v[i]);
    double *seen = result_take(out, (size_t)longest * sizeof *seen);
    for (int i = 0; i < o->segments.n; i++)
        for (int64_t k = 0; k < (int64_t)o->segments.v[i]; k++) seen[k]++;
    add_series(out, "segments", seen, longest);
    return OK;
}

/* How far back token i of a batch sees. */
static int reach(const struct batch *b, int i, int row, const struct run_phase *p)
{
    int back = i - (b->anchor[i] > row ? b->anchor[i] : row);
    if (p->window && !p->block && back >= p->window) back = p->window - 1;
    if (p->window && p->block && back > (i - row) % p->window) back = (i - row) % p->window;
    return back;
}

static int draw_phase(struct stream *s, const struct run_phase *p, int64_t tokens, struct batch *b,
                      double *seen, struct error *e)
{
    const struct data_clock clock = {.tokens = 0, .total = (int64_t)p->tokens};
    const int rows = (int)((tokens + p->length - 1) / p->length);
    for (int r = 0; r < rows; r++) {
        TRY(stream_next(s, &clock, p->length, p->length, b, e));
        for (int i = 0; i < b->tokens; i++) seen[reach(b, i, 0, p)]++;
    }
    return OK;
}

static int from_run(const struct distances_opts *o, const struct run_facts *r, struct result *out,
                    struct error *e)
{
    double total = 0;
    const int longest = analysis_longest_row(r);
    for (int i = 0; i < r->n_phases; i++) total += r->phase[i].tokens;
    double *seen = result_take(out, (size_t)longest * sizeof *seen);
    struct stream *s;
    struct batch b;
    TRY(stream_open(&s, r->data, r->phase[0].mixer, longest, r->seed, e));
    int status = batch_open(&b, longest, e);
    for (int i = 0; !status && i < r->n_phases; i++) {
        if (i && r->phase[i].mixer != r->phase[i - 1].mixer)
            status = stream_set_mixer(s, r->phase[i].mixer, e);
        if (!status)
            status =
                draw_phase(s, &r->phase[i],
                           (int64_t)(r->phase[i].tokens / total * (double)o->tokens), &b, seen, e);
    }
    batch_close(&b);
    stream_close(s);
    if (!status) add_series(out, r->name, seen, longest);
    return status;
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct distances_opts *o = opts;
    if (!n_runs) return from_segments(o, out, e);
    for (int i = 0; i < n_runs; i++) TRY(from_run(o, &runs[i], out, e));
    return OK;
}

const struct analysis_type analysis_distances = {
    .v = {.name = "distances",
          .summary = "training pairs at each distance, of a mix, a packing and a curriculum",
          .paper = "arXiv:2410.18745",
          .schema = &distances_schema},
    .wants = RUN_DATA,
    .run = run,
};
