/* flops.c -- what a curriculum of row lengths costs.
 *
 * The counts are those of src/model/flops.h: `paper` and `paper_causal` per token of rows of s
 * tokens, summed over the schedule; a saving is against the longest rows throughout. Without
 * config=FILE it is the table of Xiong et al. 2023, arXiv:2309.16039, section 4.4: 32 layers, width
 * 4096, 100,000 steps of 2^22 tokens, rows of 4096 and then 32,768 after 20, 40, 80 % of training.
 * With it the schedule and the shape are the run's, and flops_model is the causal count of its own
 * parameters. */

#include "src/model/flops.h"
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

static double cost(const struct run_phase *p, int n, double layers, double h,
                   double (*per_token)(double layers, double hidden, double length))
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        const double keys = p[i].window && p[i].window < p[i].length ? p[i].window : p[i].length;
        sum += p[i].tokens * per_token(layers, h, keys);
    }
    return sum;
}

/* flops_text: as the paper prints it. */
static void put(const struct run_phase *p, int n, const struct run_phase *whole, double layers,
                double h, struct result *out, struct result_series *s)
{
    const double paper = cost(p, n, layers, h, flops_paper),
                 causal = cost(p, n, layers, h, flops_paper_causal);
    result_real(out, s, "flops", paper);
    result_fact_text(out, s, "flops_text", result_text(out, "%.3e", paper));
    result_real(out, s, "saving", 1 - paper / cost(whole, 1, layers, h, flops_paper));
    result_real(out, s, "flops_causal", causal);
    result_real(out, s, "saving_causal",
                1 - causal / cost(whole, 1, layers, h, flops_paper_causal));
}

static void paper_rows(const struct flops_opts *o, struct result *out)
{
    const double tokens = (double)o->steps * (double)o->batch_tokens;
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
        put(phase, 2, &whole, o->num_hidden_layers, o->hidden_size, out, s);
    }
}

static void run_row(const struct run_facts *r, struct result *out)
{
    struct result_series *s = result_add(out, r->name);
    struct run_phase whole = {0};
    double model = 0;
    for (int i = 0; i < r->n_phases; i++) {
        const struct run_phase *p = &r->phase[i];
        const enum window_kind kind = !p->window ? WINDOW_NONE
                                      : p->block ? WINDOW_BLOCK
                                                 : WINDOW_SLIDING;
        whole.tokens += p->tokens;
        if (p->length > whole.length) whole.length = p->length;
        model += p->tokens * flops_causal(r->model, p->length, kind, p->window);
    }
    result_real(out, s, "tokens", whole.tokens);
    put(r->phase, r->n_phases, &whole, r->model->num_hidden_layers, r->model->hidden_size, out, s);
    result_real(out, s, "flops_model", model);
    result_real(out, s, "saving_model",
                1 - model / (whole.tokens * flops_causal(r->model, whole.length, WINDOW_NONE, 0)));
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
