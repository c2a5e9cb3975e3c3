/* config_stages.c -- stages that cannot be are refused before anything is trained. */
#include <math.h>
#include <string.h>

#include "src/train/config_check.h"
#include "src/train/timeline.h"

/* ---- budgets ---- */

/* How many of a stage's budgets are given; *second: the place of the second. */
static int budgets_named(const struct stage_config *s, const void **second)
{
    const void *const place[] = {&s->tokens, &s->steps, &s->flops, &s->seconds, &s->fraction};
    const bool named[] = {s->tokens > 0, s->steps > 0, s->flops > 0, s->seconds > 0,
                          s->fraction > 0};
    int n = 0;
    for (int k = 0; k < 5; k++)
        if (named[k] && ++n == 2) *second = place[k];
    return n;
}

static bool run_has_budget(const struct run_config *run)
{
    const struct budget_config *b = &run->budget;
    return b->tokens || b->steps || b->flops > 0 || b->seconds > 0;
}

static void check_stage_budget(struct conf *c, const struct run_config *run, int i)
{
    const struct stage_config *s = run_stage(run, i);
    const void *second = NULL;
    const int n = budgets_named(s, &second);
    const bool of_run = run_has_budget(run);
    if (n > 1)
        conf_error(c, conf_place(c, second), "one of tokens, steps, flops, seconds, fraction",
                   "stage '%s' has two budgets", s->name);
    else if (!n && !of_run)
        conf_error(c, conf_place(c, s), "or steps, flops, seconds, or a `budget` of the run",
                   "missing key 'tokens' in 'stages[%d]'", i);
    else if (n && of_run && !(s->fraction > 0))
        conf_error(c, conf_place(c, s), "name a `fraction` of it, or nothing for the rest",
                   "stage '%s' has a budget of its own beside the run's `budget`", s->name);
    else if (s->fraction > 0 && !of_run)
        conf_error(c, conf_place(c, &s->fraction), "for example `budget: {tokens: 10M}`",
                   "a fraction of no budget: the run has none");
}

static void check_fractions(struct conf *c, const struct run_config *run)
{
    double sum = 0;
    int unnamed = 0;
    for (int i = 0; i < run->stages.n; i++) {
        sum += run_stage(run, i)->fraction;
        unnamed += !(run_stage(run, i)->fraction > 0);
    }
    const struct stage_config *last = run_stage(run, run->stages.n - 1);
    if (unnamed ? sum >= 1 - 1e-9 : fabs(sum - 1) > 1e-9)
        conf_error(c, conf_place(c, last->fraction > 0 ? (const void *)&last->fraction : last),
                   "leave one stage without a fraction to give it the rest",
                   unnamed ? "fractions of %.12g leave nothing for the stages without one"
                           : "fractions add up to %.12g, not to 1",
                   sum);
}

void run_config_check_budgets(struct conf *c, const struct run_config *run)
{
    const struct budget_config *b = &run->budget;
    const int of_run = (b->tokens > 0) + (b->steps > 0) + (b->flops > 0) + (b->seconds > 0);
    if (!run->stages.n) return;
    if (of_run > 1)
        conf_error(c, conf_place(c, &run->budget.steps), "one of tokens, steps, flops, seconds",
                   "the run has %d budgets", of_run);
    for (int i = 0; i < run->stages.n; i++) check_stage_budget(c, run, i);
    if (of_run) check_fractions(c, run);
    int timed = 0;
    for (int i = 0; i < run->stages.n; i++) timed += run_stage(run, i)->seconds > 0;
    if (timed && timed < run->stages.n)
        for (int i = 0; i < run->stages.n; i++)
            if (run_stage(run, i)->seconds > 0) {
                conf_error(c, conf_place(c, &run_stage(run, i)->seconds),
                           "give every stage seconds, or none",
                           "a budget in seconds beside others leaves the learning rate no clock");
                return;
            }
}

/* ---- schedules ---- */

/* A schedule in a stage: its own refusals; false after one. */
static bool check_schedule(struct conf *c, const struct run_config *run, int i,
                           const struct conf_variant *v)
{
    struct error e;
    const struct length_clock known = timeline_known(run, i);
    const struct length_type *t = (const struct length_type *)v->type;
    if (!t->check || !t->check(v->opts, &known, &e)) return true;
    conf_error(c, conf_place(c, v), NULL, "%s", e.text);
    return false;
}

static void bounds(const struct conf_variant *v, int64_t *least, int64_t *greatest)
{
    ((const struct length_type *)v->type)->range(v->opts, least, greatest);
}

/* Fewest tokens of a step; *place: where that is said. 0: as many as rows need. */
static int64_t fewest(const struct run_config *run, const struct stage_config *s, const char **what,
                      const void **place)
{
    int64_t least, greatest;
    *what = "optim.batch_tokens";
    *place = &run->optim.batch_tokens;
    if (s->batch.rows.type || s->batch.flops > 0) return 0;
    if (!s->batch.tokens.type) return run->optim.batch_tokens;
    bounds(&s->batch.tokens, &least, &greatest);
    *what = "batch.tokens";
    *place = &s->batch.tokens;
    return least;
}

/* The first length of a stage's schedule, at steps of `step` tokens, that is wrong; 0: none. */
static int64_t first_wrong_length(const struct run_config *run, int i, int64_t step,
                                  bool (*wrong)(int64_t length, int64_t by), int64_t by)
{
    const struct stage_config *s = run_stage(run, i);
    const struct length_type *t = (const struct length_type *)s->length.type;
    struct length_clock clock = timeline_known(run, i);
    const int64_t steps = t->constant ? 1 : clock.steps;
    for (int64_t k = 0; k < steps; k++) {
        clock.step = k;
        clock.tokens = k * step;
        clock.fraction = (double)k / (double)steps;
        const int64_t length = t->at(s->length.opts, &clock);
        if (wrong(length, by)) return length;
    }
    return 0;
}

static bool leaves_short_rows(int64_t length, int64_t step)
{
    return step % length != 0;
}

/* Where the user names every length, a step that rows do not fill is a slip: its last row would be
 * short, step after step. Schedules that grow smoothly have short rows by nature. */
static void check_whole_rows(struct conf *c, const struct run_config *run, int i, int64_t step)
{
    const struct stage_config *s = run_stage(run, i);
    const struct length_type *t = (const struct length_type *)s->length.type;
    if (!t->whole_rows || s->batch.tokens.type || !step) return;
    const int64_t length = first_wrong_length(run, i, step, leaves_short_rows, step);
    if (length)
        conf_error(c, conf_place(c, &s->length), NULL,
                   "steps of %lld tokens are not whole rows of %lld tokens", (long long)step,
                   (long long)length);
}

static bool has_no_pool(int64_t length, int64_t shortest)
{
    return length < shortest || (length & (length - 1));
}

/* Rows of decomposed documents come from pools of powers of two. */
static void check_pools(struct conf *c, const struct run_config *run, int i, int64_t step)
{
    const struct stage_config *s = run_stage(run, i);
    const int shortest = run->data.packing.shortest;
    if (run->data.packing.type != PACK_DECOMPOSE) return;
    const int64_t length = first_wrong_length(run, i, step, has_no_pool, shortest);
    if (length)
        conf_error(c, conf_place(c, &s->length), "see data.packing.shortest",
                   "decomposed documents have no pieces of %lld tokens: powers of two from %d are "
                   "valid",
                   (long long)length, shortest);
}

static void check_length(struct conf *c, const struct run_config *run, int i)
{
    int64_t least, longest;
    const char *what;
    const void *place;
    const struct stage_config *s = run_stage(run, i);
    if (!s->length.type) {
        if (!conf_given(c, &s->length))
            conf_error(c, conf_place(c, &s->length), "for example `length: 256`",
                       "missing key 'length' in 'stages[%d]', the first stage", i);
        return;
    }
    if (!check_schedule(c, run, i, &s->length)) return;
    bounds(&s->length, &least, &longest);
    if (least < 1) return; /* reported */
    const int64_t step = fewest(run, s, &what, &place);
    if (step && longest > step)
        conf_error(c, conf_place(c, &s->length), NULL,
                   "a row of %lld tokens is longer than a step of %s %lld", (long long)longest,
                   what, (long long)step);
    else
        check_whole_rows(c, run, i, step);
    check_pools(c, run, i, step);
    if (!s->window.type || !check_schedule(c, run, i, &s->window)) return;
    int64_t widest;
    bounds(&s->window, &least, &widest);
    longest =
        run_config_longest_row(run); /* a stage may inherit a window that no row of it needs */
    if (widest > longest)
        conf_error(c, conf_place(c, &s->window), NULL,
                   "a window of %lld tokens is larger than the longest row, %lld tokens",
                   (long long)widest, (long long)longest);
}

static void check_batch(struct conf *c, const struct run_config *run, int i)
{
    const struct batch_config *b = &run_stage(run, i)->batch;
    if ((b->tokens.type != NULL) + (b->rows.type != NULL) + (b->flops > 0) > 1) {
        conf_error(c, conf_place(c, b->rows.type ? (const void *)&b->rows : &b->flops),
                   "one of tokens, rows, flops", "two things are held constant");
        return;
    }
    if (b->tokens.type) check_schedule(c, run, i, &b->tokens);
    if (b->rows.type) check_schedule(c, run, i, &b->rows);
}

/* ---- the switch ---- */

static void check_first(struct conf *c, const struct stage_config *s)
{
    if (s->lr.action != LR_KEEP)
        conf_error(c, conf_place(c, &s->lr.action), NULL,
                   "the first stage begins the schedule: there is nothing to restart");
    if (s->lr.rewarm)
        conf_error(c, conf_place(c, &s->lr.rewarm), NULL,
                   "the first stage warms up over optim.warmup");
    if (s->moments != MOMENTS_KEEP)
        conf_error(c, conf_place(c, &s->moments), NULL, "the first stage begins with moments of 0");
    if (s->position_ramp)
        conf_error(c, conf_place(c, &s->position_ramp), NULL,
                   "the first stage has no encoding to come from");
    if (s->evaluate)
        conf_error(c, conf_place(c, &s->evaluate), NULL, "there is no switch into the first stage");
}

static void check_switch(struct conf *c, const struct run_config *run, int i)
{
    const struct stage_config *s = run_stage(run, i);
    const int64_t tokens = timeline_known(run, i).total;
    if (tokens && s->lr.rewarm >= tokens) {
        conf_error(c, conf_place(c, &s->lr.rewarm), NULL,
                   "warming up over %lld tokens is not shorter than the stage's %lld tokens",
                   (long long)s->lr.rewarm, (long long)tokens);
        return;
    }
    if (s->lr.schedule && s->lr.action != LR_RESTART)
        conf_error(c, conf_place(c, &s->lr.schedule), "add `action: restart`",
                   "a new schedule without a restart has no effect");
    if (s->moments_scale != 1 && s->moments != MOMENTS_SCALE)
        conf_error(c, conf_place(c, &s->moments_scale), "add `moments: scale`",
                   "moments_scale has no effect on moments that are kept or reset");
    if (s->moments == MOMENTS_SCALE && !conf_given(c, &s->moments_scale))
        conf_error(c, conf_place(c, &s->moments), "for example `moments_scale: 0.5`",
                   "moments are scaled by no factor: 'moments_scale' is missing");
    if (i == 0) {
        check_first(c, s);
        return;
    }
    if (s->position_ramp && s->position.v == s[-1].position.v)
        conf_error(c, conf_place(c, &s->position_ramp), NULL,
                   "a ramp to the encoding that is there already");
    if (tokens && s->position_ramp > tokens)
        conf_error(c, conf_place(c, &s->position_ramp), NULL,
                   "a ramp over %lld tokens is longer than the stage's %lld tokens",
                   (long long)s->position_ramp, (long long)tokens);
}

void run_config_check_stage(struct conf *c, const struct run_config *run, int i)
{
    const char *what;
    const void *place;
    const struct stage_config *s = run_stage(run, i);
    const int64_t tokens = timeline_known(run, i).total, step = fewest(run, s, &what, &place);
    if (tokens && step && tokens < step)
        conf_error(c, conf_place(c, s->tokens ? (const void *)&s->tokens : s), NULL,
                   "a stage of %lld tokens is shorter than one step of %s %lld", (long long)tokens,
                   what, (long long)step);
    if (s->fork && (strchr(s->name, '/') || s->name[0] == '.'))
        conf_error(c, conf_place(c, &s->name), NULL,
                   "'%s' cannot name the folder of a fork: no '/' and no '.' at the start",
                   s->name);
    for (int k = 0; k < i; k++)
        if (!strcmp(run_stage(run, k)->name, s->name))
            conf_error(c, conf_place(c, &s->name), NULL, "stages %d and %d are both named '%s'",
                       k + 1, i + 1, s->name);
    check_batch(c, run, i);
    check_length(c, run, i);
    check_switch(c, run, i);
}
