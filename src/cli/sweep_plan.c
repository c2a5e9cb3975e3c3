/* sweep_plan.c -- every run of a sweep resolved and checked, and what it will cost. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/parallel.h"
#include "src/cli/sweep.h"
#include "src/lab/noise.h"
#include "src/stat/power.h"

static const char *show_bytes(char out[32], double v)
{
    const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    int i = 0;
    for (; v >= 1000 && i < 4; i++) v /= 1024;
    snprintf(out, 32, v < 10 && i ? "%.1f %s" : "%.0f %s", v, unit[i]);
    return out;
}

static const char *show_seconds(char out[32], double s)
{
    if (!(s >= 0))
        snprintf(out, 32, "-");
    else if (s < 100)
        snprintf(out, 32, "%.1f s", s);
    else if (s < 6000)
        snprintf(out, 32, "%.1f min", s / 60);
    else
        snprintf(out, 32, "%.1f h", s / 3600);
    return out;
}

struct sums {
    int runs, finished;
    double flops, flops_left, tokens, disk, memory;
};

/* Of one arm, or of all (-1). */
static struct sums add_up(const struct sweep_plan *p, const struct store *s, int arm)
{
    struct sums t = {0};
    for (int i = 0; i < p->n_runs; i++) {
        const struct sweep_plan_run *r = &p->runs[i];
        if (arm >= 0 && r->arm != arm) continue;
        t.runs++;
        t.flops += r->cost.flops;
        t.tokens += (double)r->cost.tokens;
        t.disk += (double)r->cost.disk;
        t.memory = fmax(t.memory, (double)r->cost.memory);
        if (store_is_final(s->runs[i].state))
            t.finished++;
        else
            t.flops_left += r->cost.flops;
    }
    return t;
}

static void print_line(const char *mark, const char *label, const struct sums *t, double rate)
{
    char memory[32], disk[32], time[32];
    printf("%6d %6d %9.3g %9.3g %10s %9s %10s  %-2s%s\n", t->runs, t->finished, t->tokens, t->flops,
           show_bytes(memory, t->memory), show_bytes(disk, t->disk),
           show_seconds(time, rate > 0 ? t->flops_left / rate : NAN), mark, label);
}

static void print_shared(const struct sweep_plan *p)
{
    printf("\nof one seed, all arms share: ");
    if (p->n_arms < 2) {
        printf("(there is one arm)\n");
        return;
    }
    if (p->same_weights) printf("initial weights, ");
    if (p->same_stream) printf("training tokens and their order, ");
    printf(p->same_held_out ? "held-out tokens\n" : "not the held-out tokens\n");
    int forked = 0;
    double spared = 0, all = 0;
    for (int i = 0; i < p->n_arms; i++) {
        const struct sweep_plan_arm *a = &p->arms[i];
        forked += a->after >= 0;
        spared += a->after_share * (double)a->cost.tokens;
        all += (double)a->cost.tokens;
    }
    if (forked)
        printf("%d arms begin from the fork of another with the same past: %.0f %% of all tokens "
               "are trained once\n",
               forked, 100 * spared / all);
    printf("arms differ in: ");
    for (int i = 0; i < p->sweep->n_varying; i++)
        printf("%s%s", i ? ", " : "", p->sweep->varying[i]);
    printf("\n");
}

/* In the metric's own unit, and the seeds that find what matters in practice. */
static void print_measured(const struct sweep_plan *p, const struct noise *n, double shift)
{
    enum { MOST = 200 };
    const double delta = p->sweep->config.metric.practical_delta;
    printf(" = %.2g to %.2g %s (twins, seeds of the baseline)\n", shift * n->twin_sd, shift * n->sd,
           n->metric);
    if (!(delta > 0)) return;
    const int enough = stat_seeds_needed(delta / n->sd, p->n_arms - 1, 0.05, 0.8, MOST);
    if (enough)
        printf("practical_delta, %g, is found by %d seeds, by fewer where pairing helps\n", delta,
               enough);
    else
        printf("practical_delta, %g, may need more than %d seeds\n", delta, MOST);
}

/* What so many seeds can find: in units of the noise of a run, and in those of the metric where
 * `sweep noise` has measured it. */
static void print_power(const struct sweep_plan *p, const struct noise *n)
{
    const int arms = p->n_arms - 1, seeds = p->sweep->n_seeds;
    if (arms < 1) return;
    if (seeds < 2) {
        printf("one seed: no interval and no test; give `seeds`\n");
        return;
    }
    const double shift = stat_detectable_block(arms, seeds, 0.05, 0.8);
    printf("smallest difference that %d seeds find with power 0.8 (%d arms against the baseline, "
           "Dunnett at 5 %%): %.2f times the noise of a run",
           seeds, arms, shift);
    if (n->seeds > 1)
        print_measured(p, n, shift);
    else
        printf("; `sweep noise` measures that\n");
}

static void print_table(const struct sweep_plan *p, const struct store *s, double rate,
                        const struct noise *noise)
{
    printf("# sweep %s: %d arms x %d seeds, %d runs; %s, %s is better; * is the baseline\n",
           p->sweep->config.name, p->n_arms, p->sweep->n_seeds, p->n_runs,
           p->sweep->config.metric.name,
           p->sweep->config.metric.goal == SWEEP_MAXIMIZE ? "larger" : "smaller");
    printf("%6s %6s %9s %9s %10s %9s %10s  %s\n", "runs", "done", "tokens", "FLOPs", "memory",
           "disk", "time left", "  arm");
    for (int i = 0; i < p->n_arms; i++) {
        const struct sums t = add_up(p, s, i);
        print_line(i == p->baseline ? "*" : "", p->arms[i].label, &t, rate);
    }
    const struct sums all = add_up(p, s, -1);
    print_line("", "all", &all, rate);
    if (rate > 0)
        printf("\ntime is of one run after another with %d threads: %.3g FLOP/s were measured in a "
               "few steps of the baseline\n",
               parallel_threads(), rate);
    print_shared(p);
    print_power(p, noise);
}

static void json_arm(struct jsn_out *o, const struct sweep_plan *p, const struct store *s, int i,
                     double rate)
{
    const struct sums t = add_up(p, s, i);
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "arm", p->arms[i].label);
    jsn_put_bool(o, "baseline", i == p->baseline);
    jsn_put_int(o, "runs", t.runs);
    jsn_put_int(o, "done", t.finished);
    jsn_put_double(o, "tokens", t.tokens);
    jsn_put_int(o, "parameters", p->arms[i].parameters);
    jsn_put_double(o, "flops", t.flops);
    jsn_put_double(o, "bytes_memory", t.memory);
    jsn_put_double(o, "bytes_disk", t.disk);
    jsn_put_double(o, "seconds_left", rate > 0 ? t.flops_left / rate : NAN);
    jsn_map_end(o);
}

static void print_json(const struct sweep_plan *p, const struct store *s, double rate,
                       const struct noise *noise)
{
    const bool testable = p->n_arms > 1 && p->sweep->n_seeds > 1;
    const double shift =
        testable ? stat_detectable_block(p->n_arms - 1, p->sweep->n_seeds, 0.05, 0.8) : NAN;
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "sweep", p->sweep->config.name);
    jsn_put_string(&o, "folder", p->dir);
    jsn_put_int(&o, "runs", p->n_runs);
    jsn_put_int(&o, "seeds", p->sweep->n_seeds);
    jsn_put_double(&o, "flops_per_second", rate > 0 ? rate : NAN);
    jsn_put_bool(&o, "same_weights", p->same_weights);
    jsn_put_bool(&o, "same_stream", p->same_stream);
    jsn_put_bool(&o, "same_held_out", p->same_held_out);
    jsn_put_double(&o, "detectable_in_noise", shift);
    jsn_put_double(&o, "detectable_twins", noise->seeds > 1 ? shift * noise->twin_sd : NAN);
    jsn_put_double(&o, "detectable_seeds", noise->seeds > 1 ? shift * noise->sd : NAN);
    jsn_array_begin(&o, "differ");
    for (int i = 0; i < p->sweep->n_varying; i++) jsn_put_string(&o, NULL, p->sweep->varying[i]);
    jsn_array_end(&o);
    jsn_array_begin(&o, "arms");
    for (int i = 0; i < p->n_arms; i++) json_arm(&o, p, s, i, rate);
    jsn_array_end(&o);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static int calibrate(const struct cli *c, const struct sweep_plan *p, double *rate, struct error *e)
{
    char scratch[4200];
    const struct sweep_plan_run *r = &p->runs[0];
    for (int i = 0; i < p->n_runs; i++)
        if (p->runs[i].arm == p->baseline) {
            r = &p->runs[i];
            break;
        }
    cli_note((void *)c, "a few steps of the baseline, to measure the time (--no-time: without)");
    snprintf(scratch, sizeof scratch, "%s/calibration", p->dir);
    return sweep_calibrate(r->config, scratch, rate, e);
}

static int report(const struct cli *c, const struct sweep_plan *p, bool time, bool json,
                  struct error *e)
{
    struct store *s;
    struct noise noise;
    double rate = 0;
    for (int i = 0; i < p->sweep->n_notes; i++) cli_note((void *)c, p->sweep->notes[i]);
    TRY(store_open(&s, p->dir, e));
    int status = noise_read(p->dir, &noise, e);
    if (!status && time) status = calibrate(c, p, &rate, e);
    if (!status && json)
        print_json(p, s, rate, &noise);
    else if (!status)
        print_table(p, s, rate, &noise);
    store_close(s);
    return status;
}

static int run_plan(struct cli *c, struct error *e)
{
    const char *out = "sweeps";
    bool json = false, no_time = false;
    const struct flag flags[] = {
        SWEEP_OUT_FLAG(out),
        {"no-time", FLAG_BOOL, &no_time, 0, 0, NULL, "no calibration: nothing is trained"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "the plan as one JSON object"},
        {0},
    };
    struct sweep *s;
    struct sweep_plan *p;
    TRY(cli_parse(c, flags, 1, -1, e));
    TRY(sweep_open(&s, c->argv[0], c->argc - 1, c->argv + 1, e));
    TRY(sweep_plan_open(&p, s, out, e));
    int status = sweep_plan_write(p, c->argv[0], e);
    if (!status) status = report(c, p, !no_time, json, e);
    sweep_plan_close(p);
    return status;
}

const struct verb verb_sweep_plan = {
    .name = "sweep plan",
    .operands = "FILE.yaml [KEY=VALUE ...]",
    .summary = "what it will cost; every run checked",
    .help = "Resolves and checks every run of a sweep, with all errors at once, writes "
            "sweeps/<name>/plan.jsonl\n(one line a run) and prints a table: arms, runs, what is "
            "done already, tokens, FLOPs, memory,\ndisk, time, and what the arms of a seed have in "
            "common.\n\n"
            "examples:\n"
            "  ropewalk sweep plan experiments/quickstart/sweep.yaml\n"
            "  ropewalk sweep plan sweep.yaml --no-time --json\n"
            "  ropewalk sweep plan sweep.yaml seeds=8 'base=[base.yaml, real-text.yaml]'",
    .run = run_plan,
};
