/* sweep_noise.c -- the baseline with n seeds and their twins, before anything is compared. */
#include <math.h>

#include "src/base/json.h"
#include "src/cli/sweep.h"
#include "src/lab/noise.h"

static void print_noise(const struct noise *n)
{
    printf(
        "%s of the baseline over %d seeds: %.6g, standard deviation %.3g (95 %%: %.2g to %.2g)\n",
        n->metric, n->seeds, n->mean, n->sd, n->sd_low, n->sd_high);
    printf("twins whose first weight differs by 1e-6: standard deviation %.3g of a run\n",
           n->twin_sd);
    printf("the noise of a paired comparison lies between the two; `ropewalk sweep plan` says what "
           "the seeds find\n");
}

static void json_noise(const struct noise *n)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "metric", n->metric);
    jsn_put_int(&o, "seeds", n->seeds);
    jsn_put_double(&o, "mean", n->mean);
    jsn_put_double(&o, "sd", n->sd);
    jsn_put_double(&o, "sd_low", n->sd_low);
    jsn_put_double(&o, "sd_high", n->sd_high);
    jsn_put_double(&o, "twin_sd", n->twin_sd);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

/* The plan is made for its baseline; the folder that holds it gets the noise beside its runs. */
static int write_sweep(int argc, char *const *argv, const char *out, int seeds, char dir[4096],
                       char file[4096], struct error *e)
{
    struct sweep *s;
    struct sweep_plan *p;
    TRY(sweep_open(&s, argv[0], argc - 1, argv + 1, e));
    TRY(sweep_plan_open(&p, s, out, e));
    snprintf(dir, 4096, "%s", p->dir);
    const int status = noise_write_sweep(p, seeds, file, e);
    sweep_plan_close(p);
    return status;
}

static int run_noise(struct cli *c, struct error *e)
{
    const char *out = "sweeps";
    int64_t seeds = 5;
    bool json = false;
    struct sweep_run_flags f = {.jobs = 1};
    const struct flag flags[] = {
        {"seeds", FLAG_INT, &seeds, 2, 1000, "N", "how many, default 5"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "the estimate as one JSON object"},
        SWEEP_RUN_FLAGS(f),
        SWEEP_OUT_FLAG(out),
        {0},
    };
    char dir[4096], file[4096], folder[4096];
    struct sweep_limits limits;
    struct noise n;
    TRY(cli_parse(c, flags, 1, -1, e));
    TRY(write_sweep(c->argc, c->argv, out, (int)seeds, dir, file, e));
    char *const made = file;
    TRY(sweep_make_plan(c, 1, &made, dir, folder, &limits, e));
    TRY(sweep_do(c, folder, &limits, &f, e));
    TRY(noise_read(dir, &n, e));
    if (n.seeds < 2)
        return error_set(e, E_DIVERGED, "fewer than two seeds are complete: no spread to measure");
    if (json)
        json_noise(&n);
    else
        print_noise(&n);
    return OK;
}

const struct verb verb_sweep_noise = {
    .name = "sweep noise",
    .operands = "FILE [KEY=VALUE ...]",
    .summary = "how much equal runs differ, first of all",
    .help = "Runs the sweep's baseline with N seeds and, for each, a twin whose first weight "
            "differs by 1e-6.\nThe spread over seeds and that of twins bound the noise of a paired "
            "comparison; `sweep plan`\nuses them to say what so many seeds can find. Runs lie in "
            "sweeps/<name>/noise; it resumes like\n`sweep run`.\n\n"
            "examples:\n"
            "  ropewalk sweep noise sweep.yaml --seeds 5 -j 2",
    .run = run_noise,
};
