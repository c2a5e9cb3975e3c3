/* eval.c -- held-out loss of a model: per source, and by position in powers of two. */
#include "src/eval/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/cli/model_source.h"
#include "src/cli/verbs.h"

enum { PASS_TOKENS = 4096 };

struct evaluation {
    struct model_source source;
    struct conf *run_conf, *position_conf;
    struct run_config run;
    struct conf_variants position; /* n 0: as trained */
    struct data *data;
    struct model *model;
    int length, n_sources;
    int64_t tokens;
    enum split split;
    const struct mixer_source *sources;
    struct loss_table *table; /* [n_sources] */
};

struct position_option {
    struct conf_variants position;
};

static const struct conf_field position_fields[] = {
    CONF_VARIANTS(struct position_option, position, &position_registry, "position encoding"),
    CONF_END,
};
static const struct conf_schema position_schema = {"position", sizeof(struct position_option),
                                                   position_fields};

/* --position: the value of the key of the same name. */
static int read_position(struct evaluation *v, const char *yaml, struct error *e)
{
    struct position_option option;
    const size_t size = strlen(yaml) + 32;
    char *text = malloc(size);
    if (!text) return error_set(e, E_MEMORY, "no memory");
    snprintf(text, size, "position: %s\n", yaml);
    const int status = conf_open_text(&v->position_conf, "--position", text, e);
    free(text);
    TRY(status);
    conf_bind(v->position_conf, &position_schema, &option);
    TRY(conf_finish(v->position_conf, e));
    v->position = option.position;
    return OK;
}

static int open_data(struct evaluation *v, const char *config, struct error *e)
{
    const char *path = config ? config : v->source.config;
    if (!*path)
        return error_set(e, E_USAGE,
                         "'%s' belongs to no run: --data CONFIG.yaml says what to evaluate on",
                         v->source.dir);
    TRY(run_config_load(&v->run_conf, &v->run, path, 0, NULL, e));
    TRY(data_open(&v->data, &v->run.data, (uint64_t)v->run.seed, e));
    if (data_vocab_size(v->data) > v->source.hf.config.vocab_size)
        return error_set(e, E_USAGE, "the tokenizer has %d tokens, the model only %d",
                         data_vocab_size(v->data), v->source.hf.config.vocab_size);
    v->n_sources = data_sources(v->data, &v->sources);
    return OK;
}

static int evaluate(struct evaluation *v, struct error *e)
{
    const int batch = v->length > PASS_TOKENS ? v->length : PASS_TOKENS / v->length * v->length;
    TRY(model_source_load(&v->model, &v->source, v->position.n ? &v->position : NULL, batch,
                          v->length, e));
    v->table = calloc((size_t)v->n_sources, sizeof *v->table);
    if (!v->table) return error_set(e, E_MEMORY, "no memory for a table");
    for (int s = 0; s < v->n_sources; s++)
        TRY(eval_loss(v->model, v->data, s, v->split, v->length, v->tokens, batch, &v->table[s],
                      e));
    return OK;
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

static void print_text(const struct evaluation *v)
{
    int last = 0;
    printf("%-16s", "position");
    for (int s = 0; s < v->n_sources; s++) {
        printf(" %14.14s", v->sources[s].name);
        for (int k = 0; k < LOSS_BUCKETS; k++)
            if (v->table[s].bucket_targets[k] && k > last) last = k;
    }
    putchar('\n');
    for (int k = 0; k <= last; k++) {
        char range[40];
        snprintf(range, sizeof range, k > 1 ? "%d-%d" : "%d", bucket_first(k), (1 << k) - 1);
        printf("%-16s", range);
        for (int s = 0; s < v->n_sources; s++)
            printf(" %14.4f", mean(v->table[s].bucket_sum[k], v->table[s].bucket_targets[k]));
        putchar('\n');
    }
    printf("%-16s", "all");
    for (int s = 0; s < v->n_sources; s++)
        printf(" %14.4f", mean(v->table[s].sum, v->table[s].targets));
    putchar('\n');
}

static void json_source(struct jsn_out *o, const struct evaluation *v, int s)
{
    const struct loss_table *t = &v->table[s];
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "source", v->sources[s].name);
    jsn_put_double(o, "loss", mean(t->sum, t->targets));
    jsn_put_int(o, "targets", t->targets);
    jsn_array_begin(o, "by_position");
    for (int k = 0; k < LOSS_BUCKETS; k++) {
        if (!t->bucket_targets[k]) continue;
        jsn_map_begin(o, NULL);
        jsn_put_int(o, "first", bucket_first(k));
        jsn_put_int(o, "last", (1 << k) - 1);
        jsn_put_double(o, "loss", mean(t->bucket_sum[k], t->bucket_targets[k]));
        jsn_put_int(o, "targets", t->bucket_targets[k]);
        jsn_map_end(o);
    }
    jsn_array_end(o);
    jsn_map_end(o);
}

static void print_json(const struct evaluation *v)
{
    struct jsn_out o;
    double sum = 0;
    int64_t targets = 0;
    for (int s = 0; s < v->n_sources; s++) {
        sum += v->table[s].sum;
        targets += v->table[s].targets;
    }
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "model", v->source.dir);
    jsn_put_string(&o, "split", v->split == SPLIT_TEST ? "test" : "dev");
    jsn_put_int(&o, "length", v->length);
    jsn_put_int(&o, "train_length", v->source.hf.max_position_embeddings);
    jsn_put_double(&o, "loss", mean(sum, targets));
    jsn_array_begin(&o, "sources");
    for (int s = 0; s < v->n_sources; s++) json_source(&o, v, s);
    jsn_array_end(&o);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static int choose_split(struct evaluation *v, const char *name, struct error *e)
{
    if (strcmp(name, "dev") && strcmp(name, "test"))
        return error_set(e, E_USAGE, "eval: --split '%s' is neither dev nor test", name);
    v->split = strcmp(name, "dev") ? SPLIT_TEST : SPLIT_DEV;
    return OK;
}

static int run_eval(struct cli *c, struct error *e)
{
    int64_t length = 0, tokens = 0;
    const char *split = "dev", *position = NULL, *config = NULL, *task = "loss_by_position";
    bool json = false;
    const struct flag flags[] = {
        {"length", FLAG_INT, &length, 1, 1 << 24, "N", "row length; default: the run's longest"},
        {"tokens", FLAG_INT, &tokens, 1, 1e12, "N", "tokens per source; default eval.tokens"},
        {"split", FLAG_STRING, &split, 0, 0, "dev|test", "held-out documents to use; default dev"},
        {"position", FLAG_STRING, &position, 0, 0, "YAML", "another encoding than the trained one"},
        {"data", FLAG_STRING, &config, 0, 0, "CONFIG.yaml", "take the data from this run's file"},
        {"task", FLAG_STRING, &task, 0, 0, "NAME", "default loss_by_position"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "one JSON object"},
        {0},
    };
    struct evaluation v = {0};
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(choose_split(&v, split, e));
    if (strcmp(task, "loss_by_position"))
        return error_set(e, E_USAGE, "eval: unknown task '%s' (valid: loss_by_position)", task);
    TRY(model_source_open(&v.source, c, c->argv[0], e));
    int status = position ? read_position(&v, position, e) : OK;
    if (!status) status = open_data(&v, config, e);
    if (!status) {
        v.length = length              ? (int)length
                   : v.run.eval.length ? v.run.eval.length
                                       : run_config_longest_row(&v.run);
        v.tokens = tokens ? tokens : v.run.eval.tokens;
        status = evaluate(&v, e);
    }
    if (!status && json) print_json(&v);
    if (!status && !json) print_text(&v);
    free(v.table);
    model_close(v.model);
    data_close(v.data);
    conf_close(v.run_conf);
    conf_close(v.position_conf);
    model_source_close(&v.source);
    return status;
}

const struct verb verb_eval = {
    .name = "eval",
    .operands = "MODEL",
    .summary = "held-out loss per source and by position",
    .help = "MODEL is a run, a checkpoint, or a Hugging Face Llama directory (with --data). Prints "
            "the\nmean loss in nats per token of each source, by position in the row in powers of "
            "two,\nso that a row of the table says what a context of that size is worth.\n\n"
            "examples:\n"
            "  ropewalk eval runs/0123456789ab\n"
            "  ropewalk eval runs/0123456789ab --length 4096 --split test --json\n"
            "  ropewalk eval runs/0123456789ab --length 4096 --position '{type: linear, factor: "
            "4}'",
    .run = run_eval,
};
