/* loss_by_position.c -- held-out loss per source, and by position in the row in powers of two.
 *
 * Positions count from the first token that may be attended to, so that a row of the table says what
 * a context of that size is worth. With `window` a query sees that many keys at most, in every
 * layer, as a cache of that size would leave it (Xiao et al. 2023, arXiv 2309.17453, whose window
 * is this one; what a model loses at the positions where the first token falls out of sight is
 * their finding). See loss.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/eval/loss.h"
#include "src/eval/task.h"

struct position_options {
    int length, window;
    int64_t tokens;
};

#define S struct position_options
static const struct conf_field fields[] = {
    CONF_INT(S, length, 0, 0, 1 << 24, "row length; 0: eval.length"),
    CONF_INT(S, window, 0, 0, 1 << 24, "keys that a query sees at most; 0: all"),
    CONF_SIZE(S, tokens, 0, 0, 1e12, "held-out tokens per source; 0: eval.tokens"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"loss_by_position", sizeof(struct position_options),
                                          fields};

static int row_length(const struct position_options *o, const struct eval_at *at)
{
    return o->length ? o->length : at->length;
}

static int position_reach(const void *opts, const struct eval_at *at)
{
    return row_length(opts, at);
}

static double mean(double sum, int64_t n)
{
    return n ? sum / (double)n : NAN;
}

/* Positions of bucket k: [2^(k-1), 2^k), bucket 0 is position 0. */
static int bucket_first(int k)
{
    return k ? 1 << (k - 1) : 0;
}

/* One column per source, positions as "64-127", and a last row over all of them. */
static void put_positions(struct findings *r, const struct mixer_source *source,
                          const struct loss_table *table, int n)
{
    struct findings_table *t = findings_table(r, "by_position", "position");
    int last = 0;
    for (int s = 0; s < n; s++) {
        findings_column(r, t, source[s].name);
        for (int k = 0; k < LOSS_BUCKETS; k++)
            if (table[s].bucket_targets[k] && k > last) last = k;
    }
    for (int k = 0; k <= last; k++) {
        char range[40];
        snprintf(range, sizeof range, k > 1 ? "%d-%d" : "%d", bucket_first(k), (1 << k) - 1);
        findings_text(r, t, range);
        for (int s = 0; s < n; s++)
            findings_number(r, t, mean(table[s].bucket_sum[k], table[s].bucket_targets[k]));
    }
    findings_text(r, t, "all");
    for (int s = 0; s < n; s++) findings_number(r, t, mean(table[s].sum, table[s].targets));
}

/* What is left to learn: loss above the best possible with the same context, where that is known. */
static void put_excess(struct findings *r, const struct mixer_source *source,
                       const struct loss_table *table, int n)
{
    struct findings_table *t = NULL;
    int last = 0;
    for (int s = 0; s < n; s++) {
        if (!table[s].best_known) continue;
        if (!t) t = findings_table(r, "excess_by_position", "position");
        findings_column(r, t, source[s].name);
        for (int k = 0; k < LOSS_BUCKETS; k++)
            if (table[s].bucket_targets[k] && k > last) last = k;
    }
    for (int k = 0; t && k <= last + 1; k++) {
        char range[40];
        snprintf(range, sizeof range, k > 1 ? "%d-%d" : "%d", bucket_first(k), (1 << k) - 1);
        findings_text(r, t, k > last ? "all" : range);
        for (int s = 0; s < n; s++) {
            const struct loss_table *l = &table[s];
            if (!l->best_known) continue;
            findings_number(r, t,
                            k > last
                                ? mean(l->sum - l->best, l->targets)
                                : mean(l->bucket_sum[k] - l->bucket_best[k], l->bucket_targets[k]));
        }
    }
}

static void report(struct findings *r, const struct mixer_source *source,
                   const struct loss_table *table, int n)
{
    double sum = 0;
    int64_t targets = 0;
    put_positions(r, source, table, n);
    put_excess(r, source, table, n);
    struct findings_table *t = findings_table(r, "sources", "source loss targets");
    for (int s = 0; s < n; s++) {
        sum += table[s].sum;
        targets += table[s].targets;
        findings_text(r, t, source[s].name);
        findings_number(r, t, mean(table[s].sum, table[s].targets));
        findings_number(r, t, (double)table[s].targets);
    }
    findings_scalar(r, "loss", mean(sum, targets));
}

static int position_run(const void *opts, const struct eval_at *at, struct findings *r,
                        struct error *e)
{
    const struct position_options *o = opts;
    const struct mixer_source *source;
    const int n = data_sources(at->data, &source), length = row_length(o, at);
    const int64_t tokens = o->tokens ? o->tokens : at->tokens;
    struct loss_table *table = calloc((size_t)n, sizeof *table);
    if (!table) return error_set(e, E_MEMORY, "no memory for a table");
    int status = OK;
    if (o->window) model_set_window(at->model, WINDOW_SLIDING, o->window);
    for (int s = 0; s < n && !status; s++)
        status = eval_loss(at->model, at->data, s, at->split, length, tokens, at->max_tokens,
                           &table[s], NULL, e);
    if (o->window) model_set_window(at->model, WINDOW_NONE, 0);
    if (!status) {
        findings_fact_number(r, "length", length);
        findings_fact_number(r, "tokens", (double)tokens);
        findings_fact(r, "protocol",
                      "rows packed as in training; every target once; nats per token");
        report(r, source, table, n);
    }
    free(table);
    return status;
}

const struct task_type task_loss_by_position = {
    .v = {.name = "loss_by_position",
          .summary = "held-out loss per source, and by position in powers of two",
          .schema = &schema},
    .needs_data = true,
    .reach = position_reach,
    .run = position_run,
};
