/* attention.c -- segments, tiles, padded and re-centred rows: what both passes of attention stand on. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "src/num/attention_tiles.h"

size_t attention_spans(const struct attention *a)
{
    return (size_t)a->tokens; /* every token may be a segment of its own */
}

int attention_cut(const struct attention *a, int size, int first, struct span *out)
{
    int n = 0;
    for (int from = 0, to; from < a->tokens; from = to) {
        const int anchor = a->anchor[from];
        for (to = from + 1; to < a->tokens && a->anchor[to] == anchor; to++) {
        }
        assert(anchor == from && "a segment begins at its anchor");
        for (int t = from; t < to; t += size) {
            const int end = t + size < to ? t + size : to;
            if (end > first) out[n++] = (struct span){t < first ? first : t, end};
        }
    }
    return n;
}

size_t attention_padding(const struct attention *a, int heads, int dim, bool rate)
{
    return dim % VEC || rate ? (size_t)a->tokens * (size_t)heads * (size_t)vec_round(dim) : 0;
}

struct rows attention_rows(const struct attention *a, int from, const real *x, int ld, int heads,
                           int dim, int sign, const int32_t *centre, real *to)
{
    const real *base = x - (ptrdiff_t)from * ld;
    if (dim % VEC == 0 && !sign) return (struct rows){base, ld, dim};
    const int wide = vec_round(dim), count = a->tokens;
#pragma omp parallel for schedule(static) if (count - from > 64)
    for (int i = from; i < count; i++)
        for (int h = 0; h < heads; h++) {
            real *out = to + ((size_t)i * heads + h) * wide;
            memcpy(out, base + (ptrdiff_t)i * ld + h * dim, (size_t)dim * sizeof *out);
            memset(out + dim, 0, (size_t)(wide - dim) * sizeof *out);
            for (int c = 0; sign && c < dim; c++)
                out[c] =
                    (real)(out[c] * exp(sign * a->channel_rate[c] * (a->position[i] - centre[i])));
        }
    return (struct rows){to, (ptrdiff_t)heads * wide, wide};
}

void attention_centres(const struct attention *a, int32_t *centre)
{
    for (int i = 0; i < a->tokens; i++) {
        const int from = a->anchor[i];
        centre[i] = a->position[from + (i - from) / QUERIES * QUERIES];
    }
}

void attention_recentre(const struct attention *a, const struct rows *k, int head, int from, int n,
                        int32_t centre, const int32_t *centres, real *out)
{
    const int wide = vec_round(a->qk_dim);
    real factor[MAX_DIM];
    assert(wide <= MAX_DIM);
    for (int j = 0; j < n; j++) {
        const real *x = row_of(k, from + j, head);
        if (j == 0 || centres[from + j] != centres[from + j - 1])
            for (int c = 0; c < wide; c++)
                factor[c] = c < a->qk_dim
                                ? (real)exp(a->channel_rate[c] * (centre - centres[from + j]))
                                : 0;
        for (int c = 0; c < wide; c++) out[(size_t)j * wide + c] = x[c] * factor[c];
    }
}

void attention_transpose(real *out, const real *x, ptrdiff_t ld, int n, int dim)
{
    for (int j = 0; j < n; j++)
        for (int c = 0; c < dim; c++) out[c * KEYS + j] = x[j * ld + c];
    for (int j = n; j < KEYS; j++)
        for (int c = 0; c < dim; c++) out[c * KEYS + j] = 0;
}

void attention_region_span(const struct attention *a, const struct span *q, const struct span *k,
                           int *low, int *high)
{
    const int32_t *p = a->position;
    int32_t q_low = p[q->from], q_high = q_low, k_low = p[k->from], k_high = k_low;
    for (int i = q->from; i < q->to; i++) {
        if (p[i] < q_low) q_low = p[i];
        if (p[i] > q_high) q_high = p[i];
    }
    for (int j = k->from; j < k->to; j++) {
        if (p[j] < k_low) k_low = p[j];
        if (p[j] > k_high) k_high = p[j];
    }
    *low = a->regions.of(a->regions.self, q_low, k_high);
    *high = a->regions.of(a->regions.self, q_high, k_low);
}
