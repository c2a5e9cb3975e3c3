/* trained.c -- runs as points of a plane of lengths and bases (analysis.h). */
#include <math.h>
#include <string.h>

#include "src/theory/analysis.h"

static void put(struct result *out, struct result_series *s, double length, double theta)
{
    result_real(out, s, "trained_length", length);
    result_real(out, s, "trained_theta", theta);
}

/* The last part of a path; of RUN/config.yaml the run's. */
static const char *short_name(const char *path, struct result *out)
{
    const char *slash = strrchr(path, '/');
    if (!slash || strcmp(slash, "/config.yaml")) return slash ? slash + 1 : path;
    char *run = result_text(out, "%.*s", (int)(slash - path), path);
    slash = strrchr(run, '/');
    return slash ? slash + 1 : run;
}

void analysis_untrained(struct result *out, struct result_series *s)
{
    put(out, s, NAN, NAN);
}

int analysis_longest_row(const struct run_facts *run)
{
    int longest = 0;
    for (int k = 0; k < run->n_phases; k++)
        if (run->phase[k].length > longest) longest = run->phase[k].length;
    return longest;
}

int analysis_trained(const struct run_facts *runs, int n_runs, struct result *out, struct error *e)
{
    const int own = out->n_series;
    for (int i = 0; i < n_runs; i++) {
        if (isnan(runs[i].rope_theta)) continue;
        if (out->n_series == RESULT_SERIES)
            return error_set(e, E_USAGE,
                             "%s: beside its own lines there is room for %d runs at most",
                             out->analysis, RESULT_SERIES - own);
        put(out, result_add(out, short_name(runs[i].name, out)), analysis_longest_row(&runs[i]),
            runs[i].rope_theta);
    }
    return OK;
}
