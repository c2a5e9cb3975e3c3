/* distance.h -- biases that depend on the distance |i - j| alone, over a tile of logits.
 *
 * A tile of R rows and C columns has few different distances: R + C - 1 where positions count up,
 * and hardly more where they were drawn with gaps. So a function of the distance is computed once
 * per distance and spread from a table, and a gradient is summed per distance before its adjoint is
 * asked once per distance. Tiles whose positions lie further apart than DISTANCE_SPAN ask for every
 * element. Tiles have at most DISTANCE_SPAN columns. Pure functions on the caller's arrays;
 * concurrent calls on different tiles are fine. */
#ifndef ROPE_DISTANCE_H
#define ROPE_DISTANCE_H

#include <stdbool.h>

#include "src/num/attention.h"

enum { DISTANCE_SPAN = 2048 };

typedef double distance_function(const void *self, int distance);
typedef void distance_adjoint(const void *self, int distance, double d, double *dparams);

/* f over a tile: element (r, c), at difference q_r - k_c, has entry high - q_r + k_c, so that the
 * entries of a row follow one another where the keys do. */
struct distance_table {
    distance_function *f;
    const void *self;
    int high;   /* largest difference of the tile */
    int n;      /* entries; 0: more than a table is worth */
    bool dense; /* keys count up by one */
    real value[DISTANCE_SPAN];
};

void distance_table_fill(struct distance_table *table, const struct attention_tile *t,
                         distance_function *f, const void *self);
/* f of row r: [t->cols], within the table or gathered into `row` [t->cols]. */
const real *distance_row(const struct distance_table *table, const struct attention_tile *t, int r,
                         real *row);

/* Sum of dx by entry of a table that has entries: sum[table->n]. */
void distance_sums(const struct distance_table *table, const struct attention_tile *t,
                   const real *dx, double *sum);

/* x += f(|i - j|), x *= f(|i - j|) */
void distance_add(const struct attention_tile *t, distance_function *f, const void *self, real *x);
void distance_multiply(const struct attention_tile *t, distance_function *f, const void *self,
                       real *x);
/* adjoint(self, distance, sum of dx over the elements at that distance, dparams) */
void distance_collect(const struct attention_tile *t, const real *dx, distance_adjoint *f,
                      const void *self, double *dparams);

#endif
