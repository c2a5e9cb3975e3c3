/* result.c -- see result.h. */
#include "src/theory/result.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct result_memory {
    struct result_memory *next;
    double data[];
};

void result_open(struct result *r, const char *analysis)
{
    memset(r, 0, sizeof *r);
    r->analysis = analysis;
}

void result_close(struct result *r)
{
    while (r->memory) {
        struct result_memory *next = r->memory->next;
        free(r->memory);
        r->memory = next;
    }
    memset(r, 0, sizeof *r);
}

void *result_take(struct result *r, size_t bytes)
{
    struct result_memory *m = calloc(1, sizeof *m + bytes);
    if (!m) abort();
    m->next = r->memory;
    r->memory = m;
    return m->data;
}

char *result_text(struct result *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char text[1024];
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return strcpy(result_take(r, strlen(text) + 1), text);
}

static double *values(struct result *r, struct result_field *f, const char *name, const char *unit,
                      int64_t n)
{
    *f = (struct result_field){name, unit, n, result_take(r, (size_t)n * sizeof(double))};
    return f->v;
}

double *result_axis(struct result *r, const char *name, const char *unit, int64_t n)
{
    double *x = values(r, &r->axis, name, unit, n);
    for (int64_t i = 0; i < n; i++) x[i] = (double)i;
    return x;
}

struct result_series *result_add(struct result *r, const char *name)
{
    assert(r->n_series < RESULT_SERIES);
    struct result_series *s = &r->series[r->n_series++];
    s->name = result_text(r, "%s", name);
    return s;
}

double *result_field(struct result *r, struct result_series *s, const char *name, const char *unit,
                     int64_t n)
{
    assert(s->n_fields < RESULT_FIELDS);
    return values(r, &s->field[s->n_fields++], name, unit, n);
}

static struct result_fact *add_fact(struct result *r, struct result_series *s, const char *name)
{
    int *n = s ? &s->n_facts : &r->n_facts;
    struct result_fact *f = s ? s->fact : r->fact;
    assert(*n < RESULT_FACTS);
    f += (*n)++;
    f->name = name;
    return f;
}

void result_real(struct result *r, struct result_series *s, const char *name, double v)
{
    struct result_fact *f = add_fact(r, s, name);
    f->kind = FACT_REAL;
    f->v = v;
}

void result_int(struct result *r, struct result_series *s, const char *name, int64_t v)
{
    struct result_fact *f = add_fact(r, s, name);
    f->kind = FACT_INT;
    f->v = (double)v;
}

void result_bool(struct result *r, struct result_series *s, const char *name, bool v)
{
    struct result_fact *f = add_fact(r, s, name);
    f->kind = FACT_BOOL;
    f->v = v;
}

void result_fact_text(struct result *r, struct result_series *s, const char *name, const char *text)
{
    struct result_fact *f = add_fact(r, s, name);
    f->kind = FACT_TEXT;
    f->v = NAN;
    f->text = result_text(r, "%s", text);
}

const struct result_series *result_find(const struct result *r, const char *series)
{
    for (int i = 0; i < r->n_series; i++)
        if (strcmp(r->series[i].name, series) == 0) return &r->series[i];
    return NULL;
}

const double *result_values(const struct result_series *s, const char *field)
{
    for (int i = 0; s && i < s->n_fields; i++)
        if (strcmp(s->field[i].name, field) == 0) return s->field[i].v;
    return NULL;
}

double result_value(const struct result_series *s, const char *fact)
{
    for (int i = 0; s && i < s->n_facts; i++)
        if (strcmp(s->fact[i].name, fact) == 0) return s->fact[i].v;
    return NAN;
}
