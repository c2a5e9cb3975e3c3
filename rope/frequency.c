/* frequency.c -- see frequency.h. */
#include "rope/frequency.h"

#include <math.h>

const char *const rotary_layout_names[] = {"half", "interleaved", NULL};

static int rotary_dim(const struct rotary_opts *o, const struct position_shape *shape)
{
    return (int)(o->partial_rotary_factor * shape->head_dim);
}

double rotary_theta(const void *opts)
{
    return ((const struct rotary_opts *)opts)->rope_theta;
}

void rotary_geometry(const void *opts, const struct position_shape *shape,
                     struct rotary_geometry *g)
{
    const struct rotary_opts *o = opts;
    g->layout = (enum rotary_layout)o->layout;
    g->start = 0;
    g->width = g->denominator = rotary_dim(o, shape);
}

int rotary_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct rotary_opts *o = opts;
    const int d = rotary_dim(o, shape);
    if (d >= 2 && d % 2 == 0) return OK;
    return error_set(e, E_USAGE,
                     "partial_rotary_factor %g of head_dim %d gives %d rotated channels: an even "
                     "number from 2 to %d is valid",
                     o->partial_rotary_factor, shape->head_dim, d, shape->head_dim / 2 * 2);
}

void rotary_frequencies(double theta, const struct rotary_geometry *g, double *inv_freq)
{
    for (int i = 0; i < g->width / 2; i++) inv_freq[i] = pow(theta, -2.0 * i / g->denominator);
}

double rotary_ntk_theta(double theta, double ratio, int d)
{
    return theta * pow(ratio, d / (d - 2.0));
}

double original_length(int option, const struct position_at *at)
{
    return option ? option : at->train_length;
}

double rotary_pair_of_turns(double turns, double length, double theta, int denominator)
{
    return denominator * log(length / (turns * 2 * M_PI)) / (2 * log(theta));
}

int rotary_ntk_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    TRY(rotary_check(opts, shape, e));
    if (rotary_dim(opts, shape) > 2) return OK;
    return error_set(e, E_USAGE,
                     "2 rotated channels of head_dim %d have no room for a new base: at least 4 "
                     "are valid",
                     shape->head_dim);
}
