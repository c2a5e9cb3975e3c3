/* eval.c -- measure a model by tasks: see `ropewalk list tasks`. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/cli/eval.h"
#include "src/cli/verbs.h"
#include "src/lab/run_record.h"
#include "src/train/checkpoint.h"

enum { PASS_TOKENS = 4096, MODELS_MOST = 64 };

static const struct conf_field override_fields[] = {
    CONF_VARIANTS(struct eval_override, position, &position_registry, "position encoding"),
    CONF_INT(struct eval_override, length, 0, 0, 1 << 24, "row length"),
    CONF_END,
};
static const struct conf_schema override_schema = {"override", sizeof(struct eval_override),
                                                   override_fields};

static const struct conf_field option_fields[] = {
    CONF_VARIANTS(struct eval_options, position, &position_registry, "position encoding"),
    CONF_VARIANTS(struct eval_options, tasks, &task_registry, "what to measure"),
    CONF_LIST(struct eval_options, overrides, &override_schema, "encodings and lengths in turn"),
    CONF_END,
};
static const struct conf_schema option_schema = {"options", sizeof(struct eval_options),
                                                 option_fields};

/* --position, --task and --override: the values of the keys of these names. */
static int read_options(struct evaluation *v, const char *task, const char *override,
                        struct error *e)
{
    const size_t size = strlen(task) + (v->position ? strlen(v->position) : 0) +
                        (override ? strlen(override) : 0) + 64;
    char *text = malloc(size);
    if (!text) return error_set(e, E_MEMORY, "no memory");
    snprintf(text, size, "tasks: %s\n%s%s\n%s%s\n", task, v->position ? "position: " : "",
             v->position ? v->position : "", override ? "overrides: " : "",
             override ? override : "");
    const int status = conf_open_text(&v->text_conf, "command line", text, e);
    free(text);
    TRY(status);
    conf_bind(v->text_conf, &option_schema, &v->options);
    for (int i = 0; i < v->options.tasks.n; i++)
        if (task_check_options(&v->options.tasks.v[i], e))
            conf_error(v->text_conf, conf_place(v->text_conf, &v->options.tasks.v[i]), NULL, "%s",
                       e->text);
    TRY(conf_finish(v->text_conf, e));
    if (v->options.tasks.n < 1 || v->options.tasks.n > TASKS_MOST)
        return error_set(e, E_USAGE, "eval: --task names %d tasks, from 1 to %d are possible",
                         v->options.tasks.n, TASKS_MOST);
    return OK;
}

static bool needs_data(const struct evaluation *v)
{
    bool needed = false;
    for (int i = 0; i < v->options.tasks.n; i++) needed |= task_needs_data(&v->options.tasks.v[i]);
    return needed;
}

/* The run's configuration, or that of --data, where there is one. */
static int open_run(struct evaluation *v, const char *config, struct error *e)
{
    const char *path = config ? config : v->source.config;
    v->at.train_length = v->at.length = v->source.hf.max_position_embeddings;
    v->at.tokens = 65536;
    if (!*path && !needs_data(v)) return OK;
    if (!*path)
        return error_set(e, E_USAGE,
                         "'%s' belongs to no run: --data CONFIG.yaml says what to evaluate on",
                         v->source.dir);
    snprintf(v->config, sizeof v->config, "%s", path);
    TRY(run_config_load(&v->run_conf, &v->run, path, 0, NULL, e));
    v->at.length = v->run.eval.length ? v->run.eval.length : run_config_longest_row(&v->run);
    v->at.tokens = v->run.eval.tokens;
    /* without data, bytes are tokens */
    const char *tokenizer = v->run.data.tokenizer;
    if (!needs_data(v) && (!tokenizer || !strcmp(tokenizer, "bytes"))) return OK;
    return data_open(&v->at.data, &v->run.data, (uint64_t)v->run.seed, e);
}

static int evaluate(struct evaluation *v, struct error *e)
{
    const int longest = task_reach(&v->options.tasks, &v->at) + (v->at.bos != NULL);
    if (v->at.bos && v->bos >= v->source.hf.config.vocab_size)
        return error_set(e, E_USAGE, "eval: --bos %d is no token of a vocabulary of %d", v->bos,
                         v->source.hf.config.vocab_size);
    if (v->at.data && data_vocab_size(v->at.data) > v->source.hf.config.vocab_size)
        return error_set(e, E_USAGE, "the tokenizer has %d tokens, the model only %d",
                         data_vocab_size(v->at.data), v->source.hf.config.vocab_size);
    v->at.max_tokens = longest > PASS_TOKENS ? longest : PASS_TOKENS / longest * longest;
    TRY(model_source_load(&v->at.model, &v->source,
                          v->options.position.n ? &v->options.position : NULL, v->at.max_tokens,
                          longest, e));
    const char *idle = v->options.position.n ? model_scales_nothing(v->at.model, longest) : NULL;
    if (idle)
        return error_set(
            e, E_USAGE,
            "encoding '%s' is plain rope at every length of this evaluation, up to %d: "
            "say `type: rope` if that is what you mean",
            idle, longest);
    v->dependent = model_length_dependent(v->at.model);
    for (int i = 0; i < v->options.tasks.n; i++)
        TRY(task_run(&v->options.tasks.v[i], &v->at, &v->result[i], e));
    return OK;
}

static int choose_split(struct evaluation *v, const char *name, struct error *e)
{
    if (strcmp(name, "dev") && strcmp(name, "test"))
        return error_set(e, E_USAGE, "eval: --split '%s' is neither dev nor test", name);
    v->at.split = strcmp(name, "dev") ? SPLIT_TEST : SPLIT_DEV;
    return OK;
}

static void clear_results(struct evaluation *v)
{
    for (int i = 0; i < TASKS_MOST; i++) findings_close(&v->result[i]);
}

/* "yarn + logn", as the stack is named where it was not typed as one string. */
static void name_stack(struct evaluation *v)
{
    size_t n = 0;
    *v->stack = 0;
    for (int i = 0; i < v->options.position.n && n < sizeof v->stack; i++)
        n += (size_t)snprintf(v->stack + n, sizeof v->stack - n, "%s%s", i ? " + " : "",
                              v->options.position.v[i].type->name);
}

/* How results are to be given. */
struct output {
    const char *out; /* folder, or NULL */
    bool json, tsv;
};

/* Into OUT, or a folder of it with a name and a number. */
static int give(const struct evaluation *v, const struct output *o, const char *name, int number,
                struct error *e)
{
    char dir[4096];
    if (o->out) {
        snprintf(dir, sizeof dir, number > 0 ? "%.4000s/%s-%d" : "%.4000s", o->out, name, number);
        TRY(eval_write_files(v, dir, e));
    }
    eval_print(v, o->json, o->tsv);
    return OK;
}

/* Each override on its own, in order; with JSON an array of them. */
static int evaluate_overrides(struct evaluation *v, const struct output *o, struct error *e)
{
    const struct eval_override *one = v->options.overrides.v;
    const int length = v->at.length;
    if (o->json) putchar('[');
    for (int k = 0; k < v->options.overrides.n; k++) {
        v->turn = k + 1;
        v->options.position = one[k].position;
        v->at.length = one[k].length ? one[k].length : length;
        name_stack(v);
        if (k) puts(o->json ? "," : "");
        TRY(evaluate(v, e));
        TRY(give(v, o, "override", v->turn, e));
        clear_results(v);
        model_close(v->at.model);
        v->at.model = NULL;
    }
    if (o->json) puts("]");
    return OK;
}

static void close_model(struct evaluation *v)
{
    model_close(v->at.model);
    model_source_close(&v->source);
    v->at.model = NULL;
}

struct eval_flags {
    int64_t length, tokens, seed, bos;
    const char *split, *position, *config, *task, *override;
    struct output output;
};

/* Keys in which the seeds of one arm may differ: names, places, pace, and what each goes on from. */
static bool may_differ(const char *key)
{
    static const char *const names[] = {"seed", "name", "runs", "threads"};
    static const char *const sections[] = {"checkpoint.", "init_from.", "fork_from."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(key, names[i])) return true;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (!strncmp(key, sections[i], strlen(sections[i]))) return true;
    const char *dot = strrchr(key, '.');
    return !strncmp(key, "stages[", 7) && dot && !strcmp(dot, ".name");
}

/* Every key of a has in b the same words; E_USAGE with the first that has not. */
static int same_keys(const struct run_facts_list *a, const struct run_facts_list *b,
                     const char *of_a, const char *of_b, struct error *e)
{
    for (int i = 0; i < a->n; i++) {
        const struct run_fact *own = &a->v[i], *other = run_fact_find(b, own->key);
        if (may_differ(own->key) || (other && !strcmp(own->text, other->text))) continue;
        return error_set(e, E_USAGE,
                         "eval: several models are the seeds of one arm, and differ in nothing "
                         "else: '%s' has %s %s, '%s' %s",
                         of_a, own->key, own->text, of_b, other ? other->text : "none");
    }
    return OK;
}

/* The recorded configurations of the first operand and of operand i, where both are of runs. */
static int check_one_arm(const struct evaluation *v, const struct cli *c, int i, struct error *e)
{
    struct run_facts_list a = {0}, b = {0};
    if (!*v->first_config || !*v->source.config) return OK;
    int status = run_facts_yaml(&a, v->first_config, e);
    if (!status) status = run_facts_yaml(&b, v->source.config, e);
    if (!status) status = same_keys(&a, &b, c->argv[0], c->argv[i], e);
    if (!status) status = same_keys(&b, &a, c->argv[i], c->argv[0], e);
    run_facts_close(&a);
    run_facts_close(&b);
    return status;
}

/* Operand i. All are measured on the data of the first: generated text differs from seed to seed. */
static int open_model(struct evaluation *v, struct cli *c, const struct eval_flags *f, int i,
                      struct error *e)
{
    TRY(model_source_open(&v->source, c, c->argv[i], e));
    if (i > 0 && v->source.hf.max_position_embeddings == v->at.train_length)
        return check_one_arm(v, c, i, e);
    if (i > 0)
        return error_set(e, E_USAGE,
                         "eval: '%s' was trained at %d tokens, '%s' at %d: several models are the "
                         "seeds of one arm",
                         c->argv[0], v->at.train_length, c->argv[i],
                         v->source.hf.max_position_embeddings);
    snprintf(v->first_config, sizeof v->first_config, "%s", v->source.config);
    TRY(open_run(v, f->config, e));
    if (f->length) v->at.length = (int)f->length;
    if (f->tokens) v->at.tokens = f->tokens;
    return OK;
}

/* The tasks of n models together; `kept` holds the results of each. */
static int pool(struct evaluation *v, const struct findings (*kept)[TASKS_MOST], int n,
                const struct output *o, struct error *e)
{
    const struct findings *of[MODELS_MOST];
    v->model = -1;
    v->dependent = NULL;
    for (int i = 0; i < v->options.tasks.n; i++) {
        for (int k = 0; k < n; k++) of[k] = &kept[k][i];
        TRY(task_pool(&v->options.tasks.v[i], &v->at, of, n, &v->result[i], e));
    }
    return give(v, o, NULL, 0, e);
}

/* A model beside itself would count as two seeds that agree: a run, its last checkpoint and a link to
 * either are one. */
static int check_distinct(const struct cli *c, struct error *e)
{
    char *dir[MODELS_MOST] = {NULL}, found[4096];
    int status = OK;
    for (int i = 0; i < c->argc && !status; i++) {
        status = checkpoint_find_model(c->argv[i], found, sizeof found, e);
        if (!status && !(dir[i] = realpath(found, NULL)))
            status = error_set(e, E_IO, "cannot resolve '%s'", found);
        for (int k = 0; k < i && !status; k++)
            if (!strcmp(dir[i], dir[k]))
                status = error_set(e, E_USAGE,
                                   "eval: '%s' is named twice, as '%s': several models are the "
                                   "seeds of one arm",
                                   c->argv[k], c->argv[i]);
    }
    for (int i = 0; i < c->argc; i++) free(dir[i]);
    return status;
}

/* Each model on its own, in order, and all together; with JSON an array of them. */
static int evaluate_models(struct evaluation *v, struct cli *c, const struct eval_flags *f,
                           struct error *e)
{
    const struct output *o = &f->output;
    TRY(check_distinct(c, e));
    struct findings(*kept)[TASKS_MOST] = calloc((size_t)c->argc, sizeof *kept);
    int status = kept ? OK : error_set(e, E_MEMORY, "no memory for %d results", c->argc);
    v->at.pooled = true;
    if (o->json) putchar('[');
    for (int i = 0; i < c->argc && !status; i++) {
        v->model = i + 1;
        status = open_model(v, c, f, i, e);
        if (!status) status = evaluate(v, e);
        if (!status) status = give(v, o, "model", v->model, e);
        if (!status) puts(o->json ? "," : "");
        memcpy(kept[i], v->result, sizeof v->result);
        memset(v->result, 0, sizeof v->result);
        close_model(v);
    }
    if (!status) status = pool(v, (const struct findings(*)[TASKS_MOST])kept, c->argc, o, e);
    if (o->json && !status) puts("]");
    for (int i = 0; kept && i < c->argc; i++)
        for (int k = 0; k < TASKS_MOST; k++) findings_close(&kept[i][k]);
    free(kept);
    return status;
}

static int evaluate_all(struct evaluation *v, struct cli *c, const struct eval_flags *f,
                        struct error *e)
{
    v->position = f->position;
    v->at.seed = (uint64_t)f->seed;
    v->bos = (int32_t)f->bos;
    if (f->bos >= 0) v->at.bos = &v->bos;
    TRY(choose_split(v, f->split, e));
    TRY(read_options(v, f->task, f->override, e));
    if (f->position && f->override)
        return error_set(e, E_USAGE, "eval: --position and --override exclude each other");
    if (f->override && c->argc > 1)
        return error_set(e, E_USAGE, "eval: --override takes one model");
    if (f->position) snprintf(v->stack, sizeof v->stack, "%s", f->position);
    if (c->argc > 1) return evaluate_models(v, c, f, e);
    TRY(open_model(v, c, f, 0, e));
    if (v->options.overrides.n) return evaluate_overrides(v, &f->output, e);
    TRY(evaluate(v, e));
    return give(v, &f->output, NULL, 0, e);
}

static int run_eval(struct cli *c, struct error *e)
{
    struct eval_flags f = {.bos = -1, .split = "dev", .task = "loss_by_position"};
    const struct flag flags[] = {
        {"task", FLAG_STRING, &f.task, 0, 0, "NAME|YAML",
         "a name, a map with options, or a list of them; default loss_by_position"},
        {"length", FLAG_INT, &f.length, 1, 1 << 24, "N", "row length; default: the run's longest"},
        {"tokens", FLAG_INT, &f.tokens, 1, 1e12, "N", "tokens per source; default eval.tokens"},
        {"split", FLAG_STRING, &f.split, 0, 0, "dev|test",
         "held-out documents to use; default dev"},
        {"position", FLAG_STRING, &f.position, 0, 0, "YAML",
         "another encoding than the trained one"},
        {"override", FLAG_STRING, &f.override, 0, 0, "YAML",
         "list of {position, length}: each is evaluated and reported on its own"},
        {"data", FLAG_STRING, &f.config, 0, 0, "CONFIG.yaml", "take the data from this run's file"},
        {"seed", FLAG_INT, &f.seed, 0, 9e15, "N", "of what the tasks draw; default 0"},
        {"bos", FLAG_INT, &f.bos, 0, INT32_MAX, "ID",
         "token that stands before every text, for models trained so; default none"},
        {"out", FLAG_STRING, &f.output.out, 0, 0, "DIR",
         "write DIR/TASK.json and DIR/TASK.tsv too"},
        {"json", FLAG_BOOL, &f.output.json, 0, 0, NULL, "one JSON object"},
        {"tsv", FLAG_BOOL, &f.output.tsv, 0, 0, NULL, "tab-separated tables, numbers in full"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, MODELS_MOST, e));
    struct evaluation *v = calloc(1, sizeof *v);
    if (!v) return error_set(e, E_MEMORY, "no memory");
    const int status = evaluate_all(v, c, &f, e);
    clear_results(v);
    close_model(v);
    data_close(v->at.data);
    conf_close(v->run_conf);
    conf_close(v->text_conf);
    free(v);
    return status;
}

const struct verb verb_eval = {
    .name = "eval",
    .operands = "MODEL...",
    .summary = "measure a model: loss by position and by context, retrieval, attention",
    .help =
        "MODEL is a run, a checkpoint, or a Hugging Face Llama directory (with --data where a task "
        "reads\nheld-out text). `ropewalk list tasks --options` says what there is. The default "
        "prints the mean loss in\nnats per token of each source, by position in the row in powers "
        "of two.\nSeveral models are taken for the seeds of one arm: each is evaluated, then all "
        "of them are pooled.\n\n"
        "examples:\n"
        "  ropewalk eval runs/0123456789ab\n"
        "  ropewalk eval runs/0123456789ab --task '[passkey, mqar]' --out results\n"
        "  ropewalk eval runs/0123456789ab --task '{type: key_value, lengths: [256, 2048]}' "
        "--json\n"
        "  ropewalk eval runs/0123456789ab --length 4096 --position '{type: linear, factor: 4}'\n"
        "  ropewalk eval runs/0123456789ab --override '[{length: 2048}, {length: 2048, position: "
        "{type: yarn, factor: 4}}]'\n"
        "  ropewalk eval runs/0123456789ab runs/123456789abc runs/23456789abcd --task "
        "loss_by_context",
    .run = run_eval,
};
