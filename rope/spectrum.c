/* spectrum.c -- other frequencies for the rotary encoding that it is stacked with.
 *
 *   L: original_max_position_embeddings, n pairs; one step after another:
 *   distribution  exponential: as they are; linear: 2 pi / L (2 (n - 1 - i)); constant: 1;
 *                 uniform: U[0, 1); gaussian: |N(0, 1)| over the largest (drawn from `seed`)
 *   range         w = low + w (high - low)
 *   floor k       w < k 2 pi / L becomes that, or 0;   ceiling k: w > k pi likewise
 *   snap          w in turns per L: rounded up, down, down + 1/2, or down + j / m for the j-th of m
 *                 (arange; flip_arange: m - 1 - j), pairs that stand still excepted
 *   zero_ratio    ceil(zero_ratio n) pairs stand still: of too many the first get 1, 2 ... turns
 *                 per L; of too few the first (ceiling_to: zero) or last that move are stopped
 *   alternate_sign  every other pair turns backwards
 *
 * Source: the ablations of spectra in the code of FoPE (Hua et al. 2024, arXiv:2412.17739); stack
 * it with fope, which then mixes the pairs that move, or with rope. Deviation: `constant`, which
 * that code fails to assign, is all ones; `linear` leaves its cut above pi to `ceiling`; the draws
 * are ours.
 * Laws: shift. */
#include <math.h>

#include "rope/frequency.h"

enum { DIST_EXPONENTIAL, DIST_LINEAR, DIST_UNIFORM, DIST_GAUSSIAN, DIST_CONSTANT };
enum { TO_VALUE, TO_ZERO };
enum { SNAP_NONE, SNAP_CEIL, SNAP_FLOOR, SNAP_HALF, SNAP_ARANGE, SNAP_FLIP_ARANGE };

static const char *const distribution_names[] = {"exponential", "linear",   "uniform",
                                                 "gaussian",    "constant", NULL};
static const char *const to_names[] = {"value", "zero", NULL};
static const char *const snap_names[] = {"none",   "ceil",        "floor", "half",
                                         "arange", "flip_arange", NULL};

struct spectrum_opts {
    int distribution, floor_to, ceiling_to, snap, seed;
    double low, high, floor, ceiling, zero_ratio;
    bool alternate_sign;
    int original_max_position_embeddings;
};

#define S struct spectrum_opts
static const struct conf_field spectrum_fields[] = {
    CONF_ENUM(S, distribution, DIST_EXPONENTIAL, distribution_names, "where frequencies come from"),
    CONF_REAL(S, low, 0, 0, 100, "what a frequency of 0 becomes"),
    CONF_REAL(S, high, 1, 0, 100, "what a frequency of 1 becomes"),
    CONF_REAL(S, floor, 0, 0, 1e6, "least frequency, in turns within L; 0: none"),
    CONF_ENUM(S, floor_to, TO_VALUE, to_names, "what slower pairs get: the floor, or no turn"),
    CONF_REAL(S, ceiling, 0, 0, 100, "greatest frequency, in half turns per position; 0: none"),
    CONF_ENUM(S, ceiling_to, TO_ZERO, to_names, "what faster pairs get: the ceiling, or no turn"),
    CONF_ENUM(S, snap, SNAP_NONE, snap_names, "whole turns within L"),
    CONF_REAL(S, zero_ratio, -1, -1, 1, "share of pairs that stand still; below 0: as it comes"),
    CONF_BOOL(S, alternate_sign, false, "every other pair turns backwards"),
    CONF_INT(S, seed, 0, 0, 1 << 30, "of uniform and gaussian frequencies"),
    ORIGINAL_ROW(S),
    CONF_END,
};
#undef S

static const struct conf_schema spectrum_schema = {"spectrum", sizeof(struct spectrum_opts),
                                                   spectrum_fields};

static int spectrum_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct spectrum_opts *o = opts;
    const bool drawn = o->distribution == DIST_UNIFORM || o->distribution == DIST_GAUSSIAN;
    (void)shape;
    if (!(o->low < o->high))
        return error_set(e, E_USAGE, "low %g is not below high %g: valid are 0 <= low < high",
                         o->low, o->high);
    if (o->seed && !drawn)
        return error_set(e, E_USAGE, "seed %d is of uniform and gaussian frequencies, not %s",
                         o->seed, distribution_names[o->distribution]);
    if (o->floor_to != TO_VALUE && o->floor == 0)
        return error_set(e, E_USAGE, "floor_to %s has no floor: give one, for example floor: 1",
                         to_names[o->floor_to]);
    if (o->ceiling_to != TO_ZERO && o->ceiling == 0 && o->zero_ratio < 0)
        return error_set(e, E_USAGE,
                         "ceiling_to %s has no ceiling: give one, for example ceiling: 1",
                         to_names[o->ceiling_to]);
    return OK;
}

static void distribute(const struct spectrum_opts *o, double turn, int n, double *w)
{
    struct rng r = rng_open((uint64_t)o->seed, "spectrum");
    double most = 0;
    for (int i = 0; i < n; i++) {
        if (o->distribution == DIST_LINEAR) w[i] = turn * (2 * (n - 1 - i));
        if (o->distribution == DIST_CONSTANT) w[i] = 1;
        if (o->distribution == DIST_UNIFORM) w[i] = rng_uniform(&r);
        if (o->distribution == DIST_GAUSSIAN) w[i] = fabs(rng_normal(&r));
        most = fmax(most, w[i]);
    }
    for (int i = 0; o->distribution == DIST_GAUSSIAN && i < n; i++) w[i] /= most;
    for (int i = 0; (o->low > 0 || o->high != 1) && i < n; i++)
        w[i] = o->low + w[i] * (o->high - o->low);
}

static void clamp(const struct spectrum_opts *o, double turn, int n, double *w)
{
    const double least = o->floor * turn, most = o->ceiling * M_PI;
    for (int i = 0; i < n; i++) {
        if (w[i] < least) w[i] = o->floor_to == TO_ZERO ? 0 : least;
        if (most > 0 && w[i] > most) w[i] = o->ceiling_to == TO_ZERO ? 0 : most;
    }
}

static int moving(const double *w, int n)
{
    int m = 0;
    for (int i = 0; i < n; i++) m += w[i] != 0;
    return m;
}

static void snap(const struct spectrum_opts *o, double turn, int n, double *w)
{
    const int m = moving(w, n);
    for (int i = 0, j = 0; o->snap && i < n; i++) {
        const double turns = w[i] / turn, whole = floor(turns);
        if (w[i] == 0) continue;
        w[i] = turn * (o->snap == SNAP_CEIL     ? ceil(turns)
                       : o->snap == SNAP_HALF   ? whole + 0.5
                       : o->snap == SNAP_ARANGE ? whole + (double)j / m
                       : o->snap == SNAP_FLOOR  ? whole
                                                : whole + (double)(m - 1 - j) / m);
        j++;
    }
}

static void stop(const struct spectrum_opts *o, double turn, int n, double *w)
{
    const int still = n - moving(w, n), wanted = (int)ceil(n * o->zero_ratio);
    for (int i = 0, k = 1; i < n && k <= still - wanted; i++)
        if (w[i] == 0) w[i] = turn * k++;
    for (int i = 0, left = wanted - still; i < n && left > 0; i++) {
        double *x = &w[o->ceiling_to == TO_ZERO ? i : n - 1 - i];
        left -= *x != 0;
        *x = 0;
    }
}

static void spectrum_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                              int head, double *w)
{
    const struct spectrum_opts *o = at->opts;
    const int n = g->width / 2;
    const double turn = 2 * M_PI / original_length(o->original_max_position_embeddings, at);
    (void)head;
    distribute(o, turn, n, w);
    clamp(o, turn, n, w);
    snap(o, turn, n, w);
    if (o->zero_ratio >= 0) stop(o, turn, n, w);
    for (int i = 1; o->alternate_sign && i < n; i += 2) w[i] = -w[i];
}

const struct position_type position_spectrum = {
    .v = {.name = "spectrum",
          .summary = "clamped, snapped, drawn or sign-changing frequencies (stack with a rotary)",
          .paper = "arXiv:2412.17739",
          .schema = &spectrum_schema},
    .laws = LAW_SHIFT,
    .scales = true,
    .check = spectrum_check,
    .inv_freq = spectrum_inv_freq,
};
