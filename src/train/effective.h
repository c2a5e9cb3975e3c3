/* effective.h -- what the encodings of a run come to: frequencies, magnitude, which pairs are scaled.
 *
 * Tables are those of head 0 at the run's longest row, with initial parameters where frequencies are
 * learned. Consecutive layers that are alike stand together. */
#ifndef TRAIN_EFFECTIVE_H
#define TRAIN_EFFECTIVE_H

#include <stdint.h>

#include "src/train/config.h"

struct effective {
    const char *stage; /* first stage that it is in force in */
    int first, last;   /* layers */
    char names[192];   /* the stack on these layers: "yarn + alibi" */
    int length;        /* that tables are built for */
    int rows;          /* longest row that is trained on with it */
    int pairs;         /* that the encoding rotates; 0: none */
    int head_pairs;    /* of a whole head */
    double rope_theta, attention_factor;
    const double *inv_freq, *plain; /* [pairs] of the encoding; of plain rope with its base */
    /* First distance within such rows with B(m) < 0 (src/num/cosine_sum.h); 0: none, or not a
     * question for this encoding. */
    int64_t negative;
};

typedef int effective_visit(void *data, const struct effective *x, struct error *e);

/* Every stage that has an encoding of its own, and its layers in order. run is resolved. */
int effective_each(const struct run_config *run, effective_visit *visit, void *data,
                   struct error *e);

/* "slowed 4 times from pair 12 on", "plain": one line that says what was done to the frequencies. */
void effective_summary(const struct effective *x, char *text, size_t size);
/* The warning about B(m) < 0, "" where there is none. */
void effective_warning(const struct effective *x, char *text, size_t size);

/* Hash over all of them, for metadata.json. */
int effective_hash(const struct run_config *run, char hex[65], struct error *e);

#endif
