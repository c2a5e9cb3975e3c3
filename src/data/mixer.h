/* mixer.h -- the socket of curriculum/ for data mixes: a mixer proposes weights, it does not draw.
 *
 * A weight belongs to a cell: one source and one length class of its documents. The core draws by
 * one token-exact rule for all mixers (stream.h), so a mixer is a pure statement of how much of
 * what. Adaptive mixers get events and keep a flat state that the core stores in checkpoints. */
#ifndef DATA_MIXER_H
#define DATA_MIXER_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/conf.h"
#include "src/base/error.h"

/* Where training stands; the clock counts tokens. Fractions are of the stage. */
struct data_clock {
    int64_t tokens, total; /* trained so far in this stage, and its budget */
    int64_t step;
};

/* Budgets in seconds become tokens by the speed so far; before the first step that is not known. */
#define CLOCK_UNKNOWN INT64_MAX
static inline bool clock_known(const struct data_clock *c)
{
    return c->total > 0 && c->total != CLOCK_UNKNOWN;
}

/* What a mixer knows of a source. */
struct mixer_source {
    const char *name;
    double weight;  /* as configured; sum not normalised */
    int64_t tokens; /* in the training split */
    int64_t documents;
    double max_epochs; /* cap on repeats; 0: none */
};

/* A length class of a source: its documents of edge[c-1] <= tokens < edge[c]. */
struct mixer_cell {
    int64_t tokens, documents;
    double mean_length; /* of the document that a token stands in: sum n^2 / sum n; 0: empty */
};

struct mixer_at {
    const void *opts;
    void *state; /* state_size bytes; zeroed, then set by init */
    int n;       /* sources */
    const struct mixer_source *source;
    int classes;                   /* length classes, at least 1 */
    const int64_t *edge;           /* [classes - 1], rising */
    const struct mixer_cell *cell; /* [n][classes] */
};

struct mixer_type {
    struct variant v;
    bool constant; /* weights never change: neither the clock nor events matter */
    /* Refuse options or sources that cannot work. */
    int (*check)(const struct mixer_at *at, struct error *e);
    size_t (*state_size)(const void *opts, int n);
    void (*init)(const struct mixer_at *at);
    /* w [n][classes] >= 0, sum 1, 0 where the cell is empty. Pure: the same state and clock give
     * the same weights. A mixer without events depends on the clock alone, which lets the core look
     * ahead. */
    void (*weights)(const struct mixer_at *at, const struct data_clock *clock, double *w);
    /* Loss of the batch just trained, [n][classes]: sum and number of targets (0: absent). */
    void (*batch)(const struct mixer_at *at, const struct data_clock *clock, const double *loss_sum,
                  const int64_t *targets);
    /* Validation losses [n] (dev split), NaN where unknown. needs_eval: whether these options learn
     * from them (NULL: any do). */
    bool (*needs_eval)(const void *opts);
    void (*eval)(const struct mixer_at *at, const struct data_clock *clock, const double *loss);
    /* Of the batch just trained, [n][classes]: sum over targets of max(loss - loss under the
     * reference model, 0), and the targets. */
    void (*excess)(const struct mixer_at *at, const struct data_clock *clock,
                   const double *excess_sum, const int64_t *targets);
    /* Where the reference model of `excess` lies: a run, a checkpoint, a Hugging Face folder. */
    const char *(*reference)(const void *opts);
};

/* Defined by curriculum/registry.c from curriculum/mixers.def. */
extern const struct conf_registry mixer_registry;

/* ---- what mixers share ---- */

/* Divide by the sum, which is positive. */
void mixer_normalise(int n, double *w);
/* w[0..n) holds shares of the sources; spread them in place over the length classes, in proportion
 * to the tokens of each, so that the lengths within a source stay as they are. */
void mixer_spread(const struct mixer_at *at, double *w);
/* The configured weights of the sources, normalised: share [n]. */
void mixer_configured(const struct mixer_at *at, double *share);
/* E_USAGE unless the list holds a number from 0 up for each of `n`, not all 0. `mixer` and `key`
 * for the message; an empty list is fine if `optional`. */
int mixer_check_list(const struct mixer_at *at, const char *mixer, const char *key,
                     const struct conf_reals *list, int n, bool optional, struct error *e);
/* E_USAGE unless the configured weights of the sources are numbers from 0 up, not all 0. */
int mixer_check_configured(const struct mixer_at *at, const char *mixer, struct error *e);
/* The first class whose documents have at least `threshold` tokens, which must be an edge. */
int mixer_threshold(const struct mixer_at *at, const char *mixer, int64_t threshold, int *first,
                    struct error *e);
/* Of a source, over its length classes: sums [n][classes] and counts likewise. */
void mixer_source_sum(const struct mixer_at *at, const double *sums, const int64_t *counts,
                      int source, double *sum, int64_t *count);
/* Whether it learns from evaluations: without one it stays as it begins. */
static inline bool mixer_needs_eval(const struct mixer_type *t, const void *opts)
{
    return t->eval && (!t->needs_eval || t->needs_eval(opts));
}
/* Whether its weights depend on events. */
static inline bool mixer_adapts(const struct mixer_type *t)
{
    return t->batch || t->eval || t->excess;
}

#endif
