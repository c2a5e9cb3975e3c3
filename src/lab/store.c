/* store.c -- see store.h. */
#include "src/lab/store.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/lab/claim.h"

const char *const store_state_names[STORE_STATES] = {"pending", "stopped",  "retry",
                                                     "running", "complete", "diverged",
                                                     "pruned",  "failed",   "timeout"};

bool store_is_final(enum store_state state)
{
    return state >= STORE_COMPLETE;
}

/* ---- the plan ---- */

static int read_arms(struct store *s, struct error *e)
{
    const jsn *list = jsn_get(s->sweep.root, "arms");
    s->n_arms = (int)jsn_length(list);
    s->arms = calloc((size_t)s->n_arms + 1, sizeof *s->arms);
    if (!s->arms) return error_set(e, E_MEMORY, "no memory for %d arms", s->n_arms);
    for (int i = 0; i < s->n_arms; i++) {
        const jsn *arm = jsn_at(list, (size_t)i);
        TRY(jsn_string(&s->sweep, arm, "label", true, &s->arms[i].label, e));
        TRY(jsn_string(&s->sweep, arm, "block", false, &s->arms[i].block, e));
        TRY(jsn_int(&s->sweep, arm, "parameters", false, &s->arms[i].parameters, e));
        s->arms[i].settings = jsn_get(arm, "settings");
    }
    return OK;
}

static int read_early_stop(struct store *s, struct error *e)
{
    const jsn *n = jsn_get(s->sweep.root, "early_terminate");
    int64_t type = 0, eta = 0, arms = 0;
    if (!n) return OK;
    TRY(jsn_int(&s->sweep, n, "type", true, &type, e));
    TRY(jsn_int(&s->sweep, n, "min_tokens", true, &s->early.min_tokens, e));
    TRY(jsn_int(&s->sweep, n, "eta", true, &eta, e));
    TRY(jsn_int(&s->sweep, n, "min_arms", true, &arms, e));
    s->early.type = (enum early_stop_type)type;
    s->early.eta = (int)eta;
    s->early.min_arms = (int)arms;
    s->early.goal = GOAL_MINIMIZE; /* of eval/loss */
    return OK;
}

static int read_sweep(struct store *s, struct error *e)
{
    char path[4096];
    const char *goal = "minimize";
    int64_t baseline = 0;
    TRY(file_join(path, sizeof path, s->dir, "sweep.json", e));
    if (!file_exists(path))
        return error_set(e, E_USAGE, "'%s' is no sweep: it has no plan ('ropewalk sweep plan')",
                         s->dir);
    TRY(jsn_open(&s->sweep, path, e));
    const jsn *root = s->sweep.root, *metric = jsn_get(root, "metric");
    const jsn *seeds = jsn_get(root, "seeds");
    TRY(jsn_string(&s->sweep, root, "name", true, &s->name, e));
    TRY(jsn_string(&s->sweep, root, "description", false, &s->description, e));
    TRY(jsn_string(&s->sweep, metric, "name", true, &s->metric, e));
    TRY(jsn_string(&s->sweep, metric, "goal", true, &goal, e));
    TRY(jsn_double(&s->sweep, metric, "practical_delta", false, &s->practical_delta, e));
    TRY(jsn_double(&s->sweep, root, "level", false, &s->level, e));
    TRY(jsn_bool(&s->sweep, root, "paired_holm", false, &s->paired_holm, e));
    TRY(jsn_int(&s->sweep, root, "baseline", true, &baseline, e));
    s->maximize = strcmp(goal, "maximize") == 0;
    s->baseline = (int)baseline;
    s->n_seeds = (int)jsn_length(seeds);
    s->seeds = calloc((size_t)s->n_seeds + 1, sizeof *s->seeds);
    if (!s->seeds) return error_set(e, E_MEMORY, "no memory for %d seeds", s->n_seeds);
    for (int i = 0; i < s->n_seeds; i++) s->seeds[i] = jsn_as_int(jsn_at(seeds, (size_t)i));
    TRY(read_early_stop(s, e));
    return read_arms(s, e);
}

static int read_share(const struct jsn_doc *d, struct store_run *r, struct error *e)
{
    int64_t after = -1;
    const jsn *steps = jsn_get(d->root, "fork_at");
    for (size_t i = 0; i < jsn_length(steps) && r->n_fork_at < STORE_FORKS; i++)
        r->fork_at[r->n_fork_at++] = jsn_as_int(jsn_at(steps, i));
    TRY(jsn_int(d, d->root, "after", false, &after, e));
    r->after = (int)after;
    return jsn_int(d, d->root, "after_tokens", false, &r->after_tokens, e);
}

static int read_run(struct store *s, const char *line, size_t n, struct error *e)
{
    struct jsn_doc *d = &s->lines[s->n_runs];
    struct store_run *r = &s->runs[s->n_runs];
    int64_t arm = 0;
    char runs[4096], name[64];
    snprintf(name, sizeof name, "plan.jsonl:%d", s->n_runs + 1);
    TRY(jsn_open_text(d, name, line, n, e));
    r->index = s->n_runs++;
    TRY(jsn_string(d, d->root, "id", true, &r->id, e));
    TRY(jsn_string(d, d->root, "label", true, &r->label, e));
    TRY(jsn_string(d, d->root, "config", true, &r->config, e));
    TRY(jsn_int(d, d->root, "arm", true, &arm, e));
    TRY(jsn_int(d, d->root, "seed", true, &r->seed, e));
    TRY(jsn_int(d, d->root, "tokens", true, &r->tokens, e));
    TRY(jsn_double(d, d->root, "flops", true, &r->flops, e));
    TRY(jsn_int(d, d->root, "memory", true, &r->memory, e));
    TRY(jsn_int(d, d->root, "disk", true, &r->disk, e));
    TRY(read_share(d, r, e));
    r->arm = (int)arm;
    if (arm < 0 || arm >= s->n_arms)
        return error_set(e, E_FORMAT, "%s: there is no arm %d", name, r->arm);
    TRY(file_join(runs, sizeof runs, s->dir, "runs", e));
    return file_join(r->dir, sizeof r->dir, runs, r->id, e);
}

static int read_plan(struct store *s, struct error *e)
{
    char path[4096], *text;
    size_t n, lines = 0;
    TRY(file_join(path, sizeof path, s->dir, "plan.jsonl", e));
    TRY(file_read_all(path, &text, &n, e));
    for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
    s->runs = calloc(lines + 1, sizeof *s->runs);
    s->lines = calloc(lines + 1, sizeof *s->lines);
    int status = s->runs && s->lines ? OK : error_set(e, E_MEMORY, "no memory for %zu runs", lines);
    for (char *line = text, *end; !status && (end = strchr(line, '\n')); line = end + 1)
        status = read_run(s, line, (size_t)(end - line), e);
    free(text);
    return status;
}

int store_open(struct store **out, const char *dir, struct error *e)
{
    *out = NULL;
    struct store *s = calloc(1, sizeof *s);
    if (!s) return error_set(e, E_MEMORY, "no memory");
    snprintf(s->dir, sizeof s->dir, "%s", dir);
    int status = read_sweep(s, e);
    if (!status) status = read_plan(s, e);
    if (status) {
        store_close(s);
        return status;
    }
    for (int i = 0; i < s->n_runs; i++) {
        store_refresh(s, &s->runs[i]);
        if (i == 0 || s->runs[i].tokens < s->early.max_tokens)
            s->early.max_tokens = s->runs[i].tokens;
    }
    *out = s;
    return OK;
}

void store_close(struct store *s)
{
    if (!s) return;
    for (int i = 0; i < s->n_runs; i++) jsn_close(&s->lines[i]);
    jsn_close(&s->sweep);
    free(s->lines);
    free(s->runs);
    free(s->arms);
    free(s->seeds);
    free(s);
}

/* ---- how far a run is ---- */

static bool read_status(const struct store_run *r, char word[32], int64_t *step, int64_t *tokens)
{
    char path[4200];
    struct jsn_doc d;
    const char *text = "";
    snprintf(path, sizeof path, "%s/status.json", r->dir);
    *word = 0;
    if (access(path, F_OK) || jsn_open(&d, path, NULL)) return false;
    const bool good = !jsn_string(&d, d.root, "status", true, &text, NULL) &&
                      !jsn_int(&d, d.root, "step", true, step, NULL) &&
                      !jsn_int(&d, d.root, "tokens", true, tokens, NULL);
    snprintf(word, 32, "%s", text);
    jsn_close(&d);
    return good;
}

struct history {
    int starts, failures;
    bool ended, retry;
    char status[32];
};

static void read_event(struct history *h, struct store_run *r, const char *line, size_t n)
{
    struct jsn_doc d;
    const char *event = "", *status = "", *reason = "";
    if (jsn_open_text(&d, "attempts", line, n, NULL)) return;
    jsn_string(&d, d.root, "event", true, &event, NULL);
    jsn_string(&d, d.root, "status", false, &status, NULL);
    jsn_string(&d, d.root, "reason", false, &reason, NULL);
    if (strcmp(event, "start") == 0) {
        h->starts++;
        h->ended = false;
    } else if (strcmp(event, "reset") == 0) {
        *h = (struct history){0};
        *r->reason = 0;
    } else {
        h->ended = true;
        h->retry = false;
        jsn_bool(&d, d.root, "retry", false, &h->retry, NULL);
        snprintf(h->status, sizeof h->status, "%s", status);
        snprintf(r->reason, sizeof r->reason, "%s", reason);
        h->failures += strcmp(status, "failed") == 0;
    }
    jsn_close(&d);
}

static struct history read_history(struct store_run *r)
{
    struct history h = {0};
    char path[4200], *text;
    size_t n;
    *r->reason = 0;
    snprintf(path, sizeof path, "%s/attempts.jsonl", r->dir);
    if (access(path, F_OK) || file_read_all(path, &text, &n, NULL)) return h;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
        read_event(&h, r, line, (size_t)(end - line));
    free(text);
    return h;
}

void store_refresh(const struct store *s, struct store_run *r)
{
    char word[32];
    (void)s;
    r->state = STORE_PENDING;
    r->step = r->tokens_done = 0;
    r->starts = r->failures = 0;
    *r->who = *r->reason = 0;
    if (access(r->dir, F_OK)) return;
    const bool known = read_status(r, word, &r->step, &r->tokens_done);
    if (known && strcmp(word, "complete") == 0) {
        r->state = STORE_COMPLETE;
        return;
    }
    const struct history h = read_history(r);
    r->starts = h.starts;
    r->failures = h.failures;
    if (known && strcmp(word, "diverged") == 0)
        r->state = STORE_DIVERGED;
    else if (claim_held(r->dir, r->who, sizeof r->who))
        r->state = STORE_RUNNING;
    else if (h.ended && strcmp(h.status, "pruned") == 0)
        r->state = STORE_PRUNED;
    else if (h.ended && strcmp(h.status, "timeout") == 0)
        r->state = STORE_TIMEOUT;
    else if (h.ended && strcmp(h.status, "failed") == 0)
        r->state = h.retry ? STORE_RETRY : STORE_FAILED;
    else if (known || h.starts)
        r->state = STORE_STOPPED;
}

int64_t store_tokens_now(const struct store_run *r)
{
    char path[4200], text[8192];
    int64_t tokens = r->tokens_done;
    snprintf(path, sizeof path, "%s/metrics.jsonl", r->dir);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    const off_t size = lseek(fd, 0, SEEK_END);
    const off_t from = size > (off_t)sizeof text - 1 ? size - (off_t)sizeof text + 1 : 0;
    const ssize_t n = pread(fd, text, sizeof text - 1, from);
    close(fd);
    text[n > 0 ? n : 0] = 0;
    for (const char *s = text; (s = strstr(s, "\"tokens\":")); s++)
        tokens = strtoll(s + strlen("\"tokens\":"), NULL, 10);
    return tokens;
}

double store_metric(const struct store_run *r, const char *name)
{
    char path[4200];
    struct jsn_doc d;
    double v = NAN;
    snprintf(path, sizeof path, "%s/summary.json", r->dir);
    if (access(path, F_OK) || jsn_open(&d, path, NULL)) return NAN;
    if (jsn_double(&d, d.root, name, false, &v, NULL)) v = NAN;
    jsn_close(&d);
    return v;
}

int store_find(const struct store *s, const char *word, struct store_run **out, struct error *e)
{
    char *end;
    int found = 0;
    const long index = strtol(word, &end, 10);
    *out = NULL;
    for (int i = 0; i < s->n_runs; i++) {
        struct store_run *r = &s->runs[i];
        const bool by_index = *word && !*end && index == i && strlen(word) < 6;
        const bool by_id = strlen(word) >= 4 && strncmp(r->id, word, strlen(word)) == 0;
        char label[600];
        snprintf(label, sizeof label, "%.500s seed=%lld", r->label, (long long)r->seed);
        if (!by_index && !by_id && strcmp(label, word) && strcmp(r->label, word)) continue;
        *out = r;
        found++;
        if (by_index) return OK;
    }
    if (found == 1) return OK;
    if (!found)
        return error_set(e, E_USAGE,
                         "no run of '%s' is called '%s': give its index (0 to %d), the beginning "
                         "of its id, or 'label seed=N'",
                         s->name, word, s->n_runs - 1);
    return error_set(e, E_USAGE, "%d runs of '%s' are called '%s': add seed=N", found, s->name,
                     word);
}

/* ---- events ---- */

int store_note(const struct store_run *r, const char *event, const char *status, const char *reason,
               bool retry, struct error *e)
{
    char path[4200], now[32], host[65] = "";
    struct line_log log;
    struct jsn_out o;
    const time_t t = time(NULL);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
    gethostname(host, sizeof host - 1);
    snprintf(path, sizeof path, "%s/attempts.jsonl", r->dir);
    TRY(line_log_open(&log, path, -1, e));
    jsn_out_open(&o, false);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "event", event);
    if (status) jsn_put_string(&o, "status", status);
    if (status && strcmp(status, "failed") == 0) jsn_put_bool(&o, "retry", retry);
    if (reason) jsn_put_string(&o, "reason", reason);
    jsn_put_string(&o, "time", now);
    jsn_put_string(&o, "host", host);
    jsn_put_int(&o, "process", getpid());
    jsn_map_end(&o);
    int failed = line_log_write(&log, o.text, o.length, e);
    if (!failed) failed = line_log_sync(&log, e);
    jsn_out_close(&o);
    line_log_close(&log);
    return failed;
}
