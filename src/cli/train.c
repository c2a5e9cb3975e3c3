/* train.c -- train one run, or go on with it. */
#include "src/train/train.h"

#include "src/base/json.h"
#include "src/cli/verbs.h"

static void print_result(const struct train_result *r, bool json)
{
    if (!json) {
        printf("%s\n", r->dir);
        return;
    }
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "dir", r->dir);
    jsn_put_string(&o, "id", r->id);
    jsn_put_int(&o, "step", r->step);
    jsn_put_int(&o, "tokens", r->tokens);
    jsn_put_double(&o, "loss", r->loss);
    jsn_put_double(&o, "dev_loss", r->dev_loss);
    jsn_put_bool(&o, "skipped", r->skipped);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static int run_train(struct cli *c, struct error *e)
{
    bool fresh = false, json = false;
    int64_t stop_after = 0;
    const struct flag flags[] = {
        {"fresh", FLAG_BOOL, &fresh, 0, 0, NULL, "throw away what the same run left behind"},
        {"stop-after", FLAG_INT, &stop_after, 1, 9e15, "TOKENS", "stop there, resumable (exit 75)"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "print the result as one JSON object"},
        {0},
    };
    struct conf *conf = NULL;
    struct run_config run;
    struct train_result r = {0};
    TRY(cli_parse(c, flags, 1, -1, e));
    TRY(run_config_load(&conf, &run, c->argv[0], c->argc - 1, c->argv + 1, e));
    if (run.threads && !c->threads) cli_threads(c, run.threads);
    const struct train_options o = {.config_text = c->argv[0],
                                    .quiet = c->quiet,
                                    .fresh = fresh,
                                    .messages = stderr,
                                    .stop_after = stop_after};
    const int status = train_run(&run, &o, &r, e);
    if (status == OK || status == E_DIVERGED || status == E_STOPPED) print_result(&r, json);
    conf_close(conf);
    return status;
}

const struct verb verb_train = {
    .name = "train",
    .operands = "CONFIG.yaml [key=value ...]",
    .summary = "train one run, or go on with it",
    .help = "Trains the run that CONFIG.yaml defines, with overrides a.b=v, +a=v (new key) and ~a\n"
            "(remove); prints its folder. The folder's name is a hash of everything that decides "
            "the\nresult: the same run is resumed where it stopped, or skipped when it is "
            "complete.\nOn SIGTERM or SIGINT it saves a checkpoint and exits 75 or 130; type the "
            "same command\nagain to go on.\n\n"
            "examples:\n"
            "  ropewalk train configs/tiny.yaml\n"
            "  ropewalk train configs/tiny.yaml position=alibi seed=2\n"
            "  ropewalk train configs/tiny.yaml 'stages[0].length=512' optim.lr=6e-4 --threads 2",
    .run = run_train,
};
