/* check.c -- what a configuration means, before anything is trained. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/cli/verbs.h"
#include "src/data/data.h"
#include "src/model/model.h"
#include "src/train/config.h"
#include "src/train/schedule.h"

/* One rung of a stage's ladder, over the tokens that it is in force. */
struct segment {
    const char *stage;
    int64_t from, tokens, steps;
    struct rung rung;
    double lr_first, lr_last;
};

enum { SEGMENTS = 1024 };

struct plan_table {
    int n;
    struct segment segment[SEGMENTS];
};

struct check {
    struct conf *conf;
    struct run_config run;
    struct data *data;
    struct model_memory memory;
    int64_t micro_tokens;
    int longest;
    struct plan_table plan;
};

/* ---- gathering ---- */

static struct rung rung_at(const struct stage_config *s, int64_t inside)
{
    const struct length_type *t = (const struct length_type *)s->length.type;
    return t->at(s->length.opts, &(struct data_clock){.tokens = inside, .total = s->tokens});
}

static bool same_rung(struct rung a, struct rung b)
{
    return a.length == b.length && a.window == b.window && a.block == b.block;
}

/* Walks the run step by step, as training does: a stage ends with the step that reaches its budget.
 */
static void make_plan(struct check *c)
{
    const struct run_config *run = &c->run;
    const int64_t step = run->optim.batch_tokens;
    struct segment *now = NULL;
    int64_t tokens = 0;
    for (int i = 0; i < run->stages.n; i++) {
        const struct stage_config *s = (const struct stage_config *)run->stages.v + i;
        for (int64_t inside = 0; inside < s->tokens; inside += step, tokens += step) {
            const int64_t left = s->tokens - inside, n = left < step ? left : step;
            const struct rung rung = rung_at(s, inside);
            if (inside == 0 || !same_rung(rung, now->rung)) {
                if (c->plan.n == SEGMENTS) return;
                now = &c->plan.segment[c->plan.n++];
                *now = (struct segment){.stage = s->name,
                                        .from = tokens,
                                        .rung = rung,
                                        .lr_first = schedule_lr(run, tokens, n)};
            }
            now->tokens += n;
            now->steps++;
            now->lr_last = schedule_lr(run, tokens, n);
            if (left < step) tokens -= step - left;
        }
    }
}

static int measure(struct check *c, struct error *e)
{
    const struct run_config *run = &c->run;
    c->longest = run_config_longest_row(run);
    c->micro_tokens = run->optim.micro_tokens ? run->optim.micro_tokens : run->optim.batch_tokens;
    const struct model_use use = {.gradients = true,
                                  .max_tokens = (int)c->micro_tokens,
                                  .max_length = c->longest,
                                  .train_length = c->longest};
    return model_measure(&run->model, &run->position, &use, &c->memory, e);
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
    make_plan(c);
    return measure(c, e);
}

/* FLOPs of the whole run: a row of T tokens sees T/2 keys on average, less under a window. */
static double total_flops(const struct check *c)
{
    double sum = 0;
    for (int i = 0; i < c->plan.n; i++) {
        const struct segment *s = &c->plan.segment[i];
        double visible = s->rung.length / 2.0;
        if (s->rung.window && s->rung.window < s->rung.length)
            visible = s->rung.block ? s->rung.window / 2.0
                                    : s->rung.window * (1 - s->rung.window / 2.0 / s->rung.length);
        sum += (double)s->tokens * model_flops_per_token(&c->run.model, visible);
    }
    return sum;
}

/* ---- printing ---- */

static void print_schedule(const struct check *c)
{
    printf("\n# schedule\n%-12s %12s %9s %6s %7s %7s %10s %10s\n", "stage", "tokens", "steps",
           "rows", "length", "window", "lr first", "lr last");
    for (int i = 0; i < c->plan.n; i++) {
        const struct segment *s = &c->plan.segment[i];
        const int64_t step = c->run.optim.batch_tokens;
        char window[32] = "-";
        if (s->rung.window)
            snprintf(window, sizeof window, "%d%s", s->rung.window, s->rung.block ? "b" : "");
        printf("%-12s %12lld %9lld %6lld %7d %7s %10.3g %10.3g\n", s->stage, (long long)s->tokens,
               (long long)s->steps, (long long)((step + s->rung.length - 1) / s->rung.length),
               s->rung.length, window, s->lr_first, s->lr_last);
    }
}

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

static void print_cost(const struct check *c)
{
    const struct model_config *m = &c->run.model;
    const double mib = 1 << 20, flops = total_flops(c);
    printf("\n# cost\n");
    printf("parameters        %lld (%lld in products)\n", (long long)model_parameters(m),
           (long long)model_product_parameters(m));
    printf("memory            %.1f MiB parameters, gradients, moments, tables\n",
           (double)c->memory.parameters / mib);
    printf("                  %.1f MiB activations of %lld tokens at a time\n",
           (double)c->memory.activations / mib, (long long)c->micro_tokens);
    printf("FLOPs per token   %.4g at length %d\n", model_flops_per_token(m, c->longest / 2.0),
           c->longest);
    printf("FLOPs in all      %.4g over %lld tokens\n", flops,
           (long long)run_config_tokens(&c->run));
}

/* Layers with the same frequencies stand together. */
static void print_frequencies(const struct check *c, const struct model *m)
{
    const int layers = c->run.model.num_hidden_layers, width = c->run.model.head_dim;
    double *now = calloc((size_t)width, sizeof *now), *before = calloc((size_t)width, sizeof *now);
    double magnitude, old_magnitude = 0;
    int pairs = -1;
    printf("\n# frequencies at length %d (head 0)\n", c->longest);
    for (int l = 0; l < layers && now && before; l++) {
        const int n = model_frequencies(m, l, c->longest, now, &magnitude);
        if (n == pairs && magnitude == old_magnitude &&
            memcmp(now, before, (size_t)n * sizeof *now) == 0)
            continue;
        printf(n ? "layers %d..: %d pairs, magnitude %.6g\n" : "layers %d..: nothing rotates\n", l,
               n, magnitude);
        for (int i = 0; i < n; i++)
            printf("  pair %-4d inv_freq %-12.6g wavelength %-12.6g turns %.4g\n", i, now[i],
                   2 * M_PI / now[i], c->longest * now[i] / (2 * M_PI));
        pairs = n;
        old_magnitude = magnitude;
        memcpy(before, now, (size_t)width * sizeof *now);
    }
    free(now);
    free(before);
}

static void json_plan(struct jsn_out *o, const struct check *c)
{
    jsn_array_begin(o, "schedule");
    for (int i = 0; i < c->plan.n; i++) {
        const struct segment *s = &c->plan.segment[i];
        jsn_map_begin(o, NULL);
        jsn_put_string(o, "stage", s->stage);
        jsn_put_int(o, "from", s->from);
        jsn_put_int(o, "tokens", s->tokens);
        jsn_put_int(o, "steps", s->steps);
        jsn_put_int(o, "length", s->rung.length);
        jsn_put_int(o, "window", s->rung.window);
        jsn_put_double(o, "lr_first", s->lr_first);
        jsn_put_double(o, "lr_last", s->lr_last);
        jsn_map_end(o);
    }
    jsn_array_end(o);
}

static void json_frequencies(struct jsn_out *o, const struct check *c, const struct model *m)
{
    double *w = calloc((size_t)c->run.model.head_dim, sizeof *w), magnitude = 1;
    jsn_array_begin(o, "layers");
    for (int l = 0; l < c->run.model.num_hidden_layers && w; l++) {
        const int n = model_frequencies(m, l, c->longest, w, &magnitude);
        jsn_map_begin(o, NULL);
        jsn_array_begin(o, "inv_freq");
        for (int i = 0; i < n; i++) jsn_put_double(o, NULL, w[i]);
        jsn_array_end(o);
        jsn_put_double(o, "magnitude", magnitude);
        jsn_map_end(o);
    }
    jsn_array_end(o);
    free(w);
}

static void print_json(const struct check *c, const struct model *m)
{
    struct jsn_out o;
    char id[13];
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    run_config_id(&c->run, data_fingerprint(c->data), id);
    jsn_put_string(&o, "id", id);
    jsn_put_int(&o, "parameters", model_parameters(&c->run.model));
    jsn_put_int(&o, "product_parameters", model_product_parameters(&c->run.model));
    jsn_put_int(&o, "tokens", run_config_tokens(&c->run));
    jsn_put_uint(&o, "bytes_parameters", c->memory.parameters);
    jsn_put_uint(&o, "bytes_activations", c->memory.activations);
    jsn_put_double(&o, "flops_per_token", model_flops_per_token(&c->run.model, c->longest / 2.0));
    jsn_put_double(&o, "flops", total_flops(c));
    json_plan(&o, c);
    json_frequencies(&o, c, m);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static int report(const struct check *c, bool json, struct error *e)
{
    struct model *m;
    const struct model_use use = {
        .max_tokens = 1, .max_length = c->longest, .train_length = c->longest};
    TRY(model_open(&m, &c->run.model, &c->run.position, &use, e));
    if (json) {
        print_json(c, m);
    } else {
        printf("# configuration\n");
        conf_write(stdout, &run_schema, &c->run, true);
        print_data(c);
        print_schedule(c);
        print_cost(c);
        print_frequencies(c, m);
    }
    model_close(m);
    return OK;
}

static int run_check(struct cli *c, struct error *e)
{
    bool json = false;
    const struct flag flags[] = {
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "schedule, cost and frequencies as one JSON object"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, -1, e));
    struct check *k = calloc(1, sizeof *k);
    if (!k) return error_set(e, E_MEMORY, "no memory");
    int status = gather(k, c->argv[0], c->argc - 1, c->argv + 1, e);
    if (!status) status = report(k, json, e);
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
            "  ropewalk check configs/tiny.yaml model.hidden_size=384 optim.lr=6e-4\n"
            "  ropewalk check configs/tiny.yaml 'position={type: linear, factor: 4}' --json",
    .run = run_check,
};
