/* prefix.c -- see prefix.h. */
#include "src/train/prefix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/train/schedule.h"
#include "src/train/sizes.h"

/* ---- what a stage brings with it, as a hash ---- */

struct stage_key {
    char position[65], mixer[65];
};

static struct stage_key *stage_keys(const struct run_config *run)
{
    struct stage_key *key = calloc((size_t)run->stages.n, sizeof *key);
    for (int i = 0; key && i < run->stages.n; i++) {
        const struct stage_config *s = run_stage(run, i);
        run_config_hash_position(&s->position, key[i].position);
        run_config_hash_mixer(&s->mixer, key[i].mixer);
    }
    return key;
}

/* ---- a step as numbers ---- */

enum key_part {
    KEY_LENGTH,
    KEY_WINDOW,
    KEY_MASK,
    KEY_CUT,
    KEY_TOKENS,
    KEY_MOMENTS,
    KEY_EVALUATE,
    KEY_RAMP,
    KEY_MIX_CLOCK,
    KEY_NUMBERS
};

static const char *const part_name[] = {
    "row length", "window",        "mask", "tokens drawn for a row", "tokens of a step", "moments",
    "evaluation", "position ramp", "mix"};

struct step_key {
    double number[KEY_NUMBERS], lr;
    const struct stage_key *stage;
};

static struct step_key key_of(const struct timeline *t, const struct stage_key *stages,
                              const struct timeline_at *at, const struct timeline_step *step)
{
    const struct stage_config *s = run_stage(t->run, step->stage);
    struct step_key k = {.stage = &stages[step->stage]};
    k.number[KEY_LENGTH] = step->length;
    k.number[KEY_WINDOW] = step->window;
    k.number[KEY_MASK] = step->window ? step->mask : 0;
    k.number[KEY_CUT] = step->full_length;
    k.number[KEY_TOKENS] = (double)step->tokens;
    const bool enters = step->enters && step->stage > 0;
    if (enters && s->moments == MOMENTS_RESET) k.number[KEY_MOMENTS] = -1;
    if (enters && s->moments == MOMENTS_SCALE) k.number[KEY_MOMENTS] = s->moments_scale;
    k.number[KEY_EVALUATE] = enters && s->evaluate;
    if (at->inside_tokens < s->position_ramp)
        k.number[KEY_RAMP] = (double)at->inside_tokens / (double)s->position_ramp + 1;
    /* a mix that changes reads the clock of its stage */
    if (!((const struct mixer_type *)s->mixer.type)->constant)
        k.number[KEY_MIX_CLOCK] = (double)t->stage[step->stage].tokens;
    k.lr = schedule_lr(t, at, step);
    return k;
}

/* NULL: the same. */
static const char *difference(const struct step_key *a, const struct step_key *b)
{
    for (int i = 0; i < KEY_NUMBERS; i++)
        if (a->number[i] != b->number[i]) return part_name[i];
    if (a->lr != b->lr) return "learning rate";
    if (strcmp(a->stage->position, b->stage->position)) return "position encoding";
    if (strcmp(a->stage->mixer, b->stage->mixer)) return "mix";
    return NULL;
}

/* ---- the rest of the run ---- */

/* Everything but the schedule, whose effect the steps show. */
static struct run_config without_schedule(const struct run_config *run)
{
    struct run_config r = *run;
    r.stages = (struct conf_list){0};
    r.budget = (struct budget_config){0};
    r.position = (struct conf_variants){0};
    r.data.mixer = (struct conf_variant){0};
    r.optim.lr = r.optim.min_lr = r.optim.cooldown = 0;
    r.optim.warmup = r.optim.schedule = 0;
    r.optim.batch_tokens = r.optim.micro_tokens = 0;
    r.fork_from = (struct fork_config){0};
    return r;
}

static void hash_rest(const struct timeline *t, char hex[65])
{
    char text[256];
    struct sha256 s;
    const struct run_config r = without_schedule(t->run);
    const struct run_sizes z = run_sizes(t->run);
    conf_hash(&run_schema, &r, hex);
    const int n = snprintf(text, sizeof text, "%s %d %lld %d %d", hex, z.longest,
                           (long long)z.micro_tokens, z.eval_length, z.eval_batch);
    sha256_init(&s);
    sha256_add(&s, text, (size_t)n);
    sha256_hex(&s, hex);
}

/* Name of the first section of the configuration that differs. */
static const char *section_that_differs(const struct run_config *a, const struct run_config *b)
{
    const struct run_config x = without_schedule(a), y = without_schedule(b);
    for (const struct conf_field *f = run_schema.fields; f->key; f++) {
        const struct conf_field one[] = {*f, CONF_END};
        const struct conf_schema schema = {"", run_schema.size, one};
        char p[65], q[65];
        conf_hash(&schema, &x, p);
        conf_hash(&schema, &y, q);
        if (strcmp(p, q)) return f->key;
    }
    return "the longest row or the size of a pass";
}

/* ---- walks ---- */

void prefix_id(const struct timeline *t, const char *fingerprint, int64_t steps, char id[13])
{
    char hex[65];
    struct sha256 s;
    struct timeline_at at = {0};
    struct timeline_step step;
    *id = '\0';
    struct stage_key *stages = t->timed ? NULL : stage_keys(t->run);
    if (!stages) return;
    hash_rest(t, hex);
    sha256_init(&s);
    sha256_add(&s, hex, 64);
    sha256_add(&s, fingerprint, strlen(fingerprint));
    while (at.step < steps && timeline_next(t->run, &at, &step)) {
        const struct step_key k = key_of(t, stages, &at, &step);
        sha256_add(&s, k.number, sizeof k.number);
        sha256_add(&s, &k.lr, sizeof k.lr);
        sha256_add(&s, k.stage->position, 64);
        sha256_add(&s, k.stage->mixer, 64);
        timeline_take(&at, &step);
    }
    sha256_hex(&s, hex);
    free(stages);
    snprintf(id, 13, "%.12s", hex);
}

/* Walk both side by side up to `steps` steps; *what is NULL if they are the same all the way, else
 * the first difference, and *at_a where a stands. */
static int64_t walk(const struct timeline *a, const struct timeline *b, int64_t steps,
                    struct timeline_step *at_a, const char **what)
{
    struct timeline_at x = {0}, y = {0};
    struct timeline_step p, q;
    struct stage_key *ka = stage_keys(a->run), *kb = stage_keys(b->run);
    *what = NULL;
    while (ka && kb && x.step < steps && !*what) {
        const bool more = timeline_next(a->run, &x, &p), too = timeline_next(b->run, &y, &q);
        if (!more && !too) break;
        *at_a = p;
        if (more != too) {
            *what = "number of steps";
            break;
        }
        const struct step_key i = key_of(a, ka, &x, &p), j = key_of(b, kb, &y, &q);
        *what = difference(&i, &j);
        if (*what) break;
        timeline_take(&x, &p);
        timeline_take(&y, &q);
    }
    free(ka);
    free(kb);
    return x.step;
}

int64_t prefix_shared(const struct timeline *a, const struct timeline *b)
{
    char x[65], y[65];
    const char *what;
    struct timeline_step at;
    if (a->timed || b->timed) return 0;
    hash_rest(a, x);
    hash_rest(b, y);
    if (strcmp(x, y)) return 0;
    return walk(a, b, a->steps < b->steps ? a->steps : b->steps, &at, &what);
}

int prefix_check(const struct timeline *past, const struct timeline *now, int64_t steps,
                 struct error *e)
{
    char x[65], y[65];
    const char *what;
    struct timeline_step at = {0};
    if (past->timed || now->timed)
        return error_set(e, E_USAGE, "a run whose budgets are in seconds cannot be forked");
    hash_rest(past, x);
    hash_rest(now, y);
    if (strcmp(x, y))
        return error_set(e, E_USAGE, "'%s' is not what the fork was trained with",
                         section_that_differs(past->run, now->run));
    const int64_t step = walk(past, now, steps, &at, &what);
    if (!what) return OK;
    return error_set(e, E_USAGE,
                     "what is past cannot be changed: in stage '%s' of the fork, step %lld, the %s "
                     "was another one",
                     run_stage(past->run, at.stage)->name, (long long)step + 1, what);
}
