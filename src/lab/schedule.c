/* schedule.c -- see schedule.h. The processes themselves are in process.c. */
#include "src/lab/schedule.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "src/base/progress.h"
#include "src/base/rng.h"
#include "src/lab/claim.h"
#include "src/lab/process.h"
#include "src/lab/prune.h"
#include "src/lab/worker.h"

enum { JOBS = 1024, SPACE_RESERVE = 4 << 20 };
static const double look_seconds = 0.5, poll_seconds = 0.1, patience_seconds = 60, full_seconds = 1;

struct scheduler {
    struct store *s;
    const struct schedule_options *o;
    struct schedule_result *result;
    struct progress progress;
    struct prune prune;
    struct process job[JOBS]; /* [o->jobs]; run NULL: free */
    int *order;               /* [runs] */
    double *not_before;       /* [runs]: when a retry may begin */
    bool *again;              /* [runs]: failed earlier and shall be tried again */
    double started, looked;
    bool full; /* paused: no space */
    bool stopping, interrupted, killed, gave_up;
    char why[256];
    int ended, ended_badly; /* in this call */
    double flops, flops_done;
};

/* ---- signals ---- */

static volatile sig_atomic_t interrupts, terminates; /* handlers have no other way to speak */

static void on_signal(int number)
{
    if (number == SIGINT)
        interrupts++;
    else
        terminates++;
}

struct caught {
    struct sigaction before[4];
};
static const int signals[4] = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2};

static void catch_signals(struct caught *k)
{
    struct sigaction a = {.sa_handler = on_signal};
    sigemptyset(&a.sa_mask);
    interrupts = terminates = 0;
    for (int i = 0; i < 4; i++) sigaction(signals[i], &a, &k->before[i]);
}

static void release_signals(const struct caught *k)
{
    for (int i = 0; i < 4; i++) sigaction(signals[i], &k->before[i], NULL);
}

/* ---- order ---- */

/* Runs of one seed after those of another; arms shuffled within a seed (Fisher-Yates). */
static void make_order(struct scheduler *k)
{
    const struct store *s = k->s;
    int n = 0;
    for (int i = 0; i < s->n_seeds; i++) {
        const int from = n;
        for (int j = 0; j < s->n_runs; j++)
            if (s->runs[j].seed == s->seeds[i]) k->order[n++] = j;
        struct rng r = rng_open((uint64_t)s->seeds[i], "order of arms");
        for (int j = n - 1; j > from; j--) {
            const int other = from + (int)rng_below(&r, (uint64_t)(j - from + 1));
            const int t = k->order[j];
            k->order[j] = k->order[other];
            k->order[other] = t;
        }
    }
    for (int j = 0; j < s->n_runs; j++) { /* seeds that only some arms have */
        bool known = false;
        for (int i = 0; i < s->n_seeds; i++) known |= s->runs[j].seed == s->seeds[i];
        if (!known) k->order[n++] = j;
    }
}

/* ---- messages ---- */

static const char *run_name(const struct store_run *r, char out[640])
{
    snprintf(out, 640, "%.500s seed=%lld", r->label, (long long)r->seed);
    return out;
}

static void say_end(struct scheduler *k, const struct process *p)
{
    const struct store_run *r = p->run;
    char name[640];
    const double took = clock_seconds() - p->started;
    const double v = store_metric(r, k->s->metric);
    run_name(r, name);
    if (r->state == STORE_COMPLETE)
        progress_message(&k->progress, "%-9s %s  %s %.4f  (%.1f s)", "complete", name, k->s->metric,
                         v, took);
    else if (r->state == STORE_STOPPED && k->prune.target[r->arm] != INT64_MAX)
        progress_message(&k->progress, "%-9s %s at %lld tokens, for the other arms", "waits", name,
                         (long long)r->tokens_done);
    else
        progress_message(&k->progress, "%-9s %s%s%s", store_state_names[r->state], name,
                         *r->reason ? ": " : "", r->reason);
}

static void count(struct scheduler *k, int of[STORE_STATES])
{
    memset(of, 0, sizeof(int) * STORE_STATES);
    k->flops = k->flops_done = 0;
    for (int i = 0; i < k->s->n_runs; i++) {
        const struct store_run *r = &k->s->runs[i];
        of[r->state]++;
        k->flops += r->flops;
        if (store_is_final(r->state))
            k->flops_done += r->flops; /* what failed for good is not waited for */
        else if (r->tokens > 0)
            k->flops_done += r->flops * (double)r->tokens_done / (double)r->tokens;
    }
}

static void show(struct scheduler *k)
{
    int of[STORE_STATES];
    char note[128];
    for (int i = 0; i < k->s->n_runs; i++) {
        struct store_run *r = &k->s->runs[i];
        if (r->state == STORE_RUNNING) r->tokens_done = store_tokens_now(r);
    }
    count(k, of);
    int n = snprintf(note, sizeof note, "%d/%d runs, %d running", of[STORE_COMPLETE], k->s->n_runs,
                     of[STORE_RUNNING]);
    if (of[STORE_DIVERGED])
        n += snprintf(note + n, sizeof note - (size_t)n, ", %d diverged", of[STORE_DIVERGED]);
    if (of[STORE_FAILED] + of[STORE_TIMEOUT])
        snprintf(note + n, sizeof note - (size_t)n, ", %d failed",
                 of[STORE_FAILED] + of[STORE_TIMEOUT]);
    progress_update(&k->progress, k->flops_done, k->flops, "FLOP", note);
}

/* ---- space ---- */

static bool has_space(const struct scheduler *k, int64_t bytes)
{
    struct statvfs v;
    if (statvfs(k->s->dir, &v)) return true;
    return (double)v.f_bavail * (double)v.f_frsize >= (double)bytes + SPACE_RESERVE;
}

static void say_full(struct scheduler *k, int64_t bytes)
{
    progress_message(&k->progress,
                     "paused: no space left for '%s' (a run needs %.1f MiB); free some and the "
                     "sweep goes on by itself",
                     k->s->dir, (double)bytes / (1 << 20));
    k->full = true;
}

/* Whether there is space for what runs need that would begin now; says when that changes. */
static bool check_space(struct scheduler *k, int64_t bytes)
{
    const bool good = has_space(k, bytes);
    if (!good && !k->full)
        say_full(k, bytes);
    else if (good && k->full)
        progress_message(&k->progress, "there is space again: going on");
    k->full = !good;
    return good;
}

/* ---- starting and ending runs ---- */

static bool is_mine(const struct scheduler *k, const struct store_run *r)
{
    for (int i = 0; i < k->o->jobs; i++)
        if (k->job[i].run == r) return true;
    return false;
}

/* A run that has not begun waits until the one whose past it shares has left its fork: the next
 * step is logged after that. Runs that are held at rungs wait for each other anyway. */
static bool waits_for_past(const struct scheduler *k, const struct store_run *r)
{
    if (r->after < 0 || r->after >= k->s->n_runs || r->state != STORE_PENDING) return false;
    if (k->s->early.type != STOP_NEVER) return false;
    const struct store_run *past = &k->s->runs[r->after];
    if (store_is_final(past->state)) return false;
    const int64_t tokens =
        past->state == STORE_RUNNING ? store_tokens_now(past) : past->tokens_done;
    return tokens <= r->after_tokens;
}

static bool wants_to_run(const struct scheduler *k, const struct store_run *r)
{
    const int i = r->index;
    if (is_mine(k, r) || clock_seconds() < k->not_before[i]) return false;
    if (k->again[i]) return true;
    if (waits_for_past(k, r)) return false;
    return !store_is_final(r->state) && r->state != STORE_RUNNING &&
           r->tokens_done < k->prune.target[r->arm];
}

/* The next rung, where early stopping holds the run; 0: none. */
static int64_t stop_after(const struct scheduler *k, const struct store_run *r)
{
    const int64_t target = k->prune.target[r->arm];
    return target == INT64_MAX ? 0 : target;
}

static int start_next(struct scheduler *k, int slot, struct error *e)
{
    for (int i = 0; i < k->s->n_runs; i++) {
        struct store_run *r = &k->s->runs[k->order[i]];
        if (!wants_to_run(k, r)) continue;
        store_refresh(k->s, r); /* another scheduler may have been faster */
        if (!wants_to_run(k, r)) continue;
        if (!check_space(k, r->disk)) return OK;
        const struct process_options p = {.dir = k->s->dir,
                                          .slot = slot,
                                          .slots = k->o->jobs,
                                          .threads = k->o->threads,
                                          .retries = k->o->retries,
                                          .timeout = k->o->timeout,
                                          .stop_after = stop_after(k, r),
                                          .again = k->again[r->index]};
        TRY(process_start(&k->job[slot], r, &p, e));
        r->state = STORE_RUNNING;
        return OK;
    }
    return OK;
}

/* A worker that died without a word: killed, or a crash. It counts as a failure, which is written
 * in its place. */
static void note_crash(struct scheduler *k, const struct process *p)
{
    struct claim claim;
    struct error ignored;
    bool taken;
    char reason[600];
    struct store_run *r = p->run;
    if (claim_take(&claim, r->dir, &taken, &ignored) || !taken) return;
    process_describe(p, reason, sizeof reason);
    store_note(r, "end", "failed", reason, r->failures < k->o->retries, &ignored);
    claim_release(&claim);
}

static void stop(struct scheduler *k, const char *why)
{
    if (k->stopping) return;
    k->stopping = true;
    snprintf(k->why, sizeof k->why, "%s", why);
    int running = 0;
    for (int i = 0; i < k->o->jobs; i++) {
        if (!k->job[i].run) continue;
        running++;
        process_signal(&k->job[i], SIGTERM);
    }
    if (running)
        progress_message(&k->progress, "%s: %d running, saving%s", why, running,
                         k->interrupted ? " (press again to kill)" : "");
}

static void judge(struct scheduler *k, const struct store_run *r)
{
    if (!store_is_final(r->state) && r->state != STORE_RETRY) return;
    const bool bad = r->state == STORE_FAILED || r->state == STORE_TIMEOUT;
    if (r->state != STORE_RETRY) k->ended++;
    k->ended_badly += bad;
    if (bad && !*k->result->first_failure) {
        char name[640];
        snprintf(k->result->first_failure, sizeof k->result->first_failure, "%.200s: %.280s",
                 run_name(r, name), r->reason);
    }
    const bool alike = k->o->alike && k->ended_badly == k->ended && k->ended >= k->o->alike;
    if (!k->stopping && bad && (k->o->fail_fast || alike)) {
        k->gave_up = true;
        stop(k, alike ? "the first runs have all failed" : "a run failed");
    }
}

static void end(struct scheduler *k, struct process *p)
{
    struct store_run *r = p->run;
    const bool crashed = process_crashed(p) && !k->killed;
    store_refresh(k->s, r);
    if (crashed && !store_is_final(r->state)) {
        note_crash(k, p);
        store_refresh(k->s, r);
    }
    k->again[r->index] = false;
    if (p->exit == PROCESS_FULL) {
        if (!k->full) say_full(k, r->disk);
        k->not_before[r->index] = clock_seconds() + full_seconds;
    } else if (r->state == STORE_RETRY) {
        const double wait = pow(2, r->failures);
        k->not_before[r->index] = clock_seconds() + (wait < 60 ? wait : 60);
    }
    if (r->state != STORE_RUNNING && !k->stopping) say_end(k, p);
    process_close(p);
    judge(k, r);
}

static int look_after_jobs(struct scheduler *k, struct error *e)
{
    bool ended = false;
    for (int i = 0; i < k->o->jobs; i++) {
        struct process *p = &k->job[i];
        if (p->run && process_ended(p)) {
            end(k, p);
            ended = true;
        }
        /* the worker stops itself at its timeout: one that does not is stuck */
        const double took = p->run ? clock_seconds() - p->started : 0;
        if (p->run && k->o->timeout > 0 && took > k->o->timeout + patience_seconds)
            process_signal(p, SIGKILL);
    }
    return ended ? prune_update(&k->prune, k->s, e) : OK;
}

/* ---- the loop ---- */

static int busy(const struct scheduler *k)
{
    int n = 0;
    for (int i = 0; i < k->o->jobs; i++) n += k->job[i].run != NULL;
    return n;
}

static int left(const struct scheduler *k)
{
    int n = 0;
    for (int i = 0; i < k->s->n_runs; i++) {
        const struct store_run *r = &k->s->runs[i];
        n += k->again[i] || !store_is_final(r->state);
    }
    return n;
}

static void obey(struct scheduler *k)
{
    if (interrupts && !k->interrupted) {
        k->interrupted = true;
        stop(k, "interrupted");
    } else if (terminates) {
        stop(k, "stopped");
    } else if (k->o->budget > 0 && clock_seconds() - k->started > k->o->budget) {
        stop(k, "the time is used up");
    }
    if (interrupts > 1 && !k->killed) {
        k->killed = true;
        for (int i = 0; i < k->o->jobs; i++)
            if (k->job[i].run) process_signal(&k->job[i], SIGKILL);
    }
}

/* Runs of other schedulers are looked at now and then. */
static int look(struct scheduler *k, struct error *e)
{
    bool changed = false;
    if (clock_seconds() - k->looked < look_seconds) return OK;
    k->looked = clock_seconds();
    for (int i = 0; i < k->s->n_runs; i++) {
        struct store_run *r = &k->s->runs[i];
        if (is_mine(k, r) || store_is_final(r->state)) continue;
        if (r->state != STORE_RUNNING && k->s->early.type == STOP_NEVER) continue;
        const enum store_state before = r->state;
        const int64_t tokens = r->tokens_done;
        store_refresh(k->s, r);
        changed |= r->state != before || r->tokens_done != tokens;
    }
    show(k);
    return changed ? prune_update(&k->prune, k->s, e) : OK;
}

static int loop(struct scheduler *k, struct error *e)
{
    for (;;) {
        obey(k);
        TRY(look_after_jobs(k, e));
        if (k->stopping ? !busy(k) : !left(k)) return OK;
        for (int i = 0; i < k->o->jobs && !k->stopping && !interrupts && !terminates; i++)
            if (!k->job[i].run) TRY(start_next(k, i, e));
        TRY(look(k, e));
        process_wait(k->job, k->o->jobs, poll_seconds);
    }
}

static void prepare(struct scheduler *k)
{
    make_order(k);
    for (int i = 0; i < k->s->n_runs; i++) {
        struct store_run *r = &k->s->runs[i];
        k->again[i] = k->o->retry_failed && (r->state == STORE_FAILED || r->state == STORE_TIMEOUT);
    }
    int of[STORE_STATES];
    count(k, of);
    progress_open(&k->progress, k->o->messages, k->s->name, k->flops_done, k->o->quiet);
    k->progress.plain_seconds = 30;
    k->started = clock_seconds();
}

static int finish(struct scheduler *k, int status, struct error *e)
{
    int of[STORE_STATES];
    count(k, of);
    progress_close(&k->progress, k->flops_done, k->flops, "FLOP", NULL);
    struct schedule_result *r = k->result;
    r->done = of[STORE_COMPLETE];
    r->diverged = of[STORE_DIVERGED];
    r->pruned = of[STORE_PRUNED];
    r->failed = of[STORE_FAILED] + of[STORE_TIMEOUT];
    r->left = k->s->n_runs - r->done - r->diverged - r->pruned - r->failed;
    if (status || !k->stopping) return status;
    if (k->gave_up && !k->interrupted)
        return error_set(e, E_IO, "%s, %d of %d are left: %s", k->why, r->left, k->s->n_runs,
                         r->first_failure);
    return error_set(e, k->interrupted ? E_INTERRUPTED : E_STOPPED,
                     "%s: %d of %d runs are left; the same command goes on", k->why, r->left,
                     k->s->n_runs);
}

int schedule_run(struct store *s, const struct schedule_options *o, struct schedule_result *r,
                 struct error *e)
{
    struct scheduler *k = calloc(1, sizeof *k);
    struct caught before;
    *r = (struct schedule_result){0};
    const size_t n = (size_t)s->n_runs + 1;
    if (k) {
        k->order = calloc(n, sizeof *k->order);
        k->not_before = calloc(n, sizeof *k->not_before);
        k->again = calloc(n, sizeof *k->again);
    }
    int status = k && k->order && k->not_before && k->again ? OK : E_MEMORY;
    if (status) error_set(e, E_MEMORY, "no memory for a scheduler");
    if (!status) {
        k->s = s;
        k->o = o;
        k->result = r;
        catch_signals(&before);
        prepare(k);
        status = prune_open(&k->prune, s, e);
        if (!status) status = prune_update(&k->prune, s, e);
        if (!status) status = loop(k, e);
        for (int i = 0; i < o->jobs; i++)
            if (k->job[i].run) process_signal(&k->job[i], SIGTERM);
        status = finish(k, status, e);
        release_signals(&before);
    }
    if (k) {
        prune_close(&k->prune);
        free(k->order);
        free(k->not_before);
        free(k->again);
    }
    free(k);
    return status;
}
