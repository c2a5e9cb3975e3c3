/* trained.c -- runs as points of a plane of lengths and bases (analysis.h). */
#include <math.h>

#include "src/theory/analysis.h"

static void put(struct result *out, struct result_series *s, double length, double theta)
{
    result_real(out, s, "trained_length", length);
    result_real(out, s, "trained_theta", theta);
}

void analysis_untrained(struct result *out, struct result_series *s)
{
    put(out, s, NAN, NAN);
}

void analysis_trained(const struct run_facts *runs, int n_runs, struct result *out)
{
    for (int i = 0; i < n_runs && out->n_series < RESULT_SERIES; i++) {
        int length = 0;
        if (isnan(runs[i].rope_theta)) continue;
        for (int k = 0; k < runs[i].n_phases; k++)
            if (runs[i].phase[k].length > length) length = runs[i].phase[k].length;
        put(out, result_add(out, runs[i].name), length, runs[i].rope_theta);
    }
}
