/* sequence_length_scheduler.c -- OLMo-core's SequenceLengthScheduler.
 *
 *   s = min + (max - min) min(t, W) / W                      t: steps, W: warmup_steps
 *   split      L = min 2^floor(log2 floor(s / min))          rows are split, no token is lost
 *   truncate   L = m floor(s / m)                            m: keep_multiple_of
 *
 * Parameters and defaults are those of the library, `max` is its train_sequence_length. With
 * truncate: true give the stage `cut: truncate`. Deviation: the library checks that max is min times
 * a power of two in the mode that does not need it; here it is checked in the mode that does. */
#include <math.h>

#include "src/data/length.h"

struct sequence_length_scheduler_opts {
    int64_t min_sequence_length, train_sequence_length, warmup_steps, keep_multiple_of;
    bool truncate;
};

#define S struct sequence_length_scheduler_opts
static const struct conf_field sequence_length_scheduler_fields[] = {
    CONF_SIZE(S, min_sequence_length, 128, 1, 1 << 24, "tokens at step 0"),
    CONF_SIZE_REQUIRED(S, train_sequence_length, 1, 1 << 24, "tokens from warmup_steps on"),
    CONF_SIZE(S, warmup_steps, 2000, 1, 1e12, "steps of growth"),
    CONF_BOOL(S, truncate, false, "multiples of keep_multiple_of instead of powers of two"),
    CONF_SIZE(S, keep_multiple_of, 128, 1, 1 << 24, "with truncate: values are multiples of this"),
    CONF_END,
};
#undef S

static const struct conf_schema sequence_length_scheduler_schema = {
    .name = "sequence_length_scheduler",
    .size = sizeof(struct sequence_length_scheduler_opts),
    .fields = sequence_length_scheduler_fields,
};

static int sequence_length_scheduler_check(const void *opts, const struct length_clock *stage,
                                           struct error *e)
{
    const struct sequence_length_scheduler_opts *o = opts;
    (void)stage;
    int64_t power = o->min_sequence_length;
    while (power < o->train_sequence_length) power *= 2;
    if (o->train_sequence_length <= o->min_sequence_length ||
        (!o->truncate && power != o->train_sequence_length))
        return error_set(e, E_USAGE,
                         "length sequence_length_scheduler: train_sequence_length %lld must be "
                         "min_sequence_length %lld times %s",
                         (long long)o->train_sequence_length, (long long)o->min_sequence_length,
                         o->truncate ? "more than 1" : "a power of two");
    if (o->truncate && (o->min_sequence_length < o->keep_multiple_of ||
                        o->train_sequence_length % o->keep_multiple_of))
        return error_set(e, E_USAGE,
                         "length sequence_length_scheduler: keep_multiple_of %lld must divide "
                         "train_sequence_length %lld and be at most min_sequence_length %lld",
                         (long long)o->keep_multiple_of, (long long)o->train_sequence_length,
                         (long long)o->min_sequence_length);
    return OK;
}

static int64_t sequence_length_scheduler_at(const void *opts, const struct length_clock *clock)
{
    const struct sequence_length_scheduler_opts *o = opts;
    const int64_t min = o->min_sequence_length, grow = o->train_sequence_length - min,
                  t = clock->step < o->warmup_steps ? clock->step : o->warmup_steps;
    const double s = (double)min + (double)(grow * t) / (double)o->warmup_steps;
    if (o->truncate) return o->keep_multiple_of * (int64_t)floor(s / (double)o->keep_multiple_of);
    int64_t length = min;
    for (int64_t times = (int64_t)floor(s / (double)min); times > 1; times /= 2) length *= 2;
    return length;
}

static void sequence_length_scheduler_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct sequence_length_scheduler_opts *o = opts;
    *least = sequence_length_scheduler_at(opts, &(struct length_clock){0});
    *greatest = o->train_sequence_length;
}

const struct length_type length_sequence_length_scheduler = {
    .v = {.name = "sequence_length_scheduler",
          .summary = "OLMo-core's SequenceLengthScheduler, by steps",
          .schema = &sequence_length_scheduler_schema},
    .check = sequence_length_scheduler_check,
    .range = sequence_length_scheduler_range,
    .at = sequence_length_scheduler_at,
};
