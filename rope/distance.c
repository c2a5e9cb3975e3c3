/* distance.c -- see distance.h. */
#include "rope/distance.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void widen(const int32_t *p, int n, int32_t *low, int32_t *high)
{
    *low = *high = p[0];
    for (int i = 1; i < n; i++) {
        if (p[i] < *low) *low = p[i];
        if (p[i] > *high) *high = p[i];
    }
}

/* high, n and dense. */
static void find_span(struct distance_table *s, const struct attention_tile *t)
{
    int32_t q_low, q_high, k_low, k_high;
    assert(t->cols <= DISTANCE_SPAN);
    widen(t->q_position, t->rows, &q_low, &q_high);
    widen(t->k_position, t->cols, &k_low, &k_high);
    const int64_t n = (int64_t)q_high - q_low + k_high - k_low + 1;
    s->high = q_high - k_low;
    s->n = n > DISTANCE_SPAN || n > (int64_t)t->rows * t->cols ? 0 : (int)n;
    s->dense = true;
    for (int c = 1; c < t->cols; c++)
        if (t->k_position[c] != t->k_position[0] + c) s->dense = false;
}

void distance_table_fill(struct distance_table *table, const struct attention_tile *t,
                         distance_function *f, const void *self)
{
    find_span(table, t);
    table->f = f;
    table->self = self;
    for (int m = 0; m < table->n; m++) {
        const int opposite = 2 * table->high - m; /* the same distance, from the other side */
        table->value[m] = m > table->high && opposite >= 0 ? table->value[opposite]
                                                           : (real)f(self, abs(table->high - m));
    }
}

const real *distance_row(const struct distance_table *table, const struct attention_tile *t, int r,
                         real *row)
{
    const int32_t i = t->q_position[r], *j = t->k_position;
    if (table->n && table->dense) return table->value + (table->high - i + j[0]);
    for (int c = 0; c < t->cols; c++)
        row[c] = table->n ? table->value[table->high - i + j[c]]
                          : (real)table->f(table->self, abs(i - j[c]));
    return row;
}

void distance_add(const struct attention_tile *t, distance_function *f, const void *self, real *x)
{
    struct distance_table table;
    real row[DISTANCE_SPAN];
    distance_table_fill(&table, t, f, self);
    for (int r = 0; r < t->rows; r++) {
        real *y = x + (size_t)r * t->ld;
        const real *v = distance_row(&table, t, r, row);
        for (int c = 0; c < t->cols; c++) y[c] += v[c];
    }
}

void distance_multiply(const struct attention_tile *t, distance_function *f, const void *self,
                       real *x)
{
    struct distance_table table;
    real row[DISTANCE_SPAN];
    distance_table_fill(&table, t, f, self);
    for (int r = 0; r < t->rows; r++) {
        real *y = x + (size_t)r * t->ld;
        const real *v = distance_row(&table, t, r, row);
        for (int c = 0; c < t->cols; c++) y[c] *= v[c];
    }
}

static void collect_elements(const struct attention_tile *t, const real *dx, distance_adjoint *f,
                             const void *self, double *dparams)
{
    for (int r = 0; r < t->rows; r++)
        for (int c = 0; c < t->cols; c++) {
            const double d = dx[(size_t)r * t->ld + c];
            if (d != 0) f(self, abs(t->q_position[r] - t->k_position[c]), d, dparams);
        }
}

void distance_sums(const struct distance_table *s, const struct attention_tile *t, const real *dx,
                   double *sum)
{
    memset(sum, 0, (size_t)s->n * sizeof *sum);
    for (int r = 0; r < t->rows; r++) {
        const real *d = dx + (size_t)r * t->ld;
        const int32_t i = t->q_position[r], *j = t->k_position;
        if (s->dense) {
            double *to = sum + (s->high - i + j[0]);
            for (int c = 0; c < t->cols; c++) to[c] += d[c];
        } else {
            for (int c = 0; c < t->cols; c++) sum[s->high - i + j[c]] += d[c];
        }
    }
}

void distance_collect(const struct attention_tile *t, const real *dx, distance_adjoint *f,
                      const void *self, double *dparams)
{
    struct distance_table s;
    double sum[DISTANCE_SPAN];
    find_span(&s, t);
    if (!s.n) {
        collect_elements(t, dx, f, self, dparams);
        return;
    }
    distance_sums(&s, t, dx, sum);
    for (int m = 0; m < s.n; m++)
        if (sum[m] != 0) f(self, abs(s.high - m), sum[m], dparams);
}
