/* analysis.h -- the socket of training-free analyses: options in, a result out.
 *
 * Adding one touches one file, its test, and one line of analyses.def. */
#ifndef THEORY_ANALYSIS_H
#define THEORY_ANALYSIS_H

#include "src/data/data.h"
#include "src/model/config.h"
#include "src/theory/result.h"

/* A stretch of a run at one row length. */
struct run_phase {
    double tokens;
    int length, window; /* window 0: none */
    bool block;
    const struct conf_variant *mixer;
};

/* What an analysis may ask of a run's configuration. */
struct run_facts {
    const char *name;
    const struct model_config *model;
    int n_phases;
    const struct run_phase *phase;
    double rope_theta; /* of the last stage's encoding; NaN: nothing rotates by a base */
    struct data *data; /* its sources; NULL unless the analysis wants them */
    uint64_t seed;
};

/* Tokens of the longest row of a run's schedule; 0: there is none. */
int analysis_longest_row(const struct run_facts *run);
/* Runs as points of a plane of lengths and bases: a series for each that rotates, with the facts
 * trained_length (its longest row) and trained_theta. The other series have both, too, as NaN. E_USAGE:
 * more than the result has room for. */
int analysis_trained(const struct run_facts *runs, int n_runs, struct result *out, struct error *e);
void analysis_untrained(struct result *out, struct result_series *s);

struct analysis_type {
    struct variant v; /* schema: its options */
    /* What `compare` is where neither it nor `position` is given; NULL: no encodings here. */
    const char *compare;
    enum { RUN_UNUSED, RUN_SCHEDULE, RUN_DATA } wants; /* accepts config=FILE */
    /* runs: one for each config=; n_runs 0: none was given. */
    int (*run)(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e);
};

/* Defined by registry.c from analyses.def. */
extern const struct conf_registry analysis_registry;

/* Find by name; E_USAGE with the nearest name. */
int analysis_find(const char *name, const struct analysis_type **out, struct error *e);

/* Bind arguments (key=value, as on a command line) to the options, and run. Where neither position
 * nor compare is among them, the analysis's own comparison. `out` is open after OK alone. */
int analysis_bind_and_run(const struct analysis_type *a, int n, char *const *arguments,
                          const struct run_facts *runs, int n_runs, struct result *out,
                          struct error *e);

#endif
