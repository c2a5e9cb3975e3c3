/* mix_table.c -- see mix_table.h. */
#include "src/cli/mix_table.h"

#include <stdio.h>
#include <stdlib.h>

struct row {
    int64_t documents, available, drawn;
};

static void print_row(const char *source, const char *length, struct row r, double total)
{
    printf("%-24s %12s %10lld %14lld %14lld %7.2f%% %9.3f\n", source, length,
           (long long)r.documents, (long long)r.available, (long long)r.drawn,
           total > 0 ? 100 * (double)r.drawn / total : 0.0,
           r.available ? (double)r.drawn / (double)r.available : 0.0);
}

static struct row cell_row(const struct mixer_cell *cell, const int64_t *drawn, int k)
{
    return (struct row){cell[k].documents, cell[k].tokens, drawn[k]};
}

static void add(struct row *to, struct row r)
{
    to->documents += r.documents;
    to->available += r.available;
    to->drawn += r.drawn;
}

void mix_table_print(const struct mix_plan *p, const struct data *d)
{
    const struct mixer_source *source;
    const struct mixer_cell *cell;
    int64_t *drawn = calloc((size_t)(p->sources * p->classes), sizeof *drawn);
    if (!drawn) return;
    data_sources(d, &source);
    data_classes(d, NULL, &cell);
    mix_plan_round(p, drawn);
    printf("\n# mix%s\n%-24s %12s %10s %14s %14s %8s %9s\n",
           p->adapts ? " (it follows losses: as it begins)" : "", "source", "length", "documents",
           "tokens", "drawn", "share", "epochs");
    struct row all = {0};
    for (int i = 0; i < p->sources; i++) {
        struct row sum = {0};
        for (int c = 0; c < p->classes; c++) {
            char label[64];
            const struct row r = cell_row(cell, drawn, i * p->classes + c);
            data_class_label(d, c, label, sizeof label);
            if (p->classes > 1) print_row(source[i].name, label, r, p->total);
            add(&sum, r);
        }
        print_row(source[i].name, "all", sum, p->total);
        add(&all, sum);
    }
    for (int c = 0; c < p->classes && p->classes > 1; c++) {
        char label[64];
        struct row sum = {0};
        for (int i = 0; i < p->sources; i++) add(&sum, cell_row(cell, drawn, i * p->classes + c));
        data_class_label(d, c, label, sizeof label);
        print_row("all", label, sum, p->total);
    }
    print_row("all", "all", all, p->total);
    free(drawn);
}

void mix_table_json(struct jsn_out *o, const struct mix_plan *p, const struct data *d)
{
    const struct mixer_source *source;
    const struct mixer_cell *cell;
    int64_t *drawn = calloc((size_t)(p->sources * p->classes), sizeof *drawn);
    data_sources(d, &source);
    data_classes(d, NULL, &cell);
    if (drawn) mix_plan_round(p, drawn);
    jsn_array_begin(o, "mix");
    for (int k = 0; drawn && k < p->sources * p->classes; k++) {
        char label[64];
        data_class_label(d, k % p->classes, label, sizeof label);
        jsn_map_begin(o, NULL);
        jsn_put_string(o, "source", source[k / p->classes].name);
        jsn_put_string(o, "length", label);
        jsn_put_int(o, "documents", cell[k].documents);
        jsn_put_int(o, "tokens", cell[k].tokens);
        jsn_put_int(o, "drawn", drawn[k]);
        jsn_put_double(o, "share", p->total > 0 ? (double)drawn[k] / p->total : 0);
        jsn_put_double(o, "epochs", cell[k].tokens ? (double)drawn[k] / (double)cell[k].tokens : 0);
        jsn_map_end(o);
    }
    jsn_array_end(o);
    free(drawn);
}
