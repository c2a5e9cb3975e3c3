/* flops.c -- what a curriculum of row lengths costs.
 *
 *   paper    72 L h^2 (1 + s / 6h)    FLOPs per token: L layers, width h, row length s, every query
 *            times all s keys, projections of 12 h^2 a layer, no vocabulary
 *   causal   72 L h^2 (1 + s / 12h)   the half of the keys that a query sees
 *   model    6 (parameters in products) + 12 L heads head_dim (mean visible keys): of a run
 *
 * The first gives the table of Xiong et al. 2023, arXiv:2309.16039, section 4.4: L = 32, h = 4096,
 * 100,000 steps of 2^22 tokens, rows of 4096 and then 32,768 after 20, 40, 80 % of training (a
 * formula in the manner of Narayanan et al. 2021, arXiv:2104.04473; the paper does not print it).
 * With config=FILE the schedule and the shape are the run's. */
#include <math.h>
#include <string.h>

#include "src/theory/analysis.h"

struct flops_opts {
    int num_hidden_layers, hidden_size, from, to;
    int64_t steps, batch_tokens;
    struct conf_reals at;
};

#define S struct flops_opts
static const struct conf_field flops_fields[] = {
    CONF_INT(S, num_hidden_layers, 32, 1, 100000, "layers"),
    CONF_INT(S, hidden_size, 4096, 1, 1 << 24, "width"),
    CONF_INT(S, from, 4096, 1, 1 << 30, "row length before the switch"),
    CONF_INT(S, to, 32768, 1, 1 << 30, "row length after it"),
    CONF_SIZE(S, steps, 100000, 1, 1e15, "optimiser steps"),
    CONF_SIZE(S, batch_tokens, 4194304, 1, 1e15, "tokens per step"),
    {"at", CONF_KIND_REALS, offsetof(S, at), 0, 0, 0, 1, "[0, 0.2, 0.4, 0.8]", 0, 0, 0,
     "share of training before the switch, one curriculum each"},
    CONF_END,
};
#undef S
static const struct conf_schema flops_schema = {"flops", sizeof(struct flops_opts), flops_fields};

/* share: of the keys of a row that are charged, 1 or 1/2. */
static double per_token(double layers, double h, double length, double share)
{
    return 72 * layers * h * h * (1 + share * length / (6 * h));
}

static double schedule(const struct run_phase *p, int n, double layers, double h, double share)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double keys = p[i].window && p[i].window < p[i].length ? p[i].window : p[i].length;
        sum += p[i].tokens * per_token(layers, h, keys, share);
    }
    return sum;
}

/* %.3e: as the paper prints it. */
static void put(struct result *out, struct result_series *s, double paper, double causal,
                double paper_full, double causal_full)
{
    result_real(out, s, "flops", paper);
    result_fact_text(out, s, "flops_text", result_text(out, "%.3e", paper));
    result_real(out, s, "saving", 1 - paper / paper_full);
    result_real(out, s, "flops_causal", causal);
    result_real(out, s, "saving_causal", 1 - causal / causal_full);
}

static void paper_rows(const struct flops_opts *o, struct result *out)
{
    const double tokens = (double)o->steps * (double)o->batch_tokens, layers = o->num_hidden_layers,
                 h = o->hidden_size;
    const struct run_phase whole = {.tokens = tokens, .length = o->to};
    for (int i = 0; i < o->at.n; i++) {
        const double p = o->at.v[i];
        const struct run_phase phase[2] = {{.tokens = p * tokens, .length = o->from},
                                           {.tokens = (1 - p) * tokens, .length = o->to}};
        struct result_series *s =
            result_add(out, p > 0 ? result_text(out, "%d, %d from %g %%", o->from, o->to, 100 * p)
                                  : result_text(out, "%d", o->to));
        result_real(out, s, "at", p);
        result_real(out, s, "tokens", tokens);
        put(out, s, schedule(phase, 2, layers, h, 1), schedule(phase, 2, layers, h, 0.5),
            schedule(&whole, 1, layers, h, 1), schedule(&whole, 1, layers, h, 0.5));
    }
}

/* Keys that a query sees on average. */
static double visible(const struct run_phase *p)
{
    if (!p->window || p->window >= p->length) return p->length / 2.0;
    return p->block ? p->window / 2.0 : p->window * (1 - p->window / 2.0 / p->length);
}

static void run_row(const struct run_facts *r, struct result *out)
{
    struct result_series *s = result_add(out, r->name);
    const double layers = r->model->num_hidden_layers, h = r->model->hidden_size;
    double tokens = 0, model = 0, model_full = 0;
    int longest = 0;
    for (int i = 0; i < r->n_phases; i++) {
        tokens += r->phase[i].tokens;
        if (r->phase[i].length > longest) longest = r->phase[i].length;
        model += r->phase[i].tokens * model_flops_per_token(r->model, visible(&r->phase[i]));
    }
    model_full = tokens * model_flops_per_token(r->model, longest / 2.0);
    const struct run_phase whole = {.tokens = tokens, .length = longest};
    result_real(out, s, "tokens", tokens);
    put(out, s, schedule(r->phase, r->n_phases, layers, h, 1),
        schedule(r->phase, r->n_phases, layers, h, 0.5), schedule(&whole, 1, layers, h, 1),
        schedule(&whole, 1, layers, h, 0.5));
    result_real(out, s, "flops_model", model);
    result_real(out, s, "saving_model", 1 - model / model_full);
}

static int run(const void *opts, const struct run_facts *runs, int n_runs, struct result *out,
               struct error *e)
{
    const struct flops_opts *o = opts;
    if (o->at.n > RESULT_SERIES)
        return error_set(e, E_USAGE, "%d curricula, at most %d", o->at.n, RESULT_SERIES);
    for (int i = 0; i < n_runs; i++) run_row(&runs[i], out);
    if (!n_runs) paper_rows(o, out);
    return OK;
}

const struct analysis_type analysis_flops = {
    .v = {.name = "flops",
          .summary = "what a curriculum of row lengths costs and saves, in FLOPs",
          .paper = "arXiv:2309.16039",
          .schema = &flops_schema},
    .wants = RUN_SCHEDULE,
    .run = run,
};
