/* longrope.c -- LongRoPE: one searched factor per pair, two sets of them.
 *
 *   w'_i = w_i / f_i,  f = short_factor while the present length is at most L, long_factor beyond
 *   cos and sin times sqrt(1 + ln factor / ln L) (1 for factor <= 1), or attention_factor if given
 *
 * Paper: Ding et al. 2024, arXiv:2402.13753. `factor` is max_position_embeddings / L in Hugging
 * Face; 0 takes the run's training length / L. Deviation: no search and no first tokens that keep
 * the original positions; the lists are given.
 * Laws: shift, norm (up to the magnitude), length-dependent. */
#include <math.h>

#include "rope/frequency.h"

struct longrope_opts {
    struct rotary_opts rotary;
    struct conf_reals short_factor, long_factor;
    int original_max_position_embeddings;
    double factor, attention_factor;
};

#define S struct longrope_opts
static const struct conf_field longrope_fields[] = {
    ROTARY_ROWS(S, 10000, 1),
    CONF_REALS(S, short_factor, "one divisor per pair, for lengths up to L"),
    CONF_REALS(S, long_factor, "one divisor per pair, for lengths beyond L"),
    ORIGINAL_ROW(S),
    CONF_REAL(S, factor, 0, 0, 1e6, "extension for the magnitude; 0: training length / L"),
    CONF_REAL(S, attention_factor, 0, 0, 1e3, "factor of cos and sin; 0: from factor and L"),
    CONF_END,
};
#undef S

static const struct conf_schema longrope_schema = {"longrope", sizeof(struct longrope_opts),
                                                   longrope_fields};

static int check_list(const char *name, const struct conf_reals *list, int pairs, struct error *e)
{
    if (list->n != pairs)
        return error_set(e, E_USAGE, "%s has %d values: %d are valid, one for each rotated pair",
                         name, list->n, pairs);
    for (int i = 0; i < pairs; i++)
        if (!(list->v[i] > 0))
            return error_set(e, E_USAGE, "%s[%d] is %g: every divisor is above 0", name, i,
                             list->v[i]);
    return OK;
}

static int longrope_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct longrope_opts *o = opts;
    struct rotary_geometry g;
    TRY(rotary_check(opts, shape, e));
    rotary_geometry(opts, shape, &g);
    TRY(check_list("short_factor", &o->short_factor, g.width / 2, e));
    return check_list("long_factor", &o->long_factor, g.width / 2, e);
}

static void longrope_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                              int head, double *inv_freq)
{
    const struct longrope_opts *o = at->opts;
    const bool beyond = at->length > original_length(o->original_max_position_embeddings, at);
    const double *divisor = beyond ? o->long_factor.v : o->short_factor.v;
    (void)head;
    for (int i = 0; i < g->width / 2; i++) inv_freq[i] /= divisor[i];
}

static void longrope_magnitude(const struct position_at *at, double *magnitude)
{
    const struct longrope_opts *o = at->opts;
    const double length = original_length(o->original_max_position_embeddings, at),
                 factor = o->factor > 0 ? o->factor : at->train_length / length;
    if (o->attention_factor > 0)
        *magnitude *= o->attention_factor;
    else if (factor > 1 && length > 1)
        *magnitude *= sqrt(1 + log(factor) / log(length));
}

const struct position_type position_longrope = {
    .v = {.name = "longrope",
          .aliases = (const char *const[]){"su", NULL},
          .summary = "LongRoPE: given divisors per pair, one list for short and one for long",
          .paper = "arXiv:2402.13753",
          .schema = &longrope_schema},
    .laws = LAW_SHIFT | LAW_NORM | LAW_LENGTH_DEPENDENT,
    .scales = true,
    .check = longrope_check,
    ROTARY_HOOKS,
    .inv_freq = longrope_inv_freq,
    .magnitude = longrope_magnitude,
};
