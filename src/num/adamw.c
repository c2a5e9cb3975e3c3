/* adamw.c -- see adamw.h. */
#include "src/num/adamw.h"

#include <tgmath.h>

/* Parameters at a time: updated and clamped while they are in the first-level cache. */
enum { BLOCK = 2048 };

struct scalars {
    real decay, rate, beta1, fresh1, beta2, fresh2, root, eps, grad_scale;
};

static void update(const struct scalars *s, real *restrict w, real *restrict m, real *restrict v,
                   const real *restrict g, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const real d = g[i] * s->grad_scale;
        m[i] = s->beta1 * m[i] + s->fresh1 * d;
        v[i] = s->beta2 * v[i] + s->fresh2 * d * d;
        /* both small terms first: w is rounded once a step */
        w[i] -= s->decay * w[i] + s->rate * m[i] / (sqrt(v[i]) * s->root + s->eps);
    }
}

/* A value that is not a number stays one: divergence must be seen. */
static void clamp(real *w, size_t n, real min, real max)
{
    for (size_t i = 0; i < n; i++) w[i] = w[i] < min ? min : w[i] > max ? max : w[i];
}

void adamw(const struct adamw *a, real *w, real *m, real *v, const real *g, size_t n)
{
    const double c1 = 1 - pow(a->beta1, (double)a->t), c2 = 1 - pow(a->beta2, (double)a->t);
    const struct scalars s = {.decay = (real)(a->lr * a->weight_decay),
                              .rate = (real)(a->lr / c1),
                              .beta1 = (real)a->beta1,
                              .fresh1 = (real)(1 - a->beta1),
                              .beta2 = (real)a->beta2,
                              .fresh2 = (real)(1 - a->beta2),
                              .root = (real)(1 / sqrt(c2)),
                              .eps = (real)a->eps,
                              .grad_scale = (real)a->grad_scale};
#pragma omp parallel for schedule(static) if (n > 8192)
    for (size_t i = 0; i < n; i += BLOCK) {
        const size_t count = n - i < BLOCK ? n - i : BLOCK;
        update(&s, w + i, m + i, v + i, g + i, count);
        if (a->min <= a->max) clamp(w + i, count, (real)a->min, (real)a->max);
    }
}
