/* t5.c -- a learned bias per bucket of distances.
 *
 *   s_ij += bias[bucket(|i - j|)][h]
 *   e = num_buckets / 2;  bucket(r) = r for r < e, otherwise
 *   min(e + floor(ln(r/e) / ln(max_distance/e) (num_buckets - e)), num_buckets - 1)
 *
 * Paper: Raffel et al. 2019, arXiv:1910.10683; initial values from N(0, 1/hidden_size) as in
 * Hugging Face. Deviation: one table per layer instead of one for all, and the logits keep their
 * 1/sqrt(head_dim).
 * Laws: shift. */
#include <math.h>

#include "rope/distance.h"
#include "src/model/position.h"

struct t5_opts {
    int num_buckets, max_distance;
};

#define S struct t5_opts
static const struct conf_field t5_fields[] = {
    CONF_INT(S, num_buckets, 32, 2, 65536, "learned values per head"),
    CONF_INT(S, max_distance, 128, 2, 1 << 30, "distances from here on share the last bucket"),
    CONF_END,
};
#undef S

static const struct conf_schema t5_schema = {"t5", sizeof(struct t5_opts), t5_fields};

static int t5_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct t5_opts *o = opts;
    (void)shape;
    if (o->num_buckets % 2)
        return error_set(e, E_USAGE, "num_buckets is %d: even numbers from 2 are valid",
                         o->num_buckets);
    if (o->max_distance <= o->num_buckets / 2)
        return error_set(e, E_USAGE,
                         "max_distance %d is within the %d exact buckets: numbers above %d are "
                         "valid",
                         o->max_distance, o->num_buckets / 2, o->num_buckets / 2);
    return OK;
}

static int t5_params(const void *opts, const struct position_shape *shape,
                     struct position_param *out)
{
    const struct t5_opts *o = opts;
    out[0] = (struct position_param){.name = "bias",
                                     .n_dims = 2,
                                     .shape = {o->num_buckets, shape->heads},
                                     .init = POSITION_INIT_NORMAL,
                                     .a = 0,
                                     .b = 1 / sqrt(shape->hidden_size)};
    return 1;
}

struct head {
    const struct t5_opts *o;
    const real *bias; /* column of the head */
    int heads;
};

static int bucket(const struct t5_opts *o, int distance)
{
    const int exact = o->num_buckets / 2;
    if (distance < exact) return distance;
    const double log_part = log((double)distance / exact) / log((double)o->max_distance / exact) *
                            (o->num_buckets - exact);
    return log_part < o->num_buckets - exact ? exact + (int)log_part : o->num_buckets - 1;
}

static double value(const void *self, int distance)
{
    const struct head *x = self;
    return x->bias[(size_t)bucket(x->o, distance) * x->heads];
}

static void adjoint(const void *self, int distance, double d, double *dparams)
{
    const struct head *x = self;
    dparams[(size_t)bucket(x->o, distance) * x->heads] += d;
}

static struct head head_of(const struct position_at *at, int head)
{
    return (struct head){at->opts, at->param[0] + head, at->shape->heads};
}

static void t5_bias(const struct position_at *at, const struct attention_tile *t, real *x)
{
    const struct head self = head_of(at, t->head);
    distance_add(t, value, &self, x);
}

static void t5_bias_grad(const struct position_at *at, const struct attention_tile *t,
                         const real *dx, double *dparams)
{
    const struct head self = head_of(at, t->head);
    distance_collect(t, dx, adjoint, &self, dparams + t->head);
}

const struct position_type position_t5 = {
    .v = {.name = "t5",
          .summary = "a learned bias per head and bucket of distances",
          .paper = "arXiv:1910.10683",
          .schema = &t5_schema},
    .laws = LAW_SHIFT,
    .check = t5_check,
    .bias = t5_bias,
    .bias_grad = t5_bias_grad,
    .params = t5_params,
};
