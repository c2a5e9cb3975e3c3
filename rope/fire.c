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

enum { SEGMENTS = WIDTH + 1 };

/* The function of one head. The network is piecewise linear in u: between two knots, where a hidden
 * unit opens or closes, it is height + steep u, and a row meets few knots. */
struct fire {
    int width;
    const real *slope, *offset, *out; /* [width], [width], [width + 1] */
    double c, threshold, dthreshold;  /* dthreshold: d T / d multiplier */
    double norm;                      /* psi(T) + 1e-6 */
    int at_output, at_c;              /* in dparams: the head's output row, c (multiplier next) */
    int knots;
    real knot[WIDTH]; /* rising; segment s is above knot s - 1, up to knot s */
    real steep[SEGMENTS], height[SEGMENTS];
};

/* In the precision of the logits: a tile asks for hundreds. */
static double psi(double c, double x)
{
#ifdef REAL_DOUBLE
    return log1p(fabs(c * x));
#else
    return log1pf((float)fabs(c * x));
#endif
}

static bool open_at(const struct fire *f, int unit, double u)
{
    return (double)f->slope[unit] * u + f->offset[unit] > 0;
}

/* A place inside of segment s. */
static double inside(const struct fire *f, int s)
{
    if (s == f->knots) return f->knots ? 2 * (double)f->knot[s - 1] + 1 : 1;
    return s ? 0.5 * ((double)f->knot[s - 1] + f->knot[s]) : 0.5 * f->knot[0];
}

/* Knots above 0, in order, and the line of every segment. */
static void find_segments(struct fire *f)
{
    f->knots = 0;
    for (int k = 0; k < f->width; k++) {
        const real u = -f->offset[k] / f->slope[k];
        int at = f->knots;
        if (!(u > 0) || isinf(u)) continue;
        for (; at > 0 && f->knot[at - 1] > u; at--) f->knot[at] = f->knot[at - 1];
        f->knot[at] = u;
        f->knots++;
    }
    for (int s = 0; s <= f->knots; s++) {
        double steep = 0, height = f->out[f->width];
        const double u = inside(f, s);
        for (int k = 0; k < f->width; k++)
            if (open_at(f, k, u)) {
                steep += (double)f->out[k] * f->slope[k];
                height += (double)f->out[k] * f->offset[k];
            }
        f->steep[s] = (real)steep;
        f->height[s] = (real)height;
    }
}

static void fire_open(struct fire *f, const struct position_at *at, int head)
{
    const struct fire_opts *o = at->opts;
    const int w = o->mlp_width;
    const double t = at->param[P_MULTIPLIER][0] * o->init_l;
    f->width = w;
    f->slope = at->param[P_HIDDEN];
    f->offset = at->param[P_HIDDEN] + w;
    f->out = at->param[P_OUTPUT] + (size_t)head * (w + 1);
    f->c = at->param[P_C][0];
    f->threshold = fabs(t);
    f->dthreshold = copysign(o->init_l, t);
    f->norm = psi(f->c, fabs(t)) + 1e-6;
    f->at_output = 2 * w + head * (w + 1);
    f->at_c = 2 * w + at->shape->heads * (w + 1);
    find_segments(f);
}

static int segment_of(const struct fire *f, real u)
{
    int low = 0, high = f->knots; /* knots below u */
    while (low < high) {
        const int middle = (low + high) / 2;
        if (f->knot[middle] < u)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where the segment of element `from` ends among n elements that rise or fall throughout. */
static int run_end(const struct fire *f, const real *p, real scale, int segment, int from, int n)
{
    int low = from + 1, high = n;
    if (segment_of(f, p[n - 1] * scale) == segment) return n;
    while (low < high) {
        const int middle = (low + high) / 2;
        if (segment_of(f, p[middle] * scale) == segment)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
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

static double dpsi_of(const void *self, int distance)
{
    return dpsi_dc(((const struct fire *)self)->c, distance);
}

static double value(const void *self, int distance)
{
    const struct fire *f = self;
    const real u = (real)(psi(f->c, distance) / f->norm);
    const int s = segment_of(f, u);
    return f->steep[s] * u + f->height[s];
}

/* What the gradients are made of: sums of d and of d u by segment, over a tile. */
struct sums {
    const struct fire *f;
    double d[SEGMENTS], du[SEGMENTS];
    double near_u, near_dpsi; /* of the near rows, which share one normaliser */
    double dc, dthreshold;    /* finished */
};

/* One normaliser m = max(T, i): sum of d u' u and of d u' dpsi, u' = steep, over a run of distances. */
static void add_normaliser(struct sums *g, double m, double du_u, double du_dpsi)
{
    const struct fire *f = g->f;
    const double norm = psi(f->c, m) + 1e-6, dnorm = -du_u / norm;
    g->dc += du_dpsi / norm + dnorm * dpsi_dc(f->c, m);
    if (m == f->threshold)
        g->dthreshold += dnorm * fabs(f->c) / (fabs(f->c) * m + 1) * f->dthreshold;
}

static void near_adjoint(const void *self, int distance, double d, double *dparams)
{
    struct sums *g = *(struct sums *const *)self;
    const struct fire *f = g->f;
    const real u = (real)(psi(f->c, distance) / f->norm);
    const int s = segment_of(f, u);
    (void)dparams;
    g->d[s] += d;
    g->du[s] += d * u;
    add_normaliser(g, f->threshold, d * f->steep[s] * u, d * f->steep[s] * dpsi_dc(f->c, distance));
}

static void finish_sums(struct sums *g, double *dparams)
{
    const struct fire *f = g->f;
    add_normaliser(g, f->threshold, g->near_u, g->near_dpsi);
    double *dslope = dparams, *doffset = dparams + f->width, *dout = dparams + f->at_output;
    for (int s = 0; s <= f->knots; s++) {
        const double u = inside(f, s);
        if (g->d[s] == 0 && g->du[s] == 0) continue;
        dout[f->width] += g->d[s];
        for (int k = 0; k < f->width; k++) {
            if (!open_at(f, k, u)) continue;
            dout[k] += f->slope[k] * g->du[s] + f->offset[k] * g->d[s];
            dslope[k] += f->out[k] * g->du[s];
            doffset[k] += f->out[k] * g->d[s];
        }
    }
    dparams[f->at_c] += g->dc;
    dparams[f->at_c + 1] += g->dthreshold;
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

/* Columns from `from` on whose distances rise or fall throughout. */
static int monotone_end(const struct attention_tile *t, int32_t i, int from)
{
    int to = from + 1;
    if (to == t->cols) return to;
    const bool falls = abs(i - t->k_position[to]) < abs(i - t->k_position[from]);
    while (to < t->cols && (abs(i - t->k_position[to]) < abs(i - t->k_position[to - 1])) == falls)
        to++;
    return to;
}

static void far_rows(const struct fire *f, const struct attention_tile *t, real *x)
{
    struct distance_table table;
    real row[DISTANCE_SPAN];
    distance_table_fill(&table, t, psi_of, f);
    for (int r = 0; r < t->rows; r++) {
        const int32_t i = t->q_position[r];
        const real *p = distance_row(&table, t, r, row), scale = (real)(1 / (psi(f->c, i) + 1e-6));
        real *y = x + (size_t)r * t->ld;
        for (int from = 0, to; from < t->cols; from = to) {
            to = monotone_end(t, i, from);
            for (int c = from, end; c < to; c = end) {
                const int s = segment_of(f, p[c] * scale);
                const real steep = f->steep[s] * scale, height = f->height[s];
                end = run_end(f, p, scale, s, c, to);
                for (int j = c; j < end; j++) y[j] += steep * p[j] + height;
            }
        }
    }
}

static void far_rows_back(struct sums *g, const struct attention_tile *t, const real *dx)
{
    const struct fire *f = g->f;
    struct distance_table table, slopes;
    real row[DISTANCE_SPAN], slope_row[DISTANCE_SPAN];
    distance_table_fill(&table, t, psi_of, f);
    distance_table_fill(&slopes, t, dpsi_of, f);
    for (int r = 0; r < t->rows; r++) {
        const int32_t i = t->q_position[r];
        const real *p = distance_row(&table, t, r, row),
                   *q = distance_row(&slopes, t, r, slope_row), *d = dx + (size_t)r * t->ld,
                   scale = (real)(1 / (psi(f->c, i) + 1e-6));
        double du_u = 0, du_dpsi = 0;
        for (int from = 0, to; from < t->cols; from = to) {
            to = monotone_end(t, i, from);
            for (int c = from, end; c < to; c = end) {
                const int s = segment_of(f, p[c] * scale);
                real sum = 0, sum_p = 0, sum_q = 0;
                end = run_end(f, p, scale, s, c, to);
#pragma omp simd reduction(+ : sum, sum_p, sum_q)
                for (int j = c; j < end; j++) {
                    sum += d[j];
                    sum_p += d[j] * p[j];
                    sum_q += d[j] * q[j];
                }
                g->d[s] += sum;
                g->du[s] += (double)sum_p * scale;
                du_u += (double)f->steep[s] * sum_p * scale;
                du_dpsi += (double)f->steep[s] * sum_q;
            }
        }
        add_normaliser(g, i, du_u, du_dpsi);
    }
}

static void fire_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    struct fire f;
    bool near;
    fire_open(&f, at, t->head);
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
    struct fire f;
    struct sums sums = {.f = &f}, *g = &sums;
    bool near;
    fire_open(&f, at, t->head);
    for (int from = 0; from < t->rows;) {
        const struct attention_tile part = alike(&f, t, from, &near);
        const real *d = dx + (size_t)from * t->ld;
        if (near)
            distance_collect(&part, d, near_adjoint, &g, NULL);
        else
            far_rows_back(g, &part, d);
        from += part.rows;
    }
    finish_sums(g, dparams);
}

const struct position_type position_fire = {
    .v = {.name = "fire",
          .summary = "FIRE: a small learned network of the distance relative to the position",
          .paper = "arXiv:2310.04418",
          .schema = &fire_schema},
    .cost = "about 1.2 times",
    .bias = fire_bias,
    .bias_grad = fire_bias_grad,
    .params = fire_params,
};
