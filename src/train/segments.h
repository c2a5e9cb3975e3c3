/* segments.h -- a run's schedule as a table: stretches of steps that are alike. */
#ifndef TRAIN_SEGMENTS_H
#define TRAIN_SEGMENTS_H

#include "src/train/timeline.h"

/* Of a stage, consecutive steps with the same row length and window; where a stage has more than
 * SEGMENTS_OF_STAGE of them (a smooth schedule), equal parts of it, with the values at both ends. */
enum { SEGMENTS_OF_STAGE = 10 };

struct segment {
    int stage;
    int64_t step, steps, token, tokens, lost;
    struct timeline_step first, last; /* first and last step */
    int64_t rows_first, rows_last;
    double lr_first, lr_last;
    double flops, flops_paper, flops_paper_causal;
};

/* At most SEGMENTS_OF_STAGE + 1 a stage; *out is allocated (free). A run in seconds has none. */
int segments_list(const struct timeline *t, struct segment **out, int *n, struct error *e);

#endif
