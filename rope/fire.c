/* fire.c -- functional interpolation: an MLP of the distance relative to the row's position.
 *
 *   psi(x) = ln(|c x| + 1),  T = |multiplier init_l|
 *   u_ij = psi(|i - j|) / (psi(max(T, i)) + 1e-6)
 *   s_ij += output_h . relu(hidden_0 u_ij + hidden_1) + output_h,last
 *
 * Paper: Li et al. 2023, arXiv:2310.04418; hidden width 32, c 0.1 and init_l 512 of the authors of
 * DAPE's code. Weights and offsets start from U(-1/sqrt(fan_in), 1/sqrt(fan_in)). Deviation: none.
 * Rows up to position T depend on the distance alone, and are computed once per distance.
 * Laws: none (rows beyond T know their absolute position). */
#include <math.h>
#include <stdlib.h>

#include "rope/distance.h"
#include "src/model/position.h"

enum { WIDTH = 256, CHUNK = 256 }; /* largest hidden layer; elements at a time */
enum { P_HIDDEN, P_OUTPUT, P_C, P_MULTIPLIER };

struct fire_opts {
    int mlp_width;
    double init_c, init_l;
};

#define S struct fire_opts
static const struct conf_field fire_fields[] = {
    CONF_INT(S, mlp_width, 32, 1, WIDTH, "hidden units"),
    CONF_REAL(S, init_c, 0.1, 1e-9, 1e9, "initial c"),
    CONF_REAL(S, init_l, 512, 1e-9, 1e9, "initial threshold T"),
    CONF_END,
};
#undef S

static const struct conf_schema fire_schema = {"fire", sizeof(struct fire_opts), fire_fields};

static int fire_params(const void *opts, const struct position_shape *shape,
                       struct position_param *out)
{
    const struct fire_opts *o = opts;
    out[P_HIDDEN] = (struct position_param){.name = "hidden",
                                            .n_dims = 2,
                                            .shape = {2, o->mlp_width},
                                            .init = POSITION_INIT_UNIFORM,
                                            .a = -1,
                                            .b = 1};
    out[P_OUTPUT] = (struct position_param){.name = "output",
                                            .n_dims = 2,
                                            .shape = {shape->heads, o->mlp_width + 1},
                                            .init = POSITION_INIT_UNIFORM,
                                            .a = -1 / sqrt(o->mlp_width),
                                            .b = 1 / sqrt(o->mlp_width)};
    out[P_C] = (struct position_param){
        .name = "c", .n_dims = 1, .shape = {1}, .init = POSITION_INIT_CONSTANT, .a = o->init_c};
    out[P_MULTIPLIER] = (struct position_param){
        .name = "multiplier", .n_dims = 1, .shape = {1}, .init = POSITION_INIT_CONSTANT, .a = 1};
    return 4;
}

/* The function of one head. */
struct fire {
    int width;
    const real *slope, *offset, *out; /* [width], [width], [width + 1] */
    double c, threshold, dthreshold;  /* dthreshold: d T / d multiplier */
    double norm;                      /* psi(T) + 1e-6 */
    int at_output, at_c;              /* in dparams: the head's output row, c (multiplier next) */
};

static double psi(double c, double x)
{
    return log1p(fabs(c * x));
}

static struct fire fire_of(const struct position_at *at, int head)
{
    const struct fire_opts *o = at->opts;
    const int w = o->mlp_width;
    const double c = at->param[P_C][0], t = at->param[P_MULTIPLIER][0] * o->init_l;
    return (struct fire){.width = w,
                         .slope = at->param[P_HIDDEN],
                         .offset = at->param[P_HIDDEN] + w,
                         .out = at->param[P_OUTPUT] + (size_t)head * (w + 1),
                         .c = c,
                         .threshold = fabs(t),
                         .dthreshold = copysign(o->init_l, t),
                         .norm = psi(c, fabs(t)) + 1e-6,
                         .at_output = 2 * w + head * (w + 1),
                         .at_c = 2 * w + at->shape->heads * (w + 1)};
}

/* y_c = MLP(u_c), n <= CHUNK */
static void mlp(const struct fire *f, const real *u, int n, real *y)
{
    for (int c = 0; c < n; c++) y[c] = f->out[f->width];
    for (int k = 0; k < f->width; k++) {
        const real a = f->slope[k], b = f->offset[k], w = f->out[k];
        for (int c = 0; c < n; c++) {
            const real h = a * u[c] + b;
            y[c] += w * (h > 0 ? h : 0);
        }
    }
}

/* Adjoint of mlp for n values with gradients d: adds to dparams, du overwritten. */
static void mlp_back(const struct fire *f, const real *u, const real *d, int n, real *du,
                     double *dparams)
{
    double *dslope = dparams, *doffset = dparams + f->width, *dout = dparams + f->at_output,
           all = 0;
    for (int c = 0; c < n; c++) {
        all += d[c];
        du[c] = 0;
    }
    dout[f->width] += all;
    for (int k = 0; k < f->width; k++) {
        const real a = f->slope[k], b = f->offset[k], w = f->out[k];
        real active = 0, output = 0, input = 0;
#pragma omp simd reduction(+ : active, output, input)
        for (int c = 0; c < n; c++) {
            const real h = a * u[c] + b, open = h > 0 ? d[c] : 0;
            active += open;
            output += open * h;
            input += open * u[c];
            du[c] += open * w * a;
        }
        dout[k] += output;
        doffset[k] += (double)w * active;
        dslope[k] += (double)w * input;
    }
}

/* d psi(x) / d c */
static double dpsi_dc(double c, double x)
{
    return copysign(x, c) / (fabs(c) * x + 1);
}

static double psi_of(const void *self, int distance)
{
    return psi(((const struct fire *)self)->c, distance);
}

static double value(const void *self, int distance)
{
    const struct fire *f = self;
    const real u = (real)(psi(f->c, distance) / f->norm);
    real y;
    mlp(f, &u, 1, &y);
    return y;
}

/* One normaliser m = max(T, i) for n <= CHUNK distances with psi known: gradients of the
 * parameters. */
static void distances_back(const struct fire *f, double m, const int *distance,
                           const real *psi_distance, const real *d, int n, double *dparams)
{
    real u[CHUNK], du[CHUNK];
    const double norm = psi(f->c, m) + 1e-6;
    double dnorm = 0, dc = 0;
    for (int c = 0; c < n; c++) u[c] = (real)(psi_distance[c] / norm);
    mlp_back(f, u, d, n, du, dparams);
    for (int c = 0; c < n; c++) {
        dnorm -= (double)du[c] * u[c] / norm;
        dc += du[c] * dpsi_dc(f->c, distance[c]) / norm;
    }
    dparams[f->at_c] += dc + dnorm * dpsi_dc(f->c, m);
    if (m == f->threshold)
        dparams[f->at_c + 1] += dnorm * fabs(f->c) / (fabs(f->c) * m + 1) * f->dthreshold;
}

static void adjoint(const void *self, int distance, double d, double *dparams)
{
    const struct fire *f = self;
    const real one = (real)d, psi_distance = (real)psi(f->c, distance);
    distances_back(f, f->threshold, &distance, &psi_distance, &one, 1, dparams);
}

/* The part of a tile's rows from `from` on that may be treated alike: near rows (position up to T)
 * together, far rows together. */
static struct attention_tile alike(const struct fire *f, const struct attention_tile *t, int from,
                                   bool *near)
{
    struct attention_tile part = *t;
    int to = from;
    *near = t->q_position[from] <= f->threshold;
    while (to < t->rows && (t->q_position[to] <= f->threshold) == *near) to++;
    part.q_position += from;
    part.rows = to - from;
    return part;
}

static void far_rows(const struct fire *f, const struct attention_tile *t, real *x)
{
    struct distance_table table;
    real row[DISTANCE_SPAN], u[CHUNK], y[CHUNK];
    distance_table_fill(&table, t, psi_of, f);
    for (int r = 0; r < t->rows; r++) {
        const real *p = distance_row(&table, t, r, row),
                   scale = (real)(1 / (psi(f->c, t->q_position[r]) + 1e-6));
        for (int from = 0, n; from < t->cols; from += n) {
            n = t->cols - from < CHUNK ? t->cols - from : CHUNK;
            for (int c = 0; c < n; c++) u[c] = p[from + c] * scale;
            mlp(f, u, n, y);
            for (int c = 0; c < n; c++) x[(size_t)r * t->ld + from + c] += y[c];
        }
    }
}

static void far_rows_back(const struct fire *f, const struct attention_tile *t, const real *dx,
                          double *dparams)
{
    struct distance_table table;
    real row[DISTANCE_SPAN];
    int distance[CHUNK];
    distance_table_fill(&table, t, psi_of, f);
    for (int r = 0; r < t->rows; r++) {
        const int32_t i = t->q_position[r];
        const real *p = distance_row(&table, t, r, row);
        for (int from = 0, n; from < t->cols; from += n) {
            n = t->cols - from < CHUNK ? t->cols - from : CHUNK;
            for (int c = 0; c < n; c++) distance[c] = abs(i - t->k_position[from + c]);
            distances_back(f, i, distance, p + from, dx + (size_t)r * t->ld + from, n, dparams);
        }
    }
}

static void fire_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    const struct fire f = fire_of(at, t->head);
    bool near;
    for (int from = 0; from < t->rows;) {
        const struct attention_tile part = alike(&f, t, from, &near);
        real *y = x + (size_t)from * t->ld;
        if (near)
            distance_add(&part, value, &f, y);
        else
            far_rows(&f, &part, y);
        from += part.rows;
    }
}

static void fire_bias_grad(const struct position_at *at, const struct attention_tile *t,
                           const real *dx, double *dparams)
{
    const struct fire f = fire_of(at, t->head);
    bool near;
    for (int from = 0; from < t->rows;) {
        const struct attention_tile part = alike(&f, t, from, &near);
        const real *d = dx + (size_t)from * t->ld;
        if (near)
            distance_collect(&part, d, adjoint, &f, dparams);
        else
            far_rows_back(&f, &part, d, dparams);
        from += part.rows;
    }
}

const struct position_type position_fire = {
    .v = {.name = "fire",
          .summary = "FIRE: a small learned network of the distance relative to the position",
          .paper = "arXiv:2310.04418",
          .schema = &fire_schema},
    .bias = fire_bias,
    .bias_grad = fire_bias_grad,
    .params = fire_params,
};
