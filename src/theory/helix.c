/* helix.c -- rotary embedding of the numbers 0 ... points - 1 as points on a helix.
 *
 *   RoPE  (cos t, sin t, sin(a t))     PI   the same at t / factor     ABF   a / 2 in place of a
 *
 * Xiong et al. 2023, arXiv:2309.16039, figure 8: PI moves neighbours together, a larger base keeps
 * them apart. a is not printed there; whole t are the points, those between draw the line. */
#include <math.h>

#include "src/theory/analysis.h"

struct helix_opts {
    double a, factor;
    int points, fine;
};

#define S struct helix_opts
static const struct conf_field helix_fields[] = {
    CONF_REAL(S, a, 0.2, 0, 10, "speed of the slow coordinate"),
    CONF_REAL(S, factor, 4, 1, 1e6, "of position interpolation"),
    CONF_INT(S, points, 11, 2, 100000, "positions"),
    CONF_INT(S, fine, 20, 1, 1000, "steps of the line from one position to the next"),
    CONF_END,
};
#undef S
static const struct conf_schema helix_schema = {"helix", sizeof(struct helix_opts), helix_fields};

static void add(const struct helix_opts *o, const char *name, const char *key, double speed,
                double a, struct result *out)
{
    struct result_series *s = result_add(out, name);
    const int64_t n = out->axis.n;
    double *x = result_field(out, s, "x", "", n), *y = result_field(out, s, "y", "", n),
           *z = result_field(out, s, "z", "", n);
    s->key = key;
    for (int64_t i = 0; i < n; i++) {
        const double t = speed * (double)i / o->fine;
        x[i] = cos(t);
        y[i] = sin(t);
        z[i] = sin(a * t);
    }
    const int64_t one = o->fine;
    result_real(out, s, "neighbour_distance",
                sqrt((x[one] - x[0]) * (x[one] - x[0]) + (y[one] - y[0]) * (y[one] - y[0]) +
                     (z[one] - z[0]) * (z[one] - z[0])));
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct helix_opts *o = opts;
    (void)runs, (void)n_runs, (void)e;
    double *t = result_axis(out, "t", "positions", (int64_t)(o->points - 1) * o->fine + 1);
    for (int64_t i = 0; i < out->axis.n; i++) t[i] = (double)i / o->fine;
    result_int(out, NULL, "fine", o->fine);
    add(o, "RoPE", "rope", 1, o->a, out);
    add(o, "PI", "linear", 1 / o->factor, o->a, out);
    add(o, "ABF", "abf", 1, o->a / 2, out);
    return OK;
}

const struct analysis_type analysis_helix = {
    .v = {.name = "helix",
          .summary = "positions as points on a helix under RoPE, PI and ABF",
          .paper = "arXiv:2309.16039",
          .schema = &helix_schema},
    .run = run,
};
