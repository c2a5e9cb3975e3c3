/* cells.c -- training documents parted by length. See data_classes in data.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/data/internal.h"

static int read_edges(struct data *d, const struct conf_reals *edges, struct error *e)
{
    d->classes = edges->n + 1;
    d->edge = calloc((size_t)edges->n + 1, sizeof *d->edge);
    if (!d->edge) return error_set(e, E_MEMORY, "no memory for length classes");
    for (int i = 0; i < edges->n; i++) {
        const double v = edges->v[i];
        if (!(v >= 2 && v <= 1e15) || v != floor(v))
            return error_set(e, E_USAGE,
                             "length_classes: %g is not a whole number of tokens from 2 up", v);
        if (i && v <= edges->v[i - 1])
            return error_set(e, E_USAGE, "length_classes: %g does not rise after %g", v,
                             edges->v[i - 1]);
        d->edge[i] = (int64_t)v;
    }
    return OK;
}

static int class_of(const struct data *d, int64_t tokens)
{
    int c = 0;
    while (c < d->classes - 1 && tokens >= d->edge[c]) c++;
    return c;
}

static void count(struct cell *cell, struct mixer_cell *m, int64_t tokens)
{
    cell->n++;
    cell->tokens += tokens;
    if (tokens > cell->longest) cell->longest = tokens;
    m->mean_length += (double)tokens * (double)tokens;
}

static int part_source(struct data *d, int source, struct error *e)
{
    const struct part_list *l = &d->source[source].split[SPLIT_TRAIN];
    struct cell *cell = d->cell + (size_t)source * (size_t)d->classes;
    struct mixer_cell *m = d->mixer_cell + (size_t)source * (size_t)d->classes;
    if (l->n > INT32_MAX)
        return error_set(e, E_USAGE, "source '%s' has more than 2^31 documents",
                         d->source[source].name);
    for (int64_t i = 0; i < l->n; i++) {
        const int c = class_of(d, part_tokens(&l->v[i]));
        count(&cell[c], &m[c], part_tokens(&l->v[i]));
    }
    for (int c = 0; c < d->classes; c++) {
        m[c].tokens = cell[c].tokens;
        m[c].documents = cell[c].n;
        if (m[c].tokens) m[c].mean_length /= (double)m[c].tokens;
        if (d->classes == 1) continue;
        cell[c].part = malloc((size_t)(cell[c].n + 1) * sizeof *cell[c].part);
        if (!cell[c].part) return error_set(e, E_MEMORY, "no memory for length classes");
        cell[c].n = 0;
    }
    for (int64_t i = 0; i < l->n && d->classes > 1; i++) {
        struct cell *to = &cell[class_of(d, part_tokens(&l->v[i]))];
        to->part[to->n++] = (int32_t)i;
    }
    return OK;
}

int cells_open(struct data *d, const struct conf_reals *edges, struct error *e)
{
    TRY(read_edges(d, edges, e));
    const size_t n = (size_t)d->sources * (size_t)d->classes;
    d->cell = calloc(n, sizeof *d->cell);
    d->mixer_cell = calloc(n, sizeof *d->mixer_cell);
    if (!d->cell || !d->mixer_cell) return error_set(e, E_MEMORY, "no memory for length classes");
    for (int i = 0; i < d->sources; i++) TRY(part_source(d, i, e));
    return OK;
}

void cells_close(struct data *d)
{
    for (int i = 0; d->cell && i < d->sources * d->classes; i++) free(d->cell[i].part);
    free(d->cell);
    free(d->mixer_cell);
    free(d->edge);
}

int data_classes(const struct data *d, const int64_t **edge, const struct mixer_cell **cell)
{
    if (edge) *edge = d->edge;
    if (cell) *cell = d->mixer_cell;
    return d->classes;
}

void data_class_label(const struct data *d, int length_class, char *label, size_t size)
{
    const long long from = length_class ? (long long)d->edge[length_class - 1] : 0;
    if (length_class == d->classes - 1)
        snprintf(label, size, "%lld-", from);
    else
        snprintf(label, size, "%lld-%lld", from, (long long)d->edge[length_class] - 1);
}
