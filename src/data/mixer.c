/* mixer.c -- see mixer.h. */
#include "src/data/mixer.h"

void mixer_normalise(int n, double *w)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += w[i];
    for (int i = 0; i < n; i++) w[i] /= sum;
}

void mixer_spread(const struct mixer_at *at, double *w)
{
    if (at->classes == 1) return;
    for (int i = at->n - 1; i >= 0; i--) {
        const double share = w[i];
        const struct mixer_cell *cell = at->cell + (size_t)i * (size_t)at->classes;
        for (int c = at->classes - 1; c >= 0; c--)
            w[i * at->classes + c] = share * (double)cell[c].tokens / (double)at->source[i].tokens;
    }
}

void mixer_configured(const struct mixer_at *at, double *share)
{
    for (int i = 0; i < at->n; i++) share[i] = at->source[i].weight;
    mixer_normalise(at->n, share);
}

static bool share_is_sound(double v)
{
    return v >= 0 && v <= 1e100;
}

int mixer_check_list(const struct mixer_at *at, const char *mixer, const char *key,
                     const struct conf_reals *list, int n, bool optional, struct error *e)
{
    if (optional && !list->n) return OK;
    const bool of_sources = n == at->n;
    if (list->n != n)
        return error_set(e, E_USAGE, "mixer %s: %d %s for %d %s", mixer, list->n, key, n,
                         of_sources ? "sources" : "cells");
    double sum = 0;
    for (int i = 0; i < n; i++) {
        if (!share_is_sound(list->v[i]))
            return error_set(e, E_USAGE,
                             "mixer %s: weight %g of source '%s' is not a number from 0 up", mixer,
                             list->v[i], at->source[of_sources ? i : i / at->classes].name);
        sum += list->v[i];
    }
    if (sum > 0) return OK;
    return error_set(e, E_USAGE, "mixer %s: all %s are 0", mixer, key);
}

int mixer_check_configured(const struct mixer_at *at, const char *mixer, struct error *e)
{
    double sum = 0;
    for (int i = 0; i < at->n; i++) {
        if (!share_is_sound(at->source[i].weight))
            return error_set(e, E_USAGE,
                             "mixer %s: weight %g of source '%s' is not a number from 0 up", mixer,
                             at->source[i].weight, at->source[i].name);
        sum += at->source[i].weight;
    }
    if (sum > 0) return OK;
    return error_set(e, E_USAGE, "mixer %s: all weights are 0", mixer);
}

int mixer_threshold(const struct mixer_at *at, const char *mixer, int64_t threshold, int *first,
                    struct error *e)
{
    for (int c = 0; c + 1 < at->classes; c++)
        if (at->edge[c] == threshold) {
            *first = c + 1;
            return OK;
        }
    return error_set(e, E_USAGE,
                     "mixer %s: threshold %lld is no edge of data.length_classes (which has %d): "
                     "add it there",
                     mixer, (long long)threshold, at->classes - 1);
}

void mixer_source_sum(const struct mixer_at *at, const double *sums, const int64_t *counts,
                      int source, double *sum, int64_t *count)
{
    *sum = 0;
    *count = 0;
    for (int c = 0; c < at->classes; c++) {
        *sum += sums[source * at->classes + c];
        *count += counts[source * at->classes + c];
    }
}
