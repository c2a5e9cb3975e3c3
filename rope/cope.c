/* cope.c -- contextual position encoding: a query counts the keys that it cares about.
 *
 *   g_ik = sigmoid(s_ik),  p_ij = min(g_ij + g_i,j+1 + ... + g_ii, npos_max - 1)
 *   z_n = q_i . e_n,  s_ij += (1 - f) z_floor(p_ij) + f z_ceil(p_ij),  f = p_ij - floor(p_ij)
 *
 * Paper: Golovneva et al. 2024, arXiv:2405.18719. e [npos_max][head_dim] is learned per layer, shared
 * by its heads, from 0. The gates take the scaled logit with its biases, as in x-transformers; q . e
 * is not scaled. Deviation: none from that code.
 * Laws: shift. */
#include <math.h>
#include <string.h>

#include "src/model/position.h"
#include "src/num/vmath.h"

enum { NPOS = 4096 };

struct cope_opts {
    int npos_max;
};

static const struct conf_field cope_fields[] = {
    CONF_INT(struct cope_opts, npos_max, 64, 2, NPOS, "positions that a query can count to"),
    CONF_END,
};

static const struct conf_schema cope_schema = {"cope", sizeof(struct cope_opts), cope_fields};

static int cope_params(const void *opts, const struct position_shape *shape,
                       struct position_param *out)
{
    const struct cope_opts *o = opts;
    out[0] = (struct position_param){.name = "embedding",
                                     .n_dims = 2,
                                     .shape = {o->npos_max, shape->head_dim},
                                     .init = POSITION_INIT_CONSTANT};
    return 1;
}

/* z [npos_max] of one head's query */
static void interpolants(const struct position_at *at, const real *q, real *z)
{
    const struct cope_opts *o = at->opts;
    const int d = at->shape->head_dim;
    for (int n = 0; n < o->npos_max; n++) {
        const real *e = at->param[0] + (size_t)n * d;
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int c = 0; c < d; c++) sum += q[c] * e[c];
        z[n] = sum;
    }
}

static void cope_transform(const struct position_at *at, const struct attention_row *row,
                           const real *x, const real *b, real *y)
{
    const struct cope_opts *o = at->opts;
    const int last = o->npos_max - 1;
    real z[NPOS];
    (void)x, (void)b;
    for (int h = 0; h < row->heads; h++) {
        real *s = y + (size_t)h * row->ld, *g = row->work + (size_t)h * row->ld;
        double p = 0;
        int j = row->keys - 1;
        interpolants(at, row->q + h * row->qk_dim, z);
        vsigmoid(g, s, row->keys);
        for (; j >= 0; j--) {
            p += g[j];
            if (p >= last) break;
            const int low = (int)p;
            const real f = (real)(p - low);
            s[j] += (1 - f) * z[low] + f * z[low + 1];
        }
        for (; j >= 0; j--) s[j] += z[last];
    }
}

/* ds_j = dy_j + g_j (1 - g_j) sum of dp_k over k <= j;  dp_k = dy_k (z_ceil - z_floor) */
static void cope_transform_grad(const struct position_at *at, const struct attention_row *row,
                                const real *x, const real *b, const real *dy, real *dx, real *db,
                                real *dq, double *dparams)
{
    const struct cope_opts *o = at->opts;
    const int last = o->npos_max - 1, d = at->shape->head_dim;
    real z[NPOS];
    double dz[NPOS];
    for (int h = 0; h < row->heads; h++) {
        const size_t at_head = (size_t)h * row->ld;
        const real *q = row->q + h * row->qk_dim, *to_y = dy + at_head;
        real *g = row->work + at_head, *dp = row->work + (size_t)row->heads * row->ld;
        double p = 0, sum = 0;
        int j = row->keys - 1;
        interpolants(at, q, z);
        memset(dz, 0, (size_t)o->npos_max * sizeof *dz);
        for (int k = 0; k < row->keys; k++) g[k] = x[at_head + k] + b[at_head + k];
        vsigmoid(g, g, row->keys);
        for (; j >= 0; j--) {
            p += g[j];
            if (p >= last) break;
            const int low = (int)p;
            const double f = p - low;
            dz[low] += (1 - f) * to_y[j];
            dz[low + 1] += f * to_y[j];
            dp[j] = to_y[j] * (z[low + 1] - z[low]);
        }
        const int first = j + 1; /* keys before it count to the last position, whatever they do */
        for (int k = 0; k < first; k++) dz[last] += to_y[k];
        for (int k = first; k < row->keys; k++) {
            sum += dp[k];
            const real ds = (real)(g[k] * (1 - (double)g[k]) * sum);
            dx[at_head + k] += ds;
            db[at_head + k] += ds;
        }
        for (int n = 0; n < o->npos_max; n++) {
            const real *e = at->param[0] + (size_t)n * d, w = (real)dz[n];
            double *de = dparams + (size_t)n * d;
            for (int c = 0; c < d; c++) {
                dq[h * row->qk_dim + c] += w * e[c];
                de[c] += dz[n] * q[c];
            }
        }
    }
}

const struct position_type position_cope = {
    .v = {.name = "cope",
          .summary = "contextual positions: a query counts the keys whose gates it opens",
          .paper = "arXiv:2405.18719",
          .schema = &cope_schema},
    .cost = "about 1.5 times",
    .laws = LAW_SHIFT,
    .transform = cope_transform,
    .transform_grad = cope_transform_grad,
    .params = cope_params,
};
