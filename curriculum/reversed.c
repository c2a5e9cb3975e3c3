/* reversed.c -- another schedule, run backwards.
 *
 *   L(t) = of(T - t)        t, T: tokens, steps and fraction alike
 *
 * The long-to-short control of SkyLadder (Zhu et al. 2025, arXiv:2503.15450) and the shrinking
 * curricula of Pouransari et al. 2024, arXiv:2405.13226. A step-clocked schedule needs a stage whose
 * steps are known in advance. */
#include "src/data/length.h"

struct reversed_opts {
    struct conf_variant of;
};

static const struct conf_field reversed_fields[] = {
    CONF_VARIANT(struct reversed_opts, of, &length_registry, "the schedule to run backwards"),
    CONF_END,
};

static const struct conf_schema reversed_schema = {
    .name = "reversed",
    .size = sizeof(struct reversed_opts),
    .fields = reversed_fields,
};

static const struct length_type *inner(const void *opts)
{
    return (const struct length_type *)((const struct reversed_opts *)opts)->of.type;
}

static int reversed_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    const struct reversed_opts *o = opts;
    if (!o->of.type)
        return error_set(e, E_USAGE,
                         "length reversed: `of` is missing (for example {type: linear, from: 64, "
                         "to: 512})");
    if (!stage->total || !stage->steps)
        return error_set(e, E_USAGE,
                         "length reversed: needs a stage whose tokens and steps are known in "
                         "advance: give its budget in tokens or steps");
    return inner(opts)->check ? inner(opts)->check(o->of.opts, stage, e) : OK;
}

static void reversed_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct reversed_opts *o = opts;
    *least = *greatest = 0; /* refused by the check */
    if (o->of.type) inner(opts)->range(o->of.opts, least, greatest);
}

static int64_t reversed_at(const void *opts, const struct length_clock *clock)
{
    const struct reversed_opts *o = opts;
    struct length_clock back = *clock;
    back.tokens = clock->total - clock->tokens;
    back.step = clock->steps - 1 - clock->step;
    back.fraction = 1 - clock->fraction;
    return inner(opts)->at(o->of.opts, &back);
}

const struct length_type length_reversed = {
    .v = {.name = "reversed",
          .summary = "another schedule, run backwards: long to short",
          .paper = "arXiv:2503.15450",
          .schema = &reversed_schema},
    .check = reversed_check,
    .range = reversed_range,
    .at = reversed_at,
};
