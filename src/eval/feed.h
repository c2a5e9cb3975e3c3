/* feed.h -- rows of tokens go through the model as many at a time as fit; their losses come back.
 *
 * Each row is a sequence of its own. What a row's losses are does not depend on which rows are
 * beside it. Threading: one caller. */
#ifndef EVAL_FEED_H
#define EVAL_FEED_H

#include "src/data/data.h"
#include "src/model/model.h"

/* Called once for every row, in the order of feed_row: loss [n] (0 where there is no target). A
 * `bos` is not among the n. */
typedef void feed_done(void *self, int64_t tag, int n, const int32_t *target, const real *loss);

struct feed {
    struct model *model;
    feed_done *done;
    void *self;
    int capacity;
    const int32_t *bos; /* a token that stands before every row and is not scored; NULL: none */
    struct batch batch;
    real *loss;     /* [capacity] */
    int64_t *tag;   /* [capacity] of each row */
    int64_t tokens; /* that went through the model */
};

int feed_open(struct feed *f, struct model *m, int max_tokens, feed_done *done, void *self,
              struct error *e);
/* token [n], target [n]; position ids offset, offset + 1, ... E_USAGE if n is too many. */
int feed_row(struct feed *f, const int32_t *token, const int32_t *target, int n, int offset,
             int64_t tag, struct error *e);
void feed_flush(struct feed *f);
void feed_close(struct feed *f);

#endif
