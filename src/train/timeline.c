/* timeline.c -- see timeline.h. */
#include "src/train/timeline.h"

#include <math.h>
#include <stdlib.h>

enum budget_unit { UNIT_TOKENS, UNIT_STEPS, UNIT_FLOPS, UNIT_SECONDS };

/* A stage lasts until what was spent reaches `end`; both count from the stage's begin, or, for
 * shares of FLOPs of a run, from the run's, so that no rounding is carried on. */
struct budget {
    enum budget_unit unit;
    double begin, end; /* whole numbers of tokens and steps are exact up to 2^53 */
    bool of_run;
};

static double call(const struct conf_variant *v, const struct length_clock *clock)
{
    const struct length_type *t = (const struct length_type *)v->type;
    return (double)t->at(v->opts, clock);
}

/* ---- budgets ---- */

/* The share of the run's budget that stages before i (inclusive: i too) take; a stage without any
 * gets an equal part of what the fractions leave. */
static double cumulated(const struct run_config *run, int i)
{
    double named = 0, sum = 0;
    int unnamed = 0;
    for (int k = 0; k < run->stages.n; k++) {
        named += run_stage(run, k)->fraction;
        unnamed += !(run_stage(run, k)->fraction > 0);
    }
    for (int k = 0; k < i; k++) {
        const double own = run_stage(run, k)->fraction;
        sum += own > 0 ? own : (1 - named) / unnamed;
    }
    return i == run->stages.n ? 1 : sum;
}

/* The data stream cuts long documents where rows of the longest length end: a stage that does not end
 * there would leave all later rows across those cuts. */
static int64_t longest_named(const struct run_config *run)
{
    int64_t longest = 1;
    for (int i = 0; i < run->stages.n; i++) {
        int64_t least, greatest;
        const struct conf_variant *v = &run_stage(run, i)->length;
        if (!v->type) continue;
        ((const struct length_type *)v->type)->range(v->opts, &least, &greatest);
        if (greatest > longest) longest = greatest;
    }
    return longest;
}

/* Tokens of the run at which stages before i end: whole rows, but for the last. */
static double boundary(const struct run_config *run, int i)
{
    const double all = (double)run->budget.tokens;
    if (i == 0 || i == run->stages.n) return i ? all : 0;
    const double row = (double)longest_named(run), at = rint(cumulated(run, i) * all / row) * row;
    return at > 0 && at < all ? at : rint(cumulated(run, i) * all);
}

static struct budget budget_of(const struct run_config *run, int i)
{
    const struct stage_config *s = run_stage(run, i);
    const struct budget_config *b = &run->budget;
    if (s->tokens) return (struct budget){UNIT_TOKENS, 0, (double)s->tokens, false};
    if (s->steps) return (struct budget){UNIT_STEPS, 0, (double)s->steps, false};
    if (s->flops > 0) return (struct budget){UNIT_FLOPS, 0, s->flops, false};
    if (s->seconds > 0) return (struct budget){UNIT_SECONDS, 0, s->seconds, false};
    const double from = cumulated(run, i), to = cumulated(run, i + 1);
    if (b->tokens)
        return (struct budget){UNIT_TOKENS, 0, boundary(run, i + 1) - boundary(run, i), false};
    if (b->steps)
        return (struct budget){UNIT_STEPS, 0,
                               rint(to * (double)b->steps) - rint(from * (double)b->steps), false};
    if (b->flops > 0) return (struct budget){UNIT_FLOPS, from * b->flops, to * b->flops, true};
    return (struct budget){UNIT_SECONDS, 0, (to - from) * b->seconds, false};
}

/* Tokens of every step of a stage, 0 if they vary. */
static int64_t constant_step(const struct run_config *run, const struct stage_config *s)
{
    const struct conf_variant *v = s->batch.tokens.type ? &s->batch.tokens : &s->batch.rows;
    if (s->batch.flops > 0) return 0;
    if (!v->type) return run->optim.batch_tokens;
    const struct length_type *t = (const struct length_type *)v->type,
                             *length = (const struct length_type *)s->length.type;
    if (!t->constant || (v == &s->batch.rows && !(length && length->constant))) return 0;
    const struct length_clock none = {0};
    return (int64_t)(call(v, &none) * (v == &s->batch.rows ? call(&s->length, &none) : 1));
}

struct length_clock timeline_known(const struct run_config *run, int i)
{
    struct length_clock known = {.seed = (uint64_t)run->seed};
    const struct budget b = budget_of(run, i);
    const int64_t step = constant_step(run, run_stage(run, i));
    if (b.unit == UNIT_TOKENS) {
        known.total = (int64_t)b.end;
        if (step) known.steps = (known.total + step - 1) / step;
    } else if (b.unit == UNIT_STEPS) {
        known.steps = (int64_t)b.end;
        known.total = known.steps * step;
    }
    return known;
}

static double spent(const struct budget *b, const struct timeline_at *at)
{
    return b->unit == UNIT_TOKENS  ? (double)at->inside_tokens
           : b->unit == UNIT_STEPS ? (double)at->inside_step
           : b->of_run             ? at->flops
           : b->unit == UNIT_FLOPS ? at->inside_flops
                                   : at->inside_seconds;
}

struct length_clock timeline_clock(const struct run_config *run, const struct timeline_at *at)
{
    struct length_clock clock = timeline_known(run, at->stage);
    const struct budget b = budget_of(run, at->stage);
    clock.tokens = at->inside_tokens;
    clock.step = at->inside_step;
    clock.fraction = fmax(0, fmin(1, (spent(&b, at) - b.begin) / (b.end - b.begin)));
    return clock;
}

/* ---- the walk ---- */

static int64_t step_tokens(const struct run_config *run, const struct stage_config *s,
                           const struct length_clock *clock, int length, double per_token)
{
    if (s->batch.tokens.type) return (int64_t)call(&s->batch.tokens, clock);
    if (s->batch.rows.type) return (int64_t)call(&s->batch.rows, clock) * length;
    if (!(s->batch.flops > 0)) return run->optim.batch_tokens;
    const int64_t rows = (int64_t)(s->batch.flops / (per_token * length));
    return (rows > 1 ? rows : 1) * length;
}

static int full_length(const struct stage_config *s, int length)
{
    int64_t least, greatest;
    if (s->cut != CUT_TRUNCATE) return length;
    ((const struct length_type *)s->length.type)->range(s->length.opts, &least, &greatest);
    return (int)greatest;
}

/* Tokens that FLOPs pay for; all stages but the last end with a whole row of the longest length. */
static int64_t flops_left(const struct run_config *run, const struct timeline_at *at, double tokens)
{
    if (tokens > 1e15) return INT64_MAX;
    if (at->stage + 1 == run->stages.n) return (int64_t)tokens;
    const int64_t row = longest_named(run), end = at->tokens + (int64_t)tokens;
    return (end + row - 1) / row * row - at->tokens;
}

bool timeline_next(const struct run_config *run, struct timeline_at *at, struct timeline_step *step)
{
    struct budget b;
    for (;;) {
        if (at->stage >= run->stages.n) return false;
        b = budget_of(run, at->stage);
        if (spent(&b, at) < b.end) break;
        at->stage++;
        at->inside_step = at->inside_tokens = 0;
        at->inside_flops = at->inside_seconds = 0;
    }
    const struct stage_config *s = run_stage(run, at->stage);
    const struct length_clock clock = timeline_clock(run, at);
    *step =
        (struct timeline_step){.stage = at->stage, .enters = at->inside_step == 0, .mask = s->mask};
    step->length = (int)call(&s->length, &clock);
    step->full_length = full_length(s, step->length);
    if (s->window.type) {
        const int window = (int)call(&s->window, &clock);
        step->window = window < step->length ? window : 0;
    }
    const double per_token =
        run->model.vocab_size
            ? flops_causal(&run->model, step->length, timeline_window(step), step->window)
            : 0;
    step->tokens = step->full = step_tokens(run, s, &clock, step->length, per_token);
    int64_t left = INT64_MAX;
    if (b.unit == UNIT_TOKENS) left = (int64_t)b.end - at->inside_tokens;
    if (b.unit == UNIT_FLOPS)
        left = flops_left(run, at, fmax(1, ceil((b.end - spent(&b, at)) / per_token)));
    if (left < step->tokens) step->tokens = left;
    step->flops = per_token * (double)step->tokens;
    return true;
}

void timeline_take(struct timeline_at *at, const struct timeline_step *step)
{
    at->step++;
    at->inside_step++;
    at->tokens += step->tokens;
    at->inside_tokens += step->tokens;
    at->flops += step->flops;
    at->inside_flops += step->flops;
}

struct timeline_at timeline_to(const struct run_config *run, int64_t steps)
{
    struct timeline_at at = {0};
    struct timeline_step step;
    while (at.step < steps && timeline_next(run, &at, &step)) timeline_take(&at, &step);
    return at;
}

int timeline_open(struct timeline *t, const struct run_config *run, struct error *e)
{
    struct timeline_at at = {0};
    struct timeline_step step;
    *t = (struct timeline){.run = run};
    t->stage = calloc((size_t)run->stages.n, sizeof *t->stage);
    if (!t->stage) return error_set(e, E_MEMORY, "no memory for the plan of a run");
    for (int i = 0; i < run->stages.n; i++) {
        const struct budget b = budget_of(run, i);
        if (b.unit != UNIT_SECONDS) continue;
        t->timed = true;
        t->seconds += b.end;
    }
    if (t->timed) return OK;
    while (timeline_next(run, &at, &step)) {
        struct timeline_stage *s = &t->stage[step.stage];
        if (step.enters)
            *s = (struct timeline_stage){
                .first_step = at.step, .first_token = at.tokens, .first_flops = at.flops};
        timeline_take(&at, &step);
        s->steps++;
        s->tokens += step.tokens;
        s->flops += step.flops;
        if (at.step <= 1000000000) continue;
        timeline_close(t);
        return error_set(e, E_USAGE, "a run of more than 10^9 steps");
    }
    t->steps = at.step;
    t->tokens = at.tokens;
    t->flops = at.flops;
    return OK;
}

void timeline_close(struct timeline *t)
{
    free(t->stage);
    *t = (struct timeline){0};
}
