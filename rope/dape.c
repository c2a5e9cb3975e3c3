/* dape.c -- data-adaptive position encoding: a small network of the logits of all heads.
 *
 *   s_ij (all heads) = x_ij + b_ij + W2 leaky(W1 [x_ij; b_ij] + c1) + c2
 *   x: scaled products, b: the biases of the stack; leaky(u) = max(u, u / 100)
 *
 * Paper: Zheng et al. 2024, arXiv:2405.14722, hidden width 32; weights and offsets start from
 * U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as its code. Stack it with a bias (alibi, kerple_log, fire).
 * Deviation: none.
 * Laws: shift. */
#include <math.h>

#include "src/model/position.h"

enum { WIDTH = 256, CHUNK = 64 }; /* largest hidden layer; keys at a time */
enum { P_HIDDEN, P_HIDDEN_OFFSET, P_OUTPUT, P_OUTPUT_OFFSET };

struct dape_opts {
    int mlp_width;
};

static const struct conf_field dape_fields[] = {
    CONF_INT(struct dape_opts, mlp_width, 32, 1, WIDTH, "hidden units"),
    CONF_END,
};

static const struct conf_schema dape_schema = {"dape", sizeof(struct dape_opts), dape_fields};

static int dape_params(const void *opts, const struct position_shape *shape,
                       struct position_param *out)
{
    const struct dape_opts *o = opts;
    const double in = 1 / sqrt(2.0 * shape->heads), hidden = 1 / sqrt(o->mlp_width);
    const struct position_param p = {.init = POSITION_INIT_UNIFORM, .a = -in, .b = in};
    for (int k = 0; k < 4; k++) out[k] = p;
    out[P_HIDDEN].name = "hidden";
    out[P_HIDDEN].n_dims = 2;
    out[P_HIDDEN].shape[0] = o->mlp_width;
    out[P_HIDDEN].shape[1] = 2 * (int64_t)shape->heads;
    out[P_HIDDEN_OFFSET].name = "hidden_offset";
    out[P_HIDDEN_OFFSET].n_dims = 1;
    out[P_HIDDEN_OFFSET].shape[0] = o->mlp_width;
    out[P_OUTPUT].name = "output";
    out[P_OUTPUT].n_dims = 2;
    out[P_OUTPUT].shape[0] = shape->heads;
    out[P_OUTPUT].shape[1] = o->mlp_width;
    out[P_OUTPUT_OFFSET].name = "output_offset";
    out[P_OUTPUT_OFFSET].n_dims = 1;
    out[P_OUTPUT_OFFSET].shape[0] = shape->heads;
    for (int k = P_OUTPUT; k <= P_OUTPUT_OFFSET; k++) {
        out[k].a = -hidden;
        out[k].b = hidden;
    }
    return 4;
}

/* Some keys of one row: the inputs begin at x and b (head h at [h * ld]). */
struct part {
    int heads, width, n;
    size_t ld;
    const real *x, *b;
};

static real leaky(real u)
{
    return u > 0 ? u : u / 100;
}

/* u[k][j] = W1 [x; b] + c1 before the unit's kink */
static void hidden_units(const struct position_at *at, const struct part *p, real (*u)[CHUNK])
{
    for (int k = 0; k < p->width; k++) {
        const real *w = at->param[P_HIDDEN] + (size_t)k * 2 * p->heads;
        for (int j = 0; j < p->n; j++) u[k][j] = at->param[P_HIDDEN_OFFSET][k];
        for (int h = 0; h < p->heads; h++) {
            const real *x = p->x + h * p->ld, *b = p->b + h * p->ld, wx = w[h],
                       wb = w[p->heads + h];
            for (int j = 0; j < p->n; j++) u[k][j] += wx * x[j] + wb * b[j];
        }
    }
}

static struct part part_of(const struct position_at *at, const struct attention_row *row,
                           const real *x, const real *b, int from)
{
    const struct dape_opts *o = at->opts;
    const int left = row->keys - from;
    return (struct part){row->heads, o->mlp_width, left < CHUNK ? left : CHUNK,
                         row->ld,    x + from,     b + from};
}

static void dape_transform(const struct position_at *at, const struct attention_row *row,
                           const real *x, const real *b, real *y)
{
    real u[WIDTH][CHUNK];
    for (int from = 0; from < row->keys; from += CHUNK) {
        const struct part p = part_of(at, row, x, b, from);
        hidden_units(at, &p, u);
        for (int k = 0; k < p.width; k++)
            for (int j = 0; j < p.n; j++) u[k][j] = leaky(u[k][j]);
        for (int h = 0; h < p.heads; h++) {
            const real *w = at->param[P_OUTPUT] + (size_t)h * p.width;
            real *s = y + h * p.ld + from;
            for (int j = 0; j < p.n; j++) s[j] += at->param[P_OUTPUT_OFFSET][h];
            for (int k = 0; k < p.width; k++)
                for (int j = 0; j < p.n; j++) s[j] += w[k] * u[k][j];
        }
    }
}

static real dot(const real *a, const real *b, int n)
{
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j < n; j++) sum += a[j] * b[j];
    return sum;
}

/* Gradients of one hidden unit: u its inputs, d (overwritten) that of its output. */
static void unit_back(const struct position_at *at, const struct part *p, int k, const real *u,
                      real *d, real *dx, real *db, double *dparams)
{
    const real *w = at->param[P_HIDDEN] + (size_t)k * 2 * p->heads;
    double *dw = dparams + (size_t)k * 2 * p->heads,
           *offset = dparams + (size_t)p->width * 2 * p->heads;
    real sum = 0;
    for (int j = 0; j < p->n; j++) d[j] = u[j] > 0 ? d[j] : d[j] / 100;
    for (int j = 0; j < p->n; j++) sum += d[j];
    offset[k] += sum;
    for (int h = 0; h < p->heads; h++) {
        real *to_x = dx + h * p->ld, *to_b = db + h * p->ld;
        dw[h] += dot(d, p->x + h * p->ld, p->n);
        dw[p->heads + h] += dot(d, p->b + h * p->ld, p->n);
        for (int j = 0; j < p->n; j++) {
            to_x[j] += w[h] * d[j];
            to_b[j] += w[p->heads + h] * d[j];
        }
    }
}

static void dape_transform_grad(const struct position_at *at, const struct attention_row *row,
                                const real *x, const real *b, const real *dy, real *dx, real *db,
                                real *dq, double *dparams)
{
    real u[WIDTH][CHUNK], out[CHUNK], d[CHUNK];
    (void)dq;
    for (int from = 0; from < row->keys; from += CHUNK) {
        const struct part p = part_of(at, row, x, b, from);
        double *doutput = dparams + (size_t)p.width * (2 * p.heads + 1),
               *doffset = doutput + (size_t)p.heads * p.width;
        hidden_units(at, &p, u);
        for (int h = 0; h < p.heads; h++) {
            real sum = 0;
            for (int j = 0; j < p.n; j++) sum += dy[h * p.ld + from + j];
            doffset[h] += sum;
        }
        for (int k = 0; k < p.width; k++) {
            for (int j = 0; j < p.n; j++) {
                out[j] = leaky(u[k][j]);
                d[j] = 0;
            }
            for (int h = 0; h < p.heads; h++) {
                const real w = at->param[P_OUTPUT][(size_t)h * p.width + k],
                           *to_y = dy + h * p.ld + from;
                doutput[(size_t)h * p.width + k] += dot(to_y, out, p.n);
                for (int j = 0; j < p.n; j++) d[j] += w * to_y[j];
            }
            unit_back(at, &p, k, u[k], d, dx + from, db + from, dparams);
        }
    }
}

const struct position_type position_dape = {
    .v = {.name = "dape",
          .summary = "logits of all heads adapt their biases by a small learned network",
          .paper = "arXiv:2405.14722",
          .schema = &dape_schema},
    .laws = LAW_SHIFT,
    .cost = "about 2.5 times",
    .transform = dape_transform,
    .transform_grad = dape_transform_grad,
    .params = dape_params,
};
