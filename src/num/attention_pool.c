/* attention_pool.c -- see attention_pool.h. */
#include "src/num/attention_pool.h"

#include <math.h>
#include <string.h>

#include "src/num/attention_tiles.h"

struct pooling {
    const real *lse;
    int heads, from, tokens, cells;
    float *out;
};

/* One item is one head, so no two tiles write the same matrix at a time. */
static void visit(void *self, const struct attention_visited *v)
{
    const struct pooling *p = self;
    const size_t n = (size_t)p->cells;
    float *matrix = p->out + (size_t)v->head * n * n;
    for (int r = 0; r < v->queries; r++) {
        const int query = v->query + r;
        const real lse = p->lse[(size_t)query * (size_t)p->heads + (size_t)v->head];
        const size_t row = (size_t)(query - p->from) * n / (size_t)p->tokens;
        for (int j = 0; j < v->keys; j++) {
            const real s = v->s[j * QUERIES + r] * v->factor;
            if (s == -INFINITY) continue;
            const size_t column = (size_t)(v->key + j - p->from) * n / (size_t)p->tokens;
            const float a = (float)exp((double)(s - lse));
            if (a > matrix[row * n + column]) matrix[row * n + column] = a;
        }
    }
}

void attention_pool(const struct attention *a, const real *q, int ldq, const real *k, int ldk,
                    const real *lse, int from, int to, int cells, float *out, void *scratch)
{
    const struct span segment = {from, to};
    struct pooling p = {lse, a->heads, from, to - from, cells, out};
    memset(out, 0, sizeof *out * (size_t)a->heads * (size_t)cells * (size_t)cells);
    attention_visit(a, q, ldq, k, ldk, 1, &segment, visit, &p, scratch);
}
