/* worker.c -- see worker.h. */
#include "src/lab/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "src/base/file.h"
#include "src/lab/claim.h"
#include "src/lab/sweep_plan.h"
#include "src/train/train.h"

bool worker_is_full(const char *text)
{
    return strstr(text, strerror(ENOSPC)) || strstr(text, strerror(EDQUOT));
}

/* ---- signals: what training listens to is SIGTERM ---- */

static volatile sig_atomic_t timed_out; /* a handler has no other way to speak */

static void relay(int number)
{
    if (number == SIGALRM) timed_out = 1;
    raise(SIGTERM);
}

static void listen(double timeout)
{
    static const int relayed[] = {SIGUSR1, SIGUSR2, SIGALRM};
    struct sigaction a = {.sa_handler = relay, .sa_flags = SA_RESTART};
    sigemptyset(&a.sa_mask);
    timed_out = 0;
    for (size_t i = 0; i < sizeof relayed / sizeof *relayed; i++) sigaction(relayed[i], &a, NULL);
    const struct itimerval timer = {
        .it_value = {(time_t)timeout, (suseconds_t)(1e6 * (timeout - (double)(time_t)timeout))}};
    if (timeout > 0) setitimer(ITIMER_REAL, &timer, NULL);
}

/* ---- the claim is touched while training goes on ---- */

struct beat {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool end;
    const struct claim *claim;
};

static void *beat(void *data)
{
    struct beat *b = data;
    pthread_mutex_lock(&b->lock);
    while (!b->end) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += CLAIM_BEAT;
        pthread_cond_timedwait(&b->ended, &b->lock, &until);
        claim_beat(b->claim);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

/* Signals are for the thread that trains. */
static bool beat_begin(struct beat *b, const struct claim *claim)
{
    sigset_t all, before;
    *b = (struct beat){.claim = claim};
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->ended, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&b->thread, NULL, beat, b) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void beat_end(struct beat *b)
{
    pthread_mutex_lock(&b->lock);
    b->end = true;
    pthread_cond_signal(&b->ended);
    pthread_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
}

/* ---- one run ---- */

static int train_it(const struct store *s, const struct store_run *r,
                    const struct worker_options *o, struct error *e)
{
    struct conf *c;
    struct run_config run;
    struct train_result result;
    char name[64], runs[4096], forks[4096], sweep[4200];
    snprintf(name, sizeof name, "plan.jsonl:%d", r->index + 1);
    snprintf(sweep, sizeof sweep, "%s/plan.jsonl:%d", s->dir, r->index + 1);
    TRY(file_join(runs, sizeof runs, s->dir, "runs", e));
    TRY(sweep_load_config(&c, &run, r->config, name, e));
    run.runs = runs;
    TRY(file_join(forks, sizeof forks, s->dir, "forks", e));
    if (r->n_fork_at) TRY(file_make_directories(forks, e));
    const struct train_options options = {.config_text = sweep,
                                          .id = r->id,
                                          .quiet = o->quiet,
                                          .messages = o->messages,
                                          .stop_after = o->stop_after,
                                          .forks = r->n_fork_at ? forks : NULL,
                                          .n_fork_at = r->n_fork_at,
                                          .fork_at = r->fork_at};
    const int status = train_run(&run, &options, &result, e);
    conf_close(c);
    return status;
}

/* Causes that may go away: the system refused, or there was no memory. */
static bool may_retry(int status, const struct store_run *r, const struct worker_options *o)
{
    return (status == E_IO || status == E_MEMORY) && r->failures < o->retries;
}

static enum worker_outcome note_end(const struct store_run *r, const struct worker_options *o,
                                    int status, const struct error *e)
{
    struct error ignored;
    switch (status) {
    case OK:
        store_note(r, "end", "complete", NULL, false, &ignored);
        return WORKER_DONE;
    case E_DIVERGED:
        store_note(r, "end", "diverged", e->text, false, &ignored);
        return WORKER_DONE;
    case E_STOPPED:
    case E_INTERRUPTED:
        if (timed_out) {
            char reason[64];
            snprintf(reason, sizeof reason, "not done after %g s", o->timeout);
            store_note(r, "end", "timeout", reason, false, &ignored);
            return WORKER_FAILED;
        }
        store_note(r, "end", "stopped", NULL, false, &ignored);
        return WORKER_STOPPED;
    default:
        break;
    }
    if (worker_is_full(e->text)) {
        store_note(r, "end", "stopped", "no space left", false, &ignored);
        return WORKER_FULL;
    }
    store_note(r, "end", "failed", e->text, may_retry(status, r, o), &ignored);
    return WORKER_FAILED;
}

static enum worker_outcome work(const struct store *s, struct store_run *r,
                                const struct worker_options *o, struct error *e)
{
    store_refresh(s, r);
    if (o->again && (r->state == STORE_FAILED || r->state == STORE_TIMEOUT)) {
        if (store_note(r, "reset", NULL, NULL, false, e))
            return worker_is_full(e->text) ? WORKER_FULL : WORKER_FAILED;
        store_refresh(s, r);
    }
    if (store_is_final(r->state)) {
        if (r->state < STORE_FAILED) return WORKER_DONE;
        error_set(e, E_IO, "run %s has failed before (%s): --retry-failed tries again", r->id,
                  r->reason);
        return WORKER_FAILED;
    }
    if (store_note(r, "start", NULL, NULL, false, e))
        return worker_is_full(e->text) ? WORKER_FULL : WORKER_FAILED;
    listen(o->timeout);
    const int status = train_it(s, r, o, e);
    return note_end(r, o, status, e);
}

enum worker_outcome worker_run(const struct store *s, struct store_run *r,
                               const struct worker_options *o, struct error *e)
{
    struct claim claim = {-1};
    struct beat b;
    bool taken;
    if (file_make_directories(r->dir, e) || claim_take(&claim, r->dir, &taken, e))
        return worker_is_full(e->text) ? WORKER_FULL : WORKER_FAILED;
    if (!taken) {
        store_refresh(s, r);
        error_set(e, E_STOPPED, "run %s: %s is at it", r->id, *r->who ? r->who : "another process");
        return WORKER_BUSY;
    }
    const bool beating = beat_begin(&b, &claim);
    const enum worker_outcome outcome = work(s, r, o, e);
    if (beating) beat_end(&b);
    claim_release(&claim);
    return outcome;
}
