/* sweep_status.c -- where a sweep stands, and why a run is what it is. Reads files only. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/cli/sweep.h"

static const enum store_state shown[] = {STORE_COMPLETE, STORE_RUNNING, STORE_STOPPED,
                                         STORE_RETRY,    STORE_PENDING, STORE_DIVERGED,
                                         STORE_PRUNED,   STORE_FAILED,  STORE_TIMEOUT};
enum { SHOWN = sizeof shown / sizeof *shown };

/* Share of a run's FLOPs that is done. */
static double done_share(const struct store_run *r)
{
    if (store_is_final(r->state)) return 1;
    const int64_t tokens = r->state == STORE_RUNNING ? store_tokens_now(r) : r->tokens_done;
    return r->tokens ? (double)tokens / (double)r->tokens : 0;
}

static void count(const struct store *s, int arm, int of[STORE_STATES], double *done, double *all)
{
    memset(of, 0, sizeof(int) * STORE_STATES);
    *done = *all = 0;
    for (int i = 0; i < s->n_runs; i++) {
        const struct store_run *r = &s->runs[i];
        if (arm >= 0 && r->arm != arm) continue;
        of[r->state]++;
        *all += r->flops;
        *done += r->flops * done_share(r);
    }
}

static void print_row(const char *label, const int of[STORE_STATES], const bool used[STORE_STATES],
                      double share)
{
    printf("%5.1f%%", 100 * share);
    for (int k = 0; k < SHOWN; k++)
        if (used[shown[k]]) printf(" %9d", of[shown[k]]);
    printf("  %s\n", label);
}

static void print_status(const struct store *s)
{
    int of[STORE_STATES];
    bool used[STORE_STATES];
    double done, all;
    count(s, -1, of, &done, &all);
    for (int k = 0; k < STORE_STATES; k++) used[k] = of[k] > 0 || k == STORE_COMPLETE;
    printf("# sweep %s: %d runs, %d arms x %d seeds\n%6s", s->name, s->n_runs, s->n_arms,
           s->n_seeds, "FLOPs");
    for (int k = 0; k < SHOWN; k++)
        if (used[shown[k]]) printf(" %9s", store_state_names[shown[k]]);
    printf("  arm\n");
    for (int i = 0; i < s->n_arms; i++) {
        int own[STORE_STATES];
        double part, whole;
        count(s, i, own, &part, &whole);
        print_row(s->arms[i].label, own, used, whole > 0 ? part / whole : 0);
    }
    print_row("all", of, used, all > 0 ? done / all : 0);
    for (int i = 0; i < s->n_runs; i++) {
        const struct store_run *r = &s->runs[i];
        if (r->state == STORE_RUNNING)
            printf("running   %s seed=%lld (%s): %.0f%%, by %s\n", r->label, (long long)r->seed,
                   r->id, 100 * done_share(r), r->who);
        else if (r->state == STORE_FAILED || r->state == STORE_TIMEOUT ||
                 r->state == STORE_DIVERGED || r->state == STORE_RETRY)
            printf("%-9s %s seed=%lld (%s)%s%s\n", store_state_names[r->state], r->label,
                   (long long)r->seed, r->id, *r->reason ? ": " : "", r->reason);
    }
}

static void json_run(struct jsn_out *o, const struct store *s, const struct store_run *r)
{
    jsn_map_begin(o, NULL);
    jsn_put_int(o, "index", r->index);
    jsn_put_string(o, "id", r->id);
    jsn_put_string(o, "arm", r->label);
    jsn_put_int(o, "seed", r->seed);
    jsn_put_string(o, "state", store_state_names[r->state]);
    jsn_put_double(o, "done", done_share(r));
    if (r->state != STORE_COMPLETE) { /* of complete runs the attempts are not read */
        jsn_put_int(o, "starts", r->starts);
        jsn_put_int(o, "failures", r->failures);
    }
    if (*r->reason) jsn_put_string(o, "reason", r->reason);
    if (r->state == STORE_COMPLETE) jsn_put_double(o, s->metric, store_metric(r, s->metric));
    jsn_map_end(o);
}

static void print_json(const struct store *s)
{
    struct jsn_out o;
    int of[STORE_STATES];
    double done, all;
    count(s, -1, of, &done, &all);
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "sweep", s->name);
    jsn_put_double(&o, "done", all > 0 ? done / all : 0);
    jsn_map_begin(&o, "states");
    for (int k = 0; k < STORE_STATES; k++) jsn_put_int(&o, store_state_names[k], of[k]);
    jsn_map_end(&o);
    jsn_array_begin(&o, "runs");
    for (int i = 0; i < s->n_runs; i++) json_run(&o, s, &s->runs[i]);
    jsn_array_end(&o);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static bool all_final(const struct store *s)
{
    for (int i = 0; i < s->n_runs; i++)
        if (!store_is_final(s->runs[i].state)) return false;
    return true;
}

/* Again and again until nothing is left to do; on a terminal in place. */
static void watch(struct store *s, double every)
{
    const bool terminal = isatty(STDOUT_FILENO);
    for (;;) {
        if (terminal) printf("\033[H\033[J");
        print_status(s);
        if (fflush(stdout) || all_final(s)) return;
        const struct timespec t = {(time_t)every, (long)(1e9 * (every - floor(every)))};
        nanosleep(&t, NULL);
        for (int i = 0; i < s->n_runs; i++)
            if (!store_is_final(s->runs[i].state)) store_refresh(s, &s->runs[i]);
        if (!terminal) printf("\n");
    }
}

static int run_status(struct cli *c, struct error *e)
{
    const char *out = "sweeps";
    bool json = false, again = false;
    double every = 2;
    const struct flag flags[] = {
        {"watch", FLAG_BOOL, &again, 0, 0, NULL, "show it anew until all runs have ended"},
        {"every", FLAG_REAL, &every, 0.1, 1e6, "SECONDS", "how often, default 2"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "every run as one JSON object"},
        SWEEP_OUT_FLAG(out),
        {0},
    };
    struct store *s;
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(sweep_store(c->argv[0], out, &s, e));
    if (json)
        print_json(s);
    else if (again)
        watch(s, every);
    else
        print_status(s);
    store_close(s);
    return OK;
}

const struct verb verb_sweep_status = {
    .name = "sweep status",
    .operands = "FILE [--watch]",
    .summary = "where it stands",
    .help = "How far each arm is, which runs are under way, and which have failed and why. It only "
            "reads\nfiles: any number may look, from any machine that sees the folder.\n\n"
            "examples:\n"
            "  ropewalk sweep status sweeps/quickstart\n"
            "  ropewalk sweep status sweeps/quickstart --watch\n"
            "  ropewalk sweep status sweeps/quickstart --json | jq .states",
    .run = run_status,
};

/* ---- why ---- */

static const char *verdict(const struct store_run *r, char out[400])
{
    switch (r->state) {
    case STORE_COMPLETE:
        return "complete: `sweep run` skips it";
    case STORE_DIVERGED:
        return "diverged: a result, not tried again (the same run diverges the same way)";
    case STORE_PRUNED:
        return "stopped early by a rule: it has no final value";
    case STORE_RUNNING:
        snprintf(out, 400, "running: %s is at it", r->who);
        return out;
    case STORE_FAILED:
        return "failed for good: `sweep run --retry-failed` tries again, from its checkpoint";
    case STORE_TIMEOUT:
        return "ran past the timeout: `sweep run --retry-failed` goes on from its checkpoint";
    case STORE_RETRY:
        snprintf(out, 400, "failed %d time%s for a cause that may go away: it will be tried again",
                 r->failures, r->failures == 1 ? "" : "s");
        return out;
    case STORE_STOPPED:
        snprintf(out, 400, "stopped at step %" PRId64 ": `sweep run` goes on from its checkpoint",
                 r->step);
        return out;
    default:
        return "not begun";
    }
}

static void print_event(const struct jsn_doc *d)
{
    const char *time = "?", *event = "?", *status = NULL, *reason = NULL, *host = "?";
    int64_t process = 0;
    jsn_string(d, d->root, "time", false, &time, NULL);
    jsn_string(d, d->root, "event", false, &event, NULL);
    jsn_string(d, d->root, "status", false, &status, NULL);
    jsn_string(d, d->root, "reason", false, &reason, NULL);
    jsn_string(d, d->root, "host", false, &host, NULL);
    jsn_int(d, d->root, "process", false, &process, NULL);
    printf("  %s  %-5s %s%s%s%s(process %" PRId64 " on %s)\n", time, event, status ? status : "",
           reason ? ": " : "", reason ? reason : "", status ? " " : "", process, host);
}

static void print_history(const struct store_run *r)
{
    char path[4200], *text;
    size_t n;
    snprintf(path, sizeof path, "%s/attempts.jsonl", r->dir);
    if (!file_exists(path) || file_read_all(path, &text, &n, NULL)) {
        printf("no process has worked on it\n");
        return;
    }
    printf("what happened:\n");
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        struct jsn_doc d;
        if (jsn_open_text(&d, path, line, (size_t)(end - line), NULL)) continue;
        print_event(&d);
        jsn_close(&d);
    }
    free(text);
}

static int run_why(struct cli *c, struct error *e)
{
    const char *out = "sweeps";
    const struct flag flags[] = {SWEEP_OUT_FLAG(out), {0}};
    struct store *s;
    struct store_run *r;
    char text[400];
    TRY(cli_parse(c, flags, 2, 2, e));
    TRY(sweep_store(c->argv[0], out, &s, e));
    const int status = store_find(s, c->argv[1], &r, e);
    if (!status) {
        printf("run %s, line %d of the plan: %s seed=%lld\n%s\n%s\n", r->id, r->index, r->label,
               (long long)r->seed, r->dir, verdict(r, text));
        if (*r->reason) printf("the last words: %s\n", r->reason);
        print_history(r);
    }
    store_close(s);
    return status;
}

const struct verb verb_sweep_why = {
    .name = "sweep why",
    .operands = "FILE RUN",
    .summary = "why a run is skipped, tried again, failed",
    .help = "What `sweep run` would do with a run and why, and everything that happened to it. RUN "
            "is its\nindex in the plan, its id (or the beginning of it), or its label and "
            "seed.\n\n"
            "examples:\n"
            "  ropewalk sweep why sweeps/quickstart 3\n"
            "  ropewalk sweep why sweeps/quickstart 'position=alibi seed=2'",
    .run = run_why,
};
