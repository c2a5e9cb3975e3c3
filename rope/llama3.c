/* llama3.c -- Llama 3.1's stepwise scaling.
 *
 *   lambda_i = 2 pi / w_i
 *   lambda < L / high_freq_factor: w'_i = w_i
 *   lambda > L / low_freq_factor: w'_i = w_i / factor
 *   between: t = (L / lambda - low) / (high - low),  w'_i = (1 - t) w_i / factor + t w_i
 *
 * Source: Llama 3.1 (Grattafiori et al. 2024, arXiv:2407.21783, and Meta's code). Deviation: none;
 * with equal factors (Llama 4 Scout) there is no band between.
 * Laws: shift, norm, plain rope at factor 1. */
#include <math.h>

#include "rope/frequency.h"

struct llama3_opts {
    struct rotary_opts rotary;
    double factor, low_freq_factor, high_freq_factor;
    int original_max_position_embeddings;
};

#define S struct llama3_opts
static const struct conf_field llama3_fields[] = {
    ROTARY_ROWS(S, 10000, 1),
    CONF_REAL_REQUIRED(S, factor, 1, 1e6, "how many times longer than before"),
    CONF_REAL(S, low_freq_factor, 1, 1e-9, 1e9,
              "turns within L below which a pair is interpolated"),
    CONF_REAL(S, high_freq_factor, 4, 1e-9, 1e9,
              "turns within L from which a pair keeps its speed"),
    ORIGINAL_ROW(S),
    CONF_END,
};
#undef S

static const struct conf_schema llama3_schema = {"llama3", sizeof(struct llama3_opts),
                                                 llama3_fields};

static int llama3_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct llama3_opts *o = opts;
    TRY(rotary_check(opts, shape, e));
    if (o->high_freq_factor >= o->low_freq_factor) return OK;
    return error_set(e, E_USAGE,
                     "high_freq_factor %g is below low_freq_factor %g: valid are high_freq_factor "
                     ">= low_freq_factor > 0, for example 4 and 1",
                     o->high_freq_factor, o->low_freq_factor);
}

static void llama3_inv_freq(const struct position_at *at, const struct rotary_geometry *g, int head,
                            double *inv_freq)
{
    const struct llama3_opts *o = at->opts;
    const double length = original_length(o->original_max_position_embeddings, at);
    (void)head;
    if (o->factor == 1) return; /* exactly: the blend below would round */
    for (int i = 0; i < g->width / 2; i++) {
        const double w = inv_freq[i], lambda = 2 * M_PI / w;
        if (lambda > length / o->low_freq_factor) {
            inv_freq[i] = w / o->factor;
        } else if (lambda >= length / o->high_freq_factor &&
                   o->high_freq_factor > o->low_freq_factor) {
            const double t =
                (length / lambda - o->low_freq_factor) / (o->high_freq_factor - o->low_freq_factor);
            inv_freq[i] = (1 - t) * w / o->factor + t * w;
        }
    }
}

const struct position_type position_llama3 = {
    .v = {.name = "llama3",
          .summary = "Llama 3.1: long wavelengths interpolated, short ones kept, a band between",
          .paper = "arXiv:2407.21783",
          .schema = &llama3_schema},
    .laws = LAW_SHIFT | LAW_NORM | LAW_IDENTITY_AT_1,
    .scales = true,
    .check = llama3_check,
    ROTARY_HOOKS,
    .inv_freq = llama3_inv_freq,
};
