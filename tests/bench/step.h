/* step.h -- one training step and its time, for benchmarks. */
#ifndef TESTS_BENCH_STEP_H
#define TESTS_BENCH_STEP_H

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include "src/base/parallel.h"
#include "src/base/rng.h"
#include "src/data/data.h"
#include "src/data/rows.h"
#include "src/model/model.h"
#include "src/num/adamw.h"

/* The optimiser's part. */
static inline void update(struct model *m, int t)
{
    int n;
    const struct tensor *tensor = model_tensors(m, &n);
    const double norm = sqrt(parallel_sum_squares(model_gradients(m), model_reals(m)));
    for (int i = 0; i < n; i++) {
        const size_t at = tensor[i].offset;
        const struct adamw a = {.lr = 1e-3,
                                .beta1 = 0.9,
                                .beta2 = 0.95,
                                .eps = 1e-8,
                                .weight_decay = tensor[i].decay ? 0.1 : 0,
                                .grad_scale = fmin(1, 1 / (norm + 1e-6)),
                                .t = t,
                                .min = 1,
                                .max = -1};
        adamw(&a, model_weights(m) + at, model_moment(m, 0) + at, model_moment(m, 1) + at,
              model_gradients(m) + at, tensor[i].count);
    }
}

static inline double step(struct model *m, const struct batch *b, int t)
{
    const double start = omp_get_wtime();
    model_zero_gradients(m);
    model_train(m, b, 1 / b->weight_sum, 0, NULL);
    update(m, t);
    return omp_get_wtime() - start;
}

static inline int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Rows of random tokens. */
static inline int fill_rows(struct batch *b, int tokens, int length, int vocab)
{
    struct rng rng = rng_open(1, "bench");
    int32_t *token = malloc(((size_t)tokens + 1) * sizeof *token);
    if (!token) return 1;
    for (int i = 0; i <= tokens; i++) token[i] = (int32_t)rng_below(&rng, (uint64_t)vocab);
    batch_rows(b, tokens / length, length, token, token + 1);
    free(token);
    return 0;
}

#endif
