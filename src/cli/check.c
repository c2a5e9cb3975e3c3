/* check.c -- what a configuration means, before anything is trained. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/check.h"
#include "src/cli/mix_table.h"
#include "src/cli/verbs.h"
#include "src/train/sizes.h"

/* ---- gathering ---- */

static int measure(struct check *c, struct error *e)
{
    const struct run_sizes sizes = run_sizes(&c->run);
    c->longest = sizes.longest;
    c->micro_tokens = sizes.micro_tokens;
    return run_memory(&c->run, &c->memory, &c->batches, e);
}

static int gather(struct check *c, const char *path, int n, char *const *overrides, struct error *e)
{
    TRY(run_config_load(&c->conf, &c->run, path, n, overrides, e));
    TRY(data_open(&c->data, &c->run.data, (uint64_t)c->run.seed, e));
    if (!c->run.model.vocab_size) c->run.model.vocab_size = data_vocab_size(c->data);
    if (c->run.model.vocab_size < data_vocab_size(c->data))
        return error_set(e, E_USAGE, "vocab_size %d is less than the tokenizer's %d tokens",
                         c->run.model.vocab_size, data_vocab_size(c->data));
    TRY(model_config_resolve(&c->run.model, e));
    TRY(check_gather_schedule(c, e));
    TRY(mix_plan_run(&c->mix, c->data, &c->timeline, e));
    TRY(mix_plan_check(&c->mix, c->data, e));
    return measure(c, e);
}

/* ---- printing ---- */

static void print_data(const struct check *c)
{
    const struct mixer_source *source;
    const int n = data_sources(c->data, &source);
    printf("\n# data\n%-24s %8s %10s %14s %12s %12s\n", "source", "weight", "documents",
           "train tokens", "dev", "test");
    for (int i = 0; i < n; i++)
        printf("%-24s %8.4g %10lld %14lld %12lld %12lld\n", source[i].name, source[i].weight,
               (long long)source[i].documents, (long long)data_tokens(c->data, i, SPLIT_TRAIN),
               (long long)data_tokens(c->data, i, SPLIT_DEV),
               (long long)data_tokens(c->data, i, SPLIT_TEST));
}

/* Sums over the schedule of the paper's two formulas. */
static void paper_flops(const struct check *c, double *full, double *causal)
{
    *full = *causal = 0;
    for (int i = 0; i < c->n; i++) {
        *full += c->segment[i].flops_paper;
        *causal += c->segment[i].flops_paper_causal;
    }
}

static void print_cost(const struct check *c)
{
    const struct model_config *m = &c->run.model;
    const double mib = 1 << 20;
    double paper, paper_causal;
    paper_flops(c, &paper, &paper_causal);
    printf("\n# cost\n");
    printf("parameters        %lld (%lld in products)\n", (long long)model_parameters(m),
           (long long)model_product_parameters(m));
    printf("memory            %.1f MiB parameters, gradients, moments, tables\n",
           (double)c->memory.parameters / mib);
    printf("                  %.1f MiB activations of %lld tokens at a time\n",
           (double)c->memory.activations / mib, (long long)c->micro_tokens);
    printf("                  %.1f MiB batches\n", (double)c->batches / mib);
    printf("FLOPs per token   %.4g at length %d\n", model_flops_per_token(m, c->longest / 2.0),
           c->longest);
    if (c->timeline.timed) return;
    printf("FLOPs in all      %.4g over %lld tokens (causal, windows counted)\n", c->timeline.flops,
           (long long)c->timeline.tokens);
    printf("                  %.4g by 72 L h^2 (1 + s/6h), %.4g by 72 L h^2 (1 + s/12h)\n", paper,
           paper_causal);
}

static int print_json(const struct check *c, struct error *e)
{
    struct jsn_out o;
    char id[13];
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    run_config_id(&c->run, data_fingerprint(c->data), id);
    jsn_put_string(&o, "id", id);
    jsn_put_int(&o, "parameters", model_parameters(&c->run.model));
    jsn_put_int(&o, "product_parameters", model_product_parameters(&c->run.model));
    jsn_put_int(&o, "tokens", c->timeline.tokens);
    jsn_put_uint(&o, "bytes_parameters", c->memory.parameters);
    jsn_put_uint(&o, "bytes_activations", c->memory.activations);
    jsn_put_double(&o, "flops_per_token", model_flops_per_token(&c->run.model, c->longest / 2.0));
    double paper, paper_causal;
    paper_flops(c, &paper, &paper_causal);
    jsn_put_uint(&o, "bytes_batches", c->batches);
    jsn_put_double(&o, "flops", c->timeline.flops);
    jsn_put_double(&o, "flops_paper", paper);
    jsn_put_double(&o, "flops_paper_causal", paper_causal);
    check_json_schedule(&o, c);
    mix_table_json(&o, &c->mix, c->data);
    const int status = check_json_encoding(&o, c, e);
    jsn_map_end(&o);
    if (!status) printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
    return status;
}

static int report(const struct check *c, bool json, struct error *e)
{
    if (json) return print_json(c, e);
    printf("# configuration\n");
    conf_write(stdout, &run_schema, &c->run, true);
    print_data(c);
    mix_table_print(&c->mix, c->data);
    check_print_schedule(c);
    print_cost(c);
    return check_print_encoding(c, e);
}

static int run_check(struct cli *c, struct error *e)
{
    bool json = false, time = false;
    const struct flag flags[] = {
        {"time", FLAG_BOOL, &time, 0, 0, NULL, "predict the time: a pass of each part is timed"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "schedule, cost and frequencies as one JSON object"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, -1, e));
    struct check *k = calloc(1, sizeof *k);
    if (!k) return error_set(e, E_MEMORY, "no memory");
    int status = gather(k, c->argv[0], c->argc - 1, c->argv + 1, e);
    if (!status && time) status = check_predict(k, e);
    if (!status) status = report(k, json, e);
    free(k->seconds);
    free(k->segment);
    mix_plan_close(&k->mix);
    timeline_close(&k->timeline);
    data_close(k->data);
    conf_close(k->conf);
    free(k);
    return status;
}

const struct verb verb_check = {
    .name = "check",
    .operands = "CONFIG.yaml [key=value ...]",
    .summary = "what a configuration means, without training",
    .help = "The resolved configuration, the data, the schedule of stages and row lengths, "
            "parameters,\nmemory, FLOPs, and the effective frequencies of the encoding. Everything "
            "that `train`\nwould refuse is refused here.\n\n"
            "examples:\n"
            "  ropewalk check configs/tiny.yaml\n"
            "  ropewalk check configs/tiny.yaml model.hidden_size=384 --time\n"
            "  ropewalk check configs/tiny.yaml 'position={type: linear, factor: 4}' --json",
    .run = run_check,
};
