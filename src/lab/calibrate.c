/* calibrate.c -- how fast this machine trains a configuration, from a few steps of it. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/lab/sweep_plan.h"
#include "src/train/train.h"

enum { STEPS = 4 };

/* Tokens per second of all steps but the first, which warms up memory and caches. */
static int read_rate(const char *dir, double *rate, struct error *e)
{
    char path[4096], *text;
    size_t n;
    double tokens = 0, seconds = 0;
    TRY(file_join(path, sizeof path, dir, "timing.jsonl", e));
    TRY(file_read_all(path, &text, &n, e));
    int line = 0, status = OK;
    int64_t before = 0;
    for (char *s = text, *end; (end = strchr(s, '\n')) && !status; s = end + 1, line++) {
        struct jsn_doc d;
        int64_t now = 0;
        double took = 0;
        status = jsn_open_text(&d, path, s, (size_t)(end - s), e);
        if (status) break;
        status = jsn_int(&d, d.root, "tokens", true, &now, e);
        if (!status) status = jsn_double(&d, d.root, "seconds", true, &took, e);
        if (line == 1) tokens = seconds = 0;
        tokens += (double)(now - before);
        seconds += took;
        before = now;
        jsn_close(&d);
    }
    free(text);
    *rate = seconds > 0 ? tokens / seconds : 0;
    return status;
}

int sweep_calibrate(const char *config, const char *scratch, double *flops_per_second,
                    struct error *e)
{
    struct conf *c;
    struct run_config run;
    struct run_cost cost;
    struct train_result r;
    double rate = 0;
    TRY(file_remove_tree(scratch, e));
    TRY(sweep_load_config(&c, &run, config, "plan", e));
    run.runs = scratch;
    const struct train_options o = {.config_text = "calibration",
                                    .quiet = true,
                                    .messages = stderr,
                                    .stop_after = STEPS * run.optim.batch_tokens};
    int status = run_cost(&run, &cost, e);
    if (!status) status = train_run(&run, &o, &r, e);
    if (status == E_STOPPED || status == E_DIVERGED) status = OK;
    if (!status) status = read_rate(r.dir, &rate, e);
    *flops_per_second = cost.tokens ? rate * cost.flops / (double)cost.tokens : 0;
    conf_close(c);
    const int removed = file_remove_tree(scratch, status ? NULL : e);
    return status ? status : removed;
}
