/* class_shares.c -- a share for each length class, or for each source and length class.
 *
 *   one number a class:  w_ic = p_i s_c / sum over the classes that i has of s     p: configured
 *   the whole table:     w_ic ~ t_ic     source by source, class by class
 *
 * The table is the freest definition: 15 % of code in documents of 512K and 15 % in documents of 64K
 * (Gao et al. 2024, ProLong, arXiv:2410.02660, stage 2). */
#include "src/data/mixer.h"

struct class_shares_opts {
    struct conf_reals shares;
};

static const struct conf_field class_shares_fields[] = {
    CONF_REALS(struct class_shares_opts, shares,
               "one for each length class (every source keeps its share), or one for each source "
               "and class: the classes of the first source, then of the second ..."),
    CONF_END,
};

static const struct conf_schema class_shares_schema = {
    .name = "class_shares",
    .size = sizeof(struct class_shares_opts),
    .fields = class_shares_fields,
};

static bool whole_table(const struct mixer_at *at)
{
    const struct class_shares_opts *o = at->opts;
    return at->n > 1 && o->shares.n == at->n * at->classes;
}

static double share(const struct mixer_at *at, int k)
{
    const struct class_shares_opts *o = at->opts;
    return o->shares.v[whole_table(at) ? k : k % at->classes];
}

static int class_shares_check(const struct mixer_at *at, struct error *e)
{
    const struct class_shares_opts *o = at->opts;
    const int cells = at->n * at->classes;
    if (at->classes == 1)
        return error_set(e, E_USAGE, "mixer class_shares: data.length_classes has no edges");
    if (o->shares.n != at->classes && o->shares.n != cells)
        return error_set(e, E_USAGE,
                         "mixer class_shares: %d shares for %d length classes (or %d cells)",
                         o->shares.n, at->classes, cells);
    TRY(mixer_check_configured(at, "class_shares", e));
    double sum = 0;
    for (int i = 0; i < at->n; i++) {
        double own = 0;
        for (int c = 0; c < at->classes; c++) {
            const int k = i * at->classes + c;
            if (!(share(at, k) >= 0 && share(at, k) <= 1e100))
                return error_set(e, E_USAGE,
                                 "mixer class_shares: share %g is not a number from 0 up",
                                 share(at, k));
            if (whole_table(at) && share(at, k) > 0 && !at->cell[k].tokens)
                return error_set(
                    e, E_USAGE,
                    "mixer class_shares: source '%s' has no documents of length class %d, "
                    "which has share %g",
                    at->source[i].name, c + 1, share(at, k));
            if (at->cell[k].tokens) own += share(at, k);
        }
        if (!whole_table(at) && at->source[i].weight > 0 && !(own > 0))
            return error_set(
                e, E_USAGE,
                "mixer class_shares: source '%s' has documents in classes of share 0 alone",
                at->source[i].name);
        sum += own;
    }
    return sum > 0 ? OK : error_set(e, E_USAGE, "mixer class_shares: all shares are 0");
}

static void class_shares_weights(const struct mixer_at *at, const struct data_clock *clock,
                                 double *w)
{
    (void)clock;
    for (int i = 0; i < at->n; i++) {
        double own = 0;
        for (int c = 0; c < at->classes; c++) {
            const int k = i * at->classes + c;
            w[k] = at->cell[k].tokens ? share(at, k) : 0;
            own += w[k];
        }
        for (int c = 0; c < at->classes && !whole_table(at) && own > 0; c++)
            w[i * at->classes + c] *= at->source[i].weight / own;
    }
    mixer_normalise(at->n * at->classes, w);
}

const struct mixer_type mixer_class_shares = {
    .v = {.name = "class_shares",
          .summary = "a share for each length class, or for each source and length class",
          .paper = "arXiv:2410.02660",
          .schema = &class_shares_schema},
    .check = class_shares_check,
    .weights = class_shares_weights,
};
