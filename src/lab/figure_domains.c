/* figure_domains.c -- what a mix or a curriculum does to each domain: the held-out loss at short and at
 * long positions, less that of the first source.
 *
 * loss_by_position gives the mean over octaves of positions; octaves below NARROW are joined, each
 * weighted by the positions that it holds (rows are full, so each position is met equally often). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/figure.h"
#include "src/lab/figure_reading.h"
#include "src/lab/figure_sources.h"
#include "src/stat/mean.h"

enum { NARROW = 32, RANGES = 20, DOMAINS = 16, ARMS = 16, REPLICATES = 64 };

/* Loss of one domain in one range of positions, over the files of an arm. */
struct cell {
    double sum[REPLICATES], weight[REPLICATES];
};

struct domains {
    int n_arms, n_domains, n_ranges;
    char arm[ARMS][256], domain[DOMAINS][256];
    int files[ARMS];
    double low[RANGES], high[RANGES];
    struct cell cell[ARMS][DOMAINS][RANGES];
};

static int find_name(char (*names)[256], int *n, int most, const char *name, const char *what,
                     struct error *e)
{
    for (int i = 0; i < *n; i++)
        if (strcmp(names[i], name) == 0) return i;
    if (*n == most) return -error_set(e, E_USAGE, FIGURE_LIMIT "%d %s in one figure", most, what);
    snprintf(names[*n], sizeof names[*n], "%s", name);
    return (*n)++;
}

/* Positions "64-127" into the range that they belong to; false: the row over all of them. */
static bool range_of(struct domains *d, const jsn *position, int *range, double *width)
{
    size_t n;
    if (!position || !jsn_is_string(position)) return false;
    const char *text = jsn_as_string(position, &n);
    char *end;
    double low = strtod(text, &end), high = low;
    if (end == text) return false;
    if (*end == '-') high = strtod(end + 1, NULL);
    *width = high - low + 1;
    if (high < NARROW) {
        low = 0;
        high = NARROW - 1;
    }
    for (*range = 0; *range < d->n_ranges; ++*range)
        if (d->low[*range] == low) return true;
    if (d->n_ranges == RANGES) return false;
    d->low[d->n_ranges] = low;
    d->high[d->n_ranges++] = high;
    return true;
}

static int read_row(void *to, const char *series, const char *task, const jsn *row, struct error *e)
{
    struct domains *d = to;
    const jsn *position = jsn_get(row, "position");
    int range;
    double width;
    const int arm = find_name(d->arm, &d->n_arms, ARMS, series, "sources", e);
    (void)task;
    if (arm < 0) return -arm;
    if (!range_of(d, position, &range, &width)) return OK;
    if (figure_number(position) == 0) d->files[arm]++; /* every table begins there */
    const int file = d->files[arm] - 1;
    if (file < 0 || file >= REPLICATES)
        return error_set(e, E_USAGE, FIGURE_LIMIT "%d files of '%s'", REPLICATES, series);
    for (void *it = jsn_first(row); it; it = jsn_next(row, it)) {
        const double loss = figure_number(jsn_value(it));
        if (strcmp(jsn_key(it), "position") == 0 || !isfinite(loss)) continue;
        const int k = find_name(d->domain, &d->n_domains, DOMAINS, jsn_key(it), "domains", e);
        if (k < 0) return -k;
        struct cell *c = &d->cell[arm][k][range];
        c->sum[file] += width * loss;
        c->weight[file] += width;
    }
    return OK;
}

/* Mean difference of the files of two arms in their order, and half of its interval. */
static double difference(const struct cell *a, const struct cell *b, int n, double *half)
{
    double x[REPLICATES], y[REPLICATES];
    int pairs = 0;
    for (int i = 0; i < n; i++) {
        if (!(a->weight[i] > 0) || !(b->weight[i] > 0)) continue;
        x[pairs] = a->sum[i] / a->weight[i];
        y[pairs++] = b->sum[i] / b->weight[i];
    }
    const struct stat_difference s = stat_paired(x, y, pairs, 0.95);
    *half = s.half;
    return s.delta;
}

static void put_series(const struct domains *d, int arm, int domain, struct result *out)
{
    const char *name = result_text(out, "%s: %s", d->arm[arm], d->domain[domain]);
    struct result_series *s = result_add(out, name);
    double *delta = result_field(out, s, "delta", "nats per token", d->n_ranges),
           *half = result_field(out, s, "half", "nats per token", d->n_ranges);
    const int files = d->files[arm] < d->files[0] ? d->files[arm] : d->files[0];
    s->key = figure_key(d->arm[arm]);
    for (int r = 0; r < d->n_ranges; r++)
        delta[r] = difference(&d->cell[arm][domain][r], &d->cell[0][domain][r], files, &half[r]);
    result_int(out, s, "replicates", files);
}

static int put_result(const struct domains *d, struct result *out, struct error *e)
{
    if (d->n_arms < 2)
        return error_set(e, E_USAGE,
                         "one source alone: name what it is held against first, as NAME=PATH");
    if ((d->n_arms - 1) * d->n_domains > RESULT_SERIES)
        return error_set(e, E_USAGE, FIGURE_LIMIT "%d rows: fewer sources", RESULT_SERIES);
    double *place = result_axis(out, "range", "", d->n_ranges);
    for (int r = 0; r < d->n_ranges; r++) place[r] = r;
    for (int a = 1; a < d->n_arms; a++)
        for (int k = 0; k < d->n_domains; k++) put_series(d, a, k, out);
    result_fact_text(out, NULL, "baseline", d->arm[0]);
    char *names = result_take(out, RANGES * 32);
    for (int r = 0; r < d->n_ranges; r++)
        snprintf(names + strlen(names), 32, "%s%.0f-%.0f", r ? " " : "", d->low[r], d->high[r]);
    result_fact_text(out, NULL, "range_names", names);
    return OK;
}

int figure_from_domains(const struct figure_type *f, int n, char *const *sources,
                        struct result *out, struct error *e)
{
    struct domains *d = calloc(1, sizeof *d);
    if (!d) abort();
    struct figure_reading r = {
        .table = "by_position", .only_task = "loss_by_position", .read = read_row, .to = d};
    result_open(out, f->v.name);
    int status = figure_read(n, sources, &r, out, e);
    if (!status) status = put_result(d, out, e);
    free(d);
    if (status) result_close(out);
    return status;
}
