/* result_write.c -- a result as JSON, and as tab-separated values. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "src/theory/result.h"

/* ---- JSON ---- */

static void json_facts(struct jsn_out *o, const struct result_fact *f, int n)
{
    for (; n > 0; n--, f++)
        if (f->kind == FACT_TEXT)
            jsn_put_string(o, f->name, f->text);
        else if (f->kind == FACT_BOOL)
            jsn_put_bool(o, f->name, f->v != 0);
        else if (f->kind == FACT_INT)
            jsn_put_int(o, f->name, (int64_t)f->v);
        else
            jsn_put_double(o, f->name, f->v);
}

static void json_field(struct jsn_out *o, const struct result_field *f)
{
    jsn_array_begin(o, f->name);
    for (int64_t i = 0; i < f->n; i++)
        if (f->v[i] == floor(f->v[i]) && fabs(f->v[i]) < 0x1p53)
            jsn_put_int(o, NULL, (int64_t)f->v[i]);
        else
            jsn_put_double(o, NULL, f->v[i]);
    jsn_array_end(o);
}

static void json_values(struct jsn_out *o, const struct result_field *f)
{
    jsn_array_begin(o, f->name);
    for (int64_t i = 0; i < f->n; i++) jsn_put_double(o, NULL, f->v[i]);
    jsn_array_end(o);
}

static void json_series(struct jsn_out *o, const struct result_series *s)
{
    for (int i = 0; i < s->n_fields; i++) json_values(o, &s->field[i]);
    json_facts(o, s->fact, s->n_facts);
}

void result_json(const struct result *r, struct jsn_out *o)
{
    jsn_map_begin(o, NULL);
    json_facts(o, r->fact, r->n_facts);
    if (r->flat && r->n_series == 1) {
        json_series(o, &r->series[0]);
        jsn_map_end(o);
        return;
    }
    if (r->axis.n) json_field(o, &r->axis);
    jsn_array_begin(o, "series");
    for (int i = 0; i < r->n_series; i++) {
        jsn_map_begin(o, NULL);
        jsn_put_string(o, "name", r->series[i].name);
        json_series(o, &r->series[i]);
        jsn_map_end(o);
    }
    jsn_array_end(o);
    jsn_map_end(o);
}

/* ---- TSV ---- */

/* Names hold no tabs or line ends in a table. */
static void put_name(FILE *f, const char *s)
{
    for (; *s; s++) fputc(*s == '\t' || *s == '\n' || *s == '\r' ? ' ' : *s, f);
}

static void put_value(FILE *f, double v, bool nan)
{
    char text[32];
    if (isfinite(v) && nan)
        fprintf(f, "%.7g", v);
    else if (isfinite(v))
        fputs(format_double(text, v), f);
    else if (nan)
        fputs("nan", f);
}

static void put_fact(FILE *f, const struct result_fact *x, bool nan)
{
    if (x->kind == FACT_TEXT)
        put_name(f, x->text);
    else if (x->kind == FACT_BOOL)
        fputs(x->v != 0 ? "true" : "false", f);
    else if (x->kind == FACT_INT)
        fprintf(f, "%" PRId64, (int64_t)x->v);
    else
        put_value(f, x->v, nan);
}

static void tsv_facts(FILE *f, const char *series, const struct result_fact *x, int n)
{
    for (; n > 0; n--, x++) {
        fputs("# ", f);
        put_name(f, series);
        fprintf(f, "\t%s\t", x->name);
        put_fact(f, x, false);
        fputc('\n', f);
    }
}

/* Every fact that some series has, as columns; a series without it leaves the cell empty. */
static void tsv_rows(const struct result *r, FILE *f, bool nan)
{
    const char *name[RESULT_SERIES * RESULT_FACTS];
    int n = 0;
    for (int i = 0; i < r->n_series; i++)
        for (int k = 0; k < r->series[i].n_facts; k++) {
            int seen = 0;
            while (seen < n && strcmp(name[seen], r->series[i].fact[k].name)) seen++;
            if (seen == n) name[n++] = r->series[i].fact[k].name;
        }
    fputs("name", f);
    for (int k = 0; k < n; k++) fprintf(f, "\t%s", name[k]);
    fputc('\n', f);
    for (int i = 0; i < r->n_series; i++) {
        const struct result_series *s = &r->series[i];
        put_name(f, s->name);
        for (int k = 0; k < n; k++) {
            fputc('\t', f);
            for (int j = 0; j < s->n_facts; j++)
                if (strcmp(s->fact[j].name, name[k]) == 0) put_fact(f, &s->fact[j], nan);
        }
        fputc('\n', f);
    }
}

static void tsv_names(const struct result *r, FILE *f)
{
    fputs(r->axis.name, f);
    for (int i = 0; i < r->n_series; i++)
        for (int k = 0; k < r->series[i].n_fields; k++) {
            fputc('\t', f);
            put_name(f, r->series[i].name);
            if (r->series[i].n_fields > 1) fprintf(f, ".%s", r->series[i].field[k].name);
        }
    fputc('\n', f);
}

void result_tsv(const struct result *r, FILE *f, bool nan)
{
    tsv_facts(f, r->analysis, r->fact, r->n_facts);
    if (!r->axis.n) {
        tsv_rows(r, f, nan);
        return;
    }
    for (int i = 0; i < r->n_series; i++)
        tsv_facts(f, r->series[i].name, r->series[i].fact, r->series[i].n_facts);
    tsv_names(r, f);
    for (int64_t j = 0; j < r->axis.n; j++) {
        put_value(f, r->axis.v[j], nan);
        for (int i = 0; i < r->n_series; i++)
            for (int k = 0; k < r->series[i].n_fields; k++) {
                const struct result_field *y = &r->series[i].field[k];
                fputc('\t', f);
                put_value(f, j < y->n ? y->v[j] : NAN, nan);
            }
        fputc('\n', f);
    }
}
