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
#include <string.h>

#include "rope/distance.h"
#include "src/model/position.h"
#include "src/num/vmath.h"

enum { WIDTH = 256 }; /* largest hidden layer */
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

/* The network of one head. */
struct fire {
    int width;
    const real *slope, *offset, *out; /* [width], [width], [width + 1] */
    double c, threshold, dthreshold;  /* dthreshold: d T / d multiplier */
    int at_output, at_c;              /* in dparams: the head's output row, c (multiplier next) */
};

static struct fire fire_of(const struct position_at *at, int head)
{
    const struct fire_opts *o = at->opts;
    const int w = o->mlp_width;
    const double t = at->param[P_MULTIPLIER][0] * o->init_l;
    return (struct fire){.width = w,
                         .slope = at->param[P_HIDDEN],
                         .offset = at->param[P_HIDDEN] + w,
                         .out = at->param[P_OUTPUT] + (size_t)head * (w + 1),
                         .c = at->param[P_C][0],
                         .threshold = fabs(t),
                         .dthreshold = copysign(o->init_l, t),
                         .at_output = 2 * w + head * (w + 1),
                         .at_c = 2 * w + at->shape->heads * (w + 1)};
}

/* y = psi(x), x >= 0; y may be x. */
static void psi(const struct fire *f, const real *x, int n, real *y)
{
    const real c = (real)fabs(f->c);
    for (int j = 0; j < n; j++) y[j] = c * x[j];
    vlog1p(y, y, n);
}

/* y = d psi(x) / d c */
static void dpsi_dc(const struct fire *f, const real *x, int n, real *y)
{
    const real c = (real)fabs(f->c), sign = (real)copysign(1, f->c);
    for (int j = 0; j < n; j++) y[j] = sign * x[j] / (c * x[j] + 1);
}

/* ---- the network over a range of u: a line, bent at the few knots where a unit switches ---- */

struct piece {
    double middle;                 /* of the range */
    real steep, height;            /* height + steep u, below all knots */
    int knots;                     /* within the range */
    int unit[WIDTH];               /* [knots], rising */
    real knot[WIDTH], bend[WIDTH]; /* + bend (u - knot) above the knot */
};

static bool open_at(const struct fire *f, int unit, double u)
{
    return (double)f->slope[unit] * u + f->offset[unit] > 0;
}

static void cut(const struct fire *f, real low, real high, struct piece *w)
{
    double steep = 0, height = f->out[f->width];
    w->middle = 0.5 * ((double)low + high);
    w->knots = 0;
    for (int k = 0; k < f->width; k++) {
        const real slope = f->slope[k], knot = -f->offset[k] / slope;
        const bool bends = knot > low && knot < high;
        if (bends) {
            w->unit[w->knots] = k;
            w->knot[w->knots] = knot;
            w->bend[w->knots++] = f->out[k] * (slope > 0 ? slope : -slope);
        }
        if (bends ? slope < 0 : open_at(f, k, w->middle)) {
            steep += (double)f->out[k] * slope;
            height += (double)f->out[k] * f->offset[k];
        }
    }
    w->steep = (real)steep;
    w->height = (real)height;
}

/* y += the network of u = scale p */
static void add_row(const struct piece *w, const real *restrict p, real scale, int n,
                    real *restrict y)
{
    const real steep = w->steep * scale, height = w->height;
    for (int j = 0; j < n; j++) y[j] += steep * p[j] + height;
    for (int k = 0; k < w->knots; k++) {
        const real bend = w->bend[k], knot = w->knot[k];
        for (int j = 0; j < n; j++) {
            const real above = p[j] * scale - knot;
            y[j] += bend * (above > 0 ? above : 0);
        }
    }
}

/* What the gradients are made of, over a tile: sums of d and of d u, of all elements and of those
 * above each knot. */
struct sums {
    double d, du, d_above[WIDTH], du_above[WIDTH];
    double dc, dthreshold; /* finished */
};

/* The normaliser psi(m) + 1e-6, m = max(T, i), of elements with sums of d u' psi and d u' dpsi, u'
 * the network's slope. */
static void add_normaliser(const struct fire *f, double m, double scale, double d_psi,
                           double d_dpsi, struct sums *g)
{
    const double dnorm = -d_psi * scale * scale;
    const double c = fabs(f->c);
    g->dc += d_dpsi * scale + dnorm * copysign(m, f->c) / (c * m + 1);
    if (m == f->threshold) g->dthreshold += dnorm * c / (c * m + 1) * f->dthreshold;
}

/* A row with one normaliser: p psi, q dpsi, d the gradients. */
static void back_row(const struct fire *f, const struct piece *w, double m, real scale,
                     const real *p, const real *q, const real *d, int n, struct sums *g)
{
    real sum = 0, sum_p = 0, sum_q = 0;
#pragma omp simd reduction(+ : sum, sum_p, sum_q)
    for (int j = 0; j < n; j++) {
        sum += d[j];
        sum_p += d[j] * p[j];
        sum_q += d[j] * q[j];
    }
    double d_psi = (double)w->steep * sum_p, d_dpsi = (double)w->steep * sum_q;
    g->d += sum;
    g->du += (double)sum_p * scale;
    for (int k = 0; k < w->knots; k++) {
        const real knot = w->knot[k];
        sum = sum_p = sum_q = 0;
#pragma omp simd reduction(+ : sum, sum_p, sum_q)
        for (int j = 0; j < n; j++) {
            const real above = p[j] * scale > knot ? d[j] : 0;
            sum += above;
            sum_p += above * p[j];
            sum_q += above * q[j];
        }
        g->d_above[k] += sum;
        g->du_above[k] += (double)sum_p * scale;
        d_psi += (double)w->bend[k] * sum_p;
        d_dpsi += (double)w->bend[k] * sum_q;
    }
    add_normaliser(f, m, scale, d_psi, d_dpsi, g);
}

static void finish_sums(const struct fire *f, const struct piece *w, const struct sums *g,
                        double *dparams)
{
    double *dslope = dparams, *doffset = dparams + f->width, *dout = dparams + f->at_output;
    dout[f->width] += g->d;
    for (int k = 0, next = 0; k < f->width; k++) {
        double d = g->d, du = g->du;
        if (next < w->knots && w->unit[next] == k) {
            const bool closes = f->slope[k] < 0;
            d = closes ? d - g->d_above[next] : g->d_above[next];
            du = closes ? du - g->du_above[next] : g->du_above[next];
            next++;
        } else if (!open_at(f, k, w->middle)) {
            continue;
        }
        dout[k] += f->slope[k] * du + f->offset[k] * d;
        dslope[k] += f->out[k] * du;
        doffset[k] += f->out[k] * d;
    }
    dparams[f->at_c] += g->dc;
    dparams[f->at_c + 1] += g->dthreshold;
}

/* ---- tiles ---- */

enum { ROWS = 64 };

/* Rows of a tile that are treated together. Near rows (position up to T) share the normaliser:
 * where the tile has a table, they are one row over its entries. */
struct part {
    struct attention_tile t;
    bool near;
    real scale[ROWS]; /* 1 / (psi(max(T, i)) + 1e-6) */
    struct distance_table distance;
    real psi[DISTANCE_SPAN], row[DISTANCE_SPAN]; /* of the table's entries; of one row */
    struct piece network;
};

static double identity(const void *self, int distance)
{
    (void)self;
    return distance;
}

static double normaliser(const struct part *x, const struct fire *f, int r)
{
    return x->near ? f->threshold : x->t.q_position[r];
}

static void fill_scales(struct part *x, const struct fire *f, real *least, real *most)
{
    real m[ROWS];
    for (int r = 0; r < x->t.rows; r++) m[r] = (real)normaliser(x, f, r);
    psi(f, m, x->t.rows, m);
    *least = *most = (real)(1 / (m[0] + 1e-6));
    for (int r = 0; r < x->t.rows; r++) {
        x->scale[r] = (real)(1 / (m[r] + 1e-6));
        if (x->scale[r] < *least) *least = x->scale[r];
        if (x->scale[r] > *most) *most = x->scale[r];
    }
}

/* The rows from `from` on; returns where they end. */
static int open_part(struct part *x, const struct fire *f, const struct attention_tile *t, int from)
{
    int to = from;
    real least, most, low, high;
    x->near = t->q_position[from] <= f->threshold;
    while (to < t->rows && to - from < ROWS && (t->q_position[to] <= f->threshold) == x->near) to++;
    x->t = *t;
    x->t.q_position += from;
    x->t.rows = to - from;
    fill_scales(x, f, &least, &most);
    distance_table_fill(&x->distance, &x->t, identity, NULL);
    psi(f, x->distance.value, x->distance.n, x->psi);
    low = x->distance.n ? x->psi[0] : 0;
    high = x->distance.n ? x->psi[0] : (real)1e30; /* above every knot that matters */
    for (int m = 1; m < x->distance.n; m++) {
        if (x->psi[m] < low) low = x->psi[m];
        if (x->psi[m] > high) high = x->psi[m];
    }
    cut(f, low * least, high * most, &x->network);
    return to;
}

/* psi of row r: [cols], within the table or in x->row. */
static const real *psi_row(struct part *x, const struct fire *f, int r)
{
    const real *d = distance_row(&x->distance, &x->t, r, x->row);
    if (d != x->row) return x->psi + (d - x->distance.value);
    psi(f, d, x->t.cols, x->row);
    return x->row;
}

static void add_part(struct part *x, const struct fire *f, real *y)
{
    const int cols = x->t.cols;
    if (x->near && x->distance.n) {
        memset(x->distance.value, 0, (size_t)x->distance.n * sizeof *x->distance.value);
        add_row(&x->network, x->psi, x->scale[0], x->distance.n, x->distance.value);
    }
    for (int r = 0; r < x->t.rows; r++) {
        real *to = y + (size_t)r * x->t.ld;
        if (x->near && x->distance.n) {
            const real *v = distance_row(&x->distance, &x->t, r, x->row);
            for (int j = 0; j < cols; j++) to[j] += v[j];
        } else {
            add_row(&x->network, psi_row(x, f, r), x->scale[r], cols, to);
        }
    }
}

static void back_part(struct part *x, const struct fire *f, const real *dx, double *dparams)
{
    const int n = x->distance.n, cols = x->t.cols;
    struct sums g = {0};
    real slope[DISTANCE_SPAN]; /* d psi / d c, as psi */
    dpsi_dc(f, x->distance.value, n, slope);
    if (x->near && n) {
        double sum[DISTANCE_SPAN];
        distance_sums(&x->distance, &x->t, dx, sum);
        for (int m = 0; m < n; m++) x->row[m] = (real)sum[m];
        back_row(f, &x->network, f->threshold, x->scale[0], x->psi, slope, x->row, n, &g);
    }
    for (int r = 0; !(x->near && n) && r < x->t.rows; r++) {
        real row[DISTANCE_SPAN];
        const real *d = distance_row(&x->distance, &x->t, r, row), *q = row;
        if (d == row)
            dpsi_dc(f, row, cols, row);
        else
            q = slope + (d - x->distance.value);
        back_row(f, &x->network, normaliser(x, f, r), x->scale[r], psi_row(x, f, r), q,
                 dx + (size_t)r * x->t.ld, cols, &g);
    }
    finish_sums(f, &x->network, &g, dparams);
}

static void fire_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    const struct fire f = fire_of(at, t->head);
    struct part part;
    for (int from = 0, to; from < t->rows; from = to) {
        to = open_part(&part, &f, t, from);
        add_part(&part, &f, x + (size_t)from * t->ld);
    }
}

static void fire_bias_grad(const struct position_at *at, const struct attention_tile *t,
                           const real *dx, double *dparams)
{
    const struct fire f = fire_of(at, t->head);
    struct part part;
    for (int from = 0, to; from < t->rows; from = to) {
        to = open_part(&part, &f, t, from);
        back_part(&part, &f, dx + (size_t)from * t->ld, dparams);
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
