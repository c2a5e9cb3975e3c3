/* eval.c -- measure a model by tasks: see `ropewalk list tasks`. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/cli/model_source.h"
#include "src/cli/verbs.h"
#include "src/eval/task.h"

enum { PASS_TOKENS = 4096, TASKS_MOST = 64 };

/* Another encoding or row length than the trained ones, reported on its own. */
struct override {
    struct conf_variants position; /* n 0: as trained */
    int length;                    /* 0: as without */
};

struct evaluation {
    struct model_source source;
    struct conf *run_conf, *text_conf;
    struct run_config run;
    struct eval_options {
        struct conf_variants position; /* n 0: as trained */
        struct conf_variants tasks;
        struct conf_list overrides; /* of struct override */
    } options;
    const char *position;  /* as typed */
    const char *dependent; /* a type whose tables depend on the length, or NULL */
    char stack[1024];      /* the encoding, where it is not the trained one */
    int turn;              /* which override, from 1; 0: there are none */
    struct eval_at at;
    struct findings result[TASKS_MOST];
};

static const struct conf_field override_fields[] = {
    CONF_VARIANTS(struct override, position, &position_registry, "position encoding"),
    CONF_INT(struct override, length, 0, 0, 1 << 24, "row length"),
    CONF_END,
};
static const struct conf_schema override_schema = {"override", sizeof(struct override),
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
    TRY(run_config_load(&v->run_conf, &v->run, path, 0, NULL, e));
    v->at.length = v->run.eval.length ? v->run.eval.length : run_config_longest_row(&v->run);
    v->at.tokens = v->run.eval.tokens;
    /* without data, bytes are tokens */
    const char *tokenizer = v->run.data.tokenizer;
    if (!needs_data(v) && (!tokenizer || !strcmp(tokenizer, "bytes"))) return OK;
    TRY(data_open(&v->at.data, &v->run.data, (uint64_t)v->run.seed, e));
    if (data_vocab_size(v->at.data) > v->source.hf.config.vocab_size)
        return error_set(e, E_USAGE, "the tokenizer has %d tokens, the model only %d",
                         data_vocab_size(v->at.data), v->source.hf.config.vocab_size);
    return OK;
}

static int evaluate(struct evaluation *v, struct error *e)
{
    const int longest = task_reach(&v->options.tasks, &v->at);
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

/* ---- output ---- */

static void put_head(struct jsn_out *o, const struct evaluation *v)
{
    jsn_put_string(o, "model", v->source.dir);
    if (v->turn) jsn_put_int(o, "override", v->turn);
    if (*v->stack) jsn_put_string(o, "position", v->stack);
    if (v->turn) jsn_put_int(o, "length", v->at.length);
    if (v->dependent) {
        jsn_put_string(o, "length_dependent", v->dependent);
        jsn_put_string(o, "tables_built_for", "the longest row of each pass");
    }
    if (v->run_conf) jsn_put_string(o, "config", v->source.config);
    if (v->at.data) jsn_put_string(o, "data", data_fingerprint(v->at.data));
    jsn_put_int(o, "train_length", v->at.train_length);
}

/* All results, or the one of task `only`. */
static void to_json(struct jsn_out *o, const struct evaluation *v, int only)
{
    jsn_out_open(o, true);
    jsn_map_begin(o, NULL);
    put_head(o, v);
    jsn_array_begin(o, "results");
    for (int i = 0; i < v->options.tasks.n; i++) {
        if (only >= 0 && i != only) continue;
        jsn_map_begin(o, NULL);
        findings_json(&v->result[i], o);
        jsn_map_end(o);
    }
    jsn_array_end(o);
    jsn_map_end(o);
}

static void put_heading(FILE *f, const struct evaluation *v)
{
    if (v->turn) fprintf(f, "# override %d: length %d\n", v->turn, v->at.length);
    if (*v->stack) fprintf(f, "# position: %s\n", v->stack);
    if (v->dependent)
        fprintf(f, "# tables: those of %s are built for the longest row of each pass\n",
                v->dependent);
}

static void to_tsv(FILE *f, const struct evaluation *v, int i)
{
    fprintf(f, "# model: %s\n", v->source.dir);
    put_heading(f, v);
    findings_tsv(&v->result[i], f);
}

/* DIR/<task>.json and DIR/<task>.tsv; a second one of a name is <task>-2. */
static int write_files(const struct evaluation *v, const char *dir, struct error *e)
{
    TRY(file_make_directories(dir, e));
    for (int i = 0; i < v->options.tasks.n; i++) {
        const char *task = v->options.tasks.v[i].type->name;
        char name[128], path[4096];
        struct file_out f;
        struct jsn_out o;
        int same = 1;
        for (int k = 0; k < i; k++) same += !strcmp(v->options.tasks.v[k].type->name, task);
        snprintf(name, sizeof name, same > 1 ? "%s-%d.json" : "%s.json", task, same);
        TRY(file_join(path, sizeof path, dir, name, e));
        to_json(&o, v, i);
        int status = file_out_open(&f, path, e);
        if (!status) {
            fprintf(f.f, "%s\n", o.text);
            status = file_out_commit(&f, e);
        }
        jsn_out_close(&o);
        TRY(status);
        snprintf(name, sizeof name, same > 1 ? "%s-%d.tsv" : "%s.tsv", task, same);
        TRY(file_join(path, sizeof path, dir, name, e));
        TRY(file_out_open(&f, path, e));
        to_tsv(f.f, v, i);
        TRY(file_out_commit(&f, e));
    }
    return OK;
}

static void print(const struct evaluation *v, bool json, bool tsv)
{
    struct jsn_out o;
    if (json) {
        to_json(&o, v, -1);
        printf("%.*s\n", (int)o.length, o.text);
        jsn_out_close(&o);
        return;
    }
    if (!tsv) put_heading(stdout, v);
    for (int i = 0; i < v->options.tasks.n; i++) {
        if (i) putchar('\n');
        if (tsv)
            to_tsv(stdout, v, i);
        else
            findings_print(&v->result[i], stdout);
    }
}

static int choose_split(struct evaluation *v, const char *name, struct error *e)
{
    if (strcmp(name, "dev") && strcmp(name, "test"))
        return error_set(e, E_USAGE, "eval: --split '%s' is neither dev nor test", name);
    v->at.split = strcmp(name, "dev") ? SPLIT_TEST : SPLIT_DEV;
    return OK;
}

/* What one override leaves. */
static void clear_results(struct evaluation *v)
{
    for (int i = 0; i < TASKS_MOST; i++) {
        findings_close(&v->result[i]);
        v->result[i] = (struct findings){0};
    }
    model_close(v->at.model);
    v->at.model = NULL;
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

static int evaluate_once(struct evaluation *v, const char *out, bool json, bool tsv,
                         struct error *e)
{
    char dir[4096];
    int status = evaluate(v, e);
    if (!status && out && v->turn) {
        snprintf(dir, sizeof dir, "%s/override-%d", out, v->turn);
        status = write_files(v, dir, e);
    } else if (!status && out) {
        status = write_files(v, out, e);
    }
    if (!status) print(v, json, tsv);
    clear_results(v);
    return status;
}

/* Each override on its own, in order; with JSON an array of them. */
static int evaluate_overrides(struct evaluation *v, const char *out, bool json, bool tsv,
                              struct error *e)
{
    const struct override *o = v->options.overrides.v;
    const int length = v->at.length;
    if (json) putchar('[');
    for (int k = 0; k < v->options.overrides.n; k++) {
        v->turn = k + 1;
        v->options.position = o[k].position;
        v->at.length = o[k].length ? o[k].length : length;
        name_stack(v);
        if (k) puts(json ? "," : "");
        TRY(evaluate_once(v, out, json, tsv, e));
    }
    if (json) puts("]");
    return OK;
}

static void close_evaluation(struct evaluation *v)
{
    clear_results(v);
    data_close(v->at.data);
    conf_close(v->run_conf);
    conf_close(v->text_conf);
    model_source_close(&v->source);
    free(v);
}

static int run_eval(struct cli *c, struct error *e)
{
    int64_t length = 0, tokens = 0, seed = 0;
    const char *split = "dev", *position = NULL, *config = NULL, *task = "loss_by_position",
               *out = NULL, *override = NULL;
    bool json = false, tsv = false;
    const struct flag flags[] = {
        {"task", FLAG_STRING, &task, 0, 0, "NAME|YAML",
         "a name, a map with options, or a list of them; default loss_by_position"},
        {"length", FLAG_INT, &length, 1, 1 << 24, "N", "row length; default: the run's longest"},
        {"tokens", FLAG_INT, &tokens, 1, 1e12, "N", "tokens per source; default eval.tokens"},
        {"split", FLAG_STRING, &split, 0, 0, "dev|test", "held-out documents to use; default dev"},
        {"position", FLAG_STRING, &position, 0, 0, "YAML", "another encoding than the trained one"},
        {"override", FLAG_STRING, &override, 0, 0, "YAML",
         "list of {position, length}: each is evaluated and reported on its own"},
        {"data", FLAG_STRING, &config, 0, 0, "CONFIG.yaml", "take the data from this run's file"},
        {"seed", FLAG_INT, &seed, 0, 9e15, "N", "of what the tasks draw; default 0"},
        {"out", FLAG_STRING, &out, 0, 0, "DIR", "write DIR/TASK.json and DIR/TASK.tsv too"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "one JSON object"},
        {"tsv", FLAG_BOOL, &tsv, 0, 0, NULL, "tab-separated tables, numbers in full"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, 1, e));
    struct evaluation *v = calloc(1, sizeof *v);
    if (!v) return error_set(e, E_MEMORY, "no memory");
    v->position = position;
    v->at.seed = (uint64_t)seed;
    int status = choose_split(v, split, e);
    if (!status) status = read_options(v, task, override, e);
    if (!status) status = model_source_open(&v->source, c, c->argv[0], e);
    if (!status) status = open_run(v, config, e);
    if (!status && length) v->at.length = (int)length;
    if (!status && tokens) v->at.tokens = tokens;
    if (!status && position && override)
        status = error_set(e, E_USAGE, "eval: --position and --override exclude each other");
    if (!status && position) snprintf(v->stack, sizeof v->stack, "%s", position);
    if (!status)
        status = v->options.overrides.n ? evaluate_overrides(v, out, json, tsv, e)
                                        : evaluate_once(v, out, json, tsv, e);
    close_evaluation(v);
    return status;
}

const struct verb verb_eval = {
    .name = "eval",
    .operands = "MODEL",
    .summary = "measure a model: loss by position and by context, retrieval, attention",
    .help =
        "MODEL is a run, a checkpoint, or a Hugging Face Llama directory (with --data where a task "
        "reads\nheld-out text). `ropewalk list tasks --options` says what there is. The default "
        "prints the mean loss in\nnats per token of each source, by position in the row in powers "
        "of two.\n\n"
        "examples:\n"
        "  ropewalk eval runs/0123456789ab\n"
        "  ropewalk eval runs/0123456789ab --task '[passkey, mqar]' --out results\n"
        "  ropewalk eval runs/0123456789ab --task '{type: key_value, lengths: [256, 2048]}' "
        "--json\n"
        "  ropewalk eval runs/0123456789ab --length 4096 --position '{type: linear, factor: 4}'\n"
        "  ropewalk eval runs/0123456789ab --override '[{length: 2048}, {length: 2048, position: "
        "{type: yarn, factor: 4}}]'",
    .run = run_eval,
};
