/* temperature.c -- shares by the size of the sources, flattened.
 *
 *   p_i ~ min(n_i, max)^(1/T)      n_i: training tokens of source i
 *
 * T = 1 is proportional, T -> infinity uniform; the exponent form alpha = 1/T is the same thing.
 * `max` caps the size that counts, in tokens; 0: no cap. Papers: Raffel et al. 2020,
 * arXiv:1910.10683 (examples-proportional with a cap, temperature); Conneau and Lample 2019,
 * arXiv:1901.07291 (exponent). They count examples, we count tokens. */
#include <math.h>

#include "src/data/mixer.h"

struct temperature_opts {
    double temperature, alpha;
    int64_t max;
};

static const struct conf_field temperature_fields[] = {
    CONF_REAL(struct temperature_opts, temperature, 1, 0, 1e9, "1: proportional to size"),
    CONF_REAL(struct temperature_opts, alpha, 0, 0, 1, "exponent 1/temperature, instead of it"),
    CONF_SIZE(struct temperature_opts, max, 0, 0, 1e18,
              "size that counts at most, in tokens; 0: any"),
    CONF_END,
};

static const struct conf_schema temperature_schema = {
    .name = "temperature",
    .size = sizeof(struct temperature_opts),
    .fields = temperature_fields,
};

static int temperature_check(const struct mixer_at *at, struct error *e)
{
    const struct temperature_opts *o = at->opts;
    if (o->alpha > 0 && o->temperature != 1)
        return error_set(e, E_USAGE,
                         "mixer temperature: `temperature` and `alpha` exclude each other");
    if (o->temperature > 0) return OK;
    return error_set(e, E_USAGE, "mixer temperature: temperature 0 is not above 0");
}

static void temperature_weights(const struct mixer_at *at, const struct data_clock *clock,
                                double *w)
{
    const struct temperature_opts *o = at->opts;
    const double exponent = o->alpha > 0 ? o->alpha : 1 / o->temperature;
    (void)clock;
    for (int i = 0; i < at->n; i++) {
        double n = (double)at->source[i].tokens;
        if (o->max && n > (double)o->max) n = (double)o->max;
        w[i] = pow(n, exponent);
    }
    mixer_normalise(at->n, w);
    mixer_spread(at, w);
}

const struct mixer_type mixer_temperature = {
    .v = {.name = "temperature",
          .summary = "shares by size to the power of 1/temperature, with a cap on size",
          .paper = "arXiv:1910.10683",
          .schema = &temperature_schema},
    .check = temperature_check,
    .weights = temperature_weights,
};
