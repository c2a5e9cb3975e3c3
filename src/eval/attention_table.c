/* attention_table.c -- see attention_table.h. */
#include "src/eval/attention_table.h"

#include <math.h>
#include <stdlib.h>

enum { SHARE_ROWS = 64, PAIRS_MOST = 1024 };
static const double sink_threshold = 0.3;

int head_sums_open(struct head_sums *s, const struct model *m, int max_tokens, int length,
                   struct error *e)
{
    const struct model_config *c = model_config(m);
    const int segments = max_tokens / length > 0 ? max_tokens / length : 1;
    *s = (struct head_sums){.layers = c->num_hidden_layers,
                            .heads = c->num_attention_heads,
                            .kv_heads = c->num_key_value_heads,
                            .length = length};
    const size_t layers = (size_t)s->layers, heads = (size_t)s->heads, n = layers * heads;
    s->geometry = calloc(layers, sizeof *s->geometry);
    for (int l = 0; s->geometry && l < s->layers; l++)
        if (model_rotary(m, l, &s->geometry[l]) && s->geometry[l].width / 2 > s->pairs)
            s->pairs = s->geometry[l].width / 2;
    const struct attention shape = {.heads = s->heads};
    double some;
    const struct attention_probe probe = {.segments = segments, .longest = length, .mass = &some};
    s->head = calloc(n, sizeof *s->head);
    s->mass = calloc(3 * n * (size_t)length, sizeof *s->mass);
    s->q_norm = calloc(3 * n * (size_t)s->pairs + 2 * n, sizeof *s->q_norm);
    s->of_batch = calloc((size_t)segments * heads, sizeof *s->of_batch);
    s->segment = calloc((size_t)segments, sizeof *s->segment);
    s->work = aligned_alloc(64, (attention_probe_work(&shape, &probe) + 63) / 64 * 64);
    if (!s->geometry || !s->head || !s->mass || !s->q_norm || !s->of_batch || !s->segment ||
        !s->work)
        return error_set(e, E_MEMORY, "no memory to probe %d heads", s->layers * s->heads);
    s->logit = s->mass + n * (size_t)length;
    s->count = s->logit + n * (size_t)length;
    s->k_norm = s->q_norm + n * (size_t)s->pairs;
    s->share = s->k_norm + n * (size_t)s->pairs;
    s->tokens = s->share + n * (size_t)s->pairs;
    s->rows = s->tokens + n;
    return OK;
}

void head_sums_close(struct head_sums *s)
{
    free(s->geometry);
    free(s->head);
    free(s->mass);
    free(s->q_norm);
    free(s->of_batch);
    free(s->segment);
    free(s->work);
    *s = (struct head_sums){0};
}

/* ---- pairs ---- */

/* Channels of pair p. */
static void channels(const struct rotary_geometry *g, int p, int *a, int *b)
{
    const int pairs = g->width / 2;
    *a = g->start + (g->layout == ROTARY_HALF ? p : 2 * p);
    *b = g->layout == ROTARY_HALF ? *a + pairs : *a + 1;
}

static double product(const real *q, const real *k, int a, int b)
{
    return (double)q[a] * (double)k[a] + (double)q[b] * (double)k[b];
}

/* Shares of the variance of row i's logits over the keys from `from` on. */
static void add_share(double *share, const struct rotary_geometry *g, const real *q, const real *k,
                      int ld, int keys)
{
    const int pairs = g->width / 2;
    double variance[PAIRS_MOST], total = 0;
    for (int p = 0; p < pairs; p++) {
        int a, b;
        double sum = 0, square = 0;
        channels(g, p, &a, &b);
        for (int j = 0; j < keys; j++) {
            const double c = product(q, k + (ptrdiff_t)j * ld, a, b);
            sum += c;
            square += c * c;
        }
        variance[p] = fmax(square / keys - sum / keys * (sum / keys), 0);
        total += variance[p];
    }
    for (int p = 0; p < pairs && total > 0; p++) share[p] += variance[p] / total;
}

static void add_pairs(struct head_sums *s, const struct model_layer_view *v,
                      const struct attention_segment *x, int head)
{
    const struct rotary_geometry *g = &s->geometry[v->layer];
    const int width = v->attention->qk_dim, kv = head / (s->heads / s->kv_heads),
              n = x->to - x->from;
    const size_t cell = (size_t)v->layer * (size_t)s->heads + (size_t)head,
                 at = cell * (size_t)s->pairs;
    const real *q = v->q + (ptrdiff_t)x->from * v->ld + head * width,
               *k = v->k + (ptrdiff_t)x->from * v->ld + kv * width;
    if (!g->width || g->width / 2 > PAIRS_MOST) return;
    for (int i = 0; i < n; i++)
        for (int p = 0; p < g->width / 2; p++) {
            int a, b;
            const real *qi = q + (ptrdiff_t)i * v->ld, *ki = k + (ptrdiff_t)i * v->ld;
            channels(g, p, &a, &b);
            s->q_norm[at + (size_t)p] += sqrt(product(qi, qi, a, b));
            s->k_norm[at + (size_t)p] += sqrt(product(ki, ki, a, b));
        }
    s->tokens[cell] += n;
    const int rows = n < SHARE_ROWS ? n : SHARE_ROWS;
    for (int r = 0; r < rows; r++) {
        const int i = (int)((int64_t)(r + 1) * n / rows) - 1;
        add_share(s->share + at, g, q + (ptrdiff_t)i * v->ld, k, v->ld, i + 1);
    }
    s->rows[cell] += rows;
}

/* ---- a layer of a pass ---- */

static void add_head(struct head_sum *h, const struct attention_sums *x)
{
    const double *from = (const double *)x, distance = x->distance / x->rows,
                 entropy = x->entropy / x->rows, sink = x->sink / x->rows;
    double *to = (double *)&h->sum;
    for (size_t i = 0; i < sizeof *x / sizeof *to; i++) to[i] += from[i];
    h->square_distance += distance * distance;
    h->square_entropy += entropy * entropy;
    h->square_sink += sink * sink;
    h->sinks += sink > sink_threshold;
    h->sequences++;
}

void head_sums_attend(void *self, const struct model_layer_view *v)
{
    struct head_sums *s = self;
    const struct batch *b = v->batch;
    const size_t at = (size_t)v->layer * (size_t)s->heads, profile = at * (size_t)s->length;
    for (int r = 0; r < b->rows; r++)
        s->segment[r] = (struct attention_segment){b->row_start[r], b->row_start[r + 1]};
    const struct attention_probe p = {.token = b->token,
                                      .segments = b->rows,
                                      .segment = s->segment,
                                      .sums = s->of_batch,
                                      .mass = s->mass + profile,
                                      .logit = s->logit + profile,
                                      .pairs = s->count + profile,
                                      .longest = s->length};
    attention_probe(v->attention, v->q, v->ld, v->k, v->ld, v->lse, &p, v->scratch, s->work);
    for (int r = 0; r < b->rows; r++)
        for (int h = 0; h < s->heads; h++)
            add_head(&s->head[at + (size_t)h], &s->of_batch[r * s->heads + h]);
#pragma omp parallel for schedule(static)
    for (int h = 0; h < s->heads; h++)
        for (int r = 0; r < b->rows; r++) add_pairs(s, v, &s->segment[r], h);
}

/* ---- tables ---- */

struct head_tables head_tables_open(struct findings *r)
{
    findings_fact(r, "sink", "sink_share: sequences with more than %.1f on the first token",
                  sink_threshold);
    return (struct head_tables){
        .r = r,
        .heads = findings_table(
            r, "heads",
            "kind layer head distance distance_sd away entropy entropy_sd relative_entropy sink "
            "sink_sd sink_share self previous top_distance top_first max_logit duplicate "
            "duplicate_uniform induction induction_uniform sequences"),
        .profile = findings_table(r, "by_distance", "kind layer head first last mass logit pairs"),
        .rope = findings_table(r, "rope", "kind layer head pair q_norm k_norm logit_share"),
    };
}

static double sd(double sum, double square, int n)
{
    return n > 1 ? sqrt(fmax(square - sum * sum / n, 0) / (n - 1)) : NAN;
}

static double ratio(double x, double n)
{
    return n > 0 ? x / n : NAN;
}

static void put_place(struct head_tables *t, struct findings_table *to, const char *kind, int layer,
                      int head)
{
    findings_text(t->r, to, kind);
    findings_number(t->r, to, layer);
    findings_number(t->r, to, head);
}

/* Every sequence has the same number of rows, so the mean over rows is the mean over sequences. */
static void put_head(struct head_tables *t, const struct head_sum *h)
{
    const struct attention_sums *x = &h->sum;
    const double per = x->rows / h->sequences;
    const double row[] = {
        x->distance / x->rows,
        sd(x->distance / per, h->square_distance, h->sequences),
        x->away / x->rows,
        x->entropy / x->rows,
        sd(x->entropy / per, h->square_entropy, h->sequences),
        x->relative / x->rows,
        x->sink / x->rows,
        sd(x->sink / per, h->square_sink, h->sequences),
        (double)h->sinks / h->sequences,
        x->self / x->rows,
        x->previous / x->rows,
        x->top / x->rows,
        x->top_first / x->rows,
        x->max_logit / x->rows,
        ratio(x->duplicate, x->duplicate_rows),
        ratio(x->duplicate_uniform, x->duplicate_rows),
        ratio(x->induction, x->induction_rows),
        ratio(x->induction_uniform, x->induction_rows),
        h->sequences,
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) findings_number(t->r, t->heads, row[i]);
    t->any = true;
    t->induction = fmax(t->induction, row[16]);
    t->sink = fmax(t->sink, row[6]);
}

/* Distances [2^(k-1), 2^k). */
static void put_profile(struct head_tables *t, const char *kind, const struct head_sums *s,
                        int layer, int head, double rows)
{
    const size_t at = ((size_t)layer * (size_t)s->heads + (size_t)head) * (size_t)s->length;
    for (int first = 0, last; first < s->length; first = last + 1) {
        double mass = 0, logit = 0, pairs = 0;
        last = first ? 2 * first - 1 : 0;
        for (int m = first; m <= last && m < s->length; m++) {
            mass += s->mass[at + (size_t)m];
            logit += s->logit[at + (size_t)m];
            pairs += s->count[at + (size_t)m];
        }
        put_place(t, t->profile, kind, layer, head);
        findings_number(t->r, t->profile, first);
        findings_number(t->r, t->profile, last);
        findings_number(t->r, t->profile, mass / rows);
        findings_number(t->r, t->profile, ratio(logit, pairs));
        findings_number(t->r, t->profile, pairs);
    }
}

static void put_rope(struct head_tables *t, const char *kind, const struct head_sums *s, int layer,
                     int head)
{
    const size_t cell = (size_t)layer * (size_t)s->heads + (size_t)head;
    for (int p = 0; p < s->geometry[layer].width / 2; p++) {
        const size_t at = cell * (size_t)s->pairs + (size_t)p;
        put_place(t, t->rope, kind, layer, head);
        findings_number(t->r, t->rope, p);
        findings_number(t->r, t->rope, ratio(s->q_norm[at], s->tokens[cell]));
        findings_number(t->r, t->rope, ratio(s->k_norm[at], s->tokens[cell]));
        findings_number(t->r, t->rope, ratio(s->share[at], s->rows[cell]));
    }
}

void head_tables_add(struct head_tables *t, const char *kind, const struct head_sums *s)
{
    for (int l = 0; l < s->layers; l++)
        for (int h = 0; h < s->heads; h++) {
            const struct head_sum *x = &s->head[l * s->heads + h];
            put_place(t, t->heads, kind, l, h);
            put_head(t, x);
            put_profile(t, kind, s, l, h, x->sum.rows);
            put_rope(t, kind, s, l, h);
        }
}

void head_tables_close(struct head_tables *t)
{
    findings_scalar(t->r, "strongest_induction", t->any ? t->induction : NAN);
    findings_scalar(t->r, "strongest_sink", t->any ? t->sink : NAN);
}
