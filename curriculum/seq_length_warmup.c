/* seq_length_warmup.c -- Composer's SeqLengthWarmup.
 *
 *   u = min(1, t / (duration T));  L = floor(min + u (max - min)), down to a multiple of step_size
 *
 * t / T: fraction of the stage. Parameters and defaults are those of the library; its `truncate` is
 * `cut: truncate` of the stage. At u = 1 the length is max, as in the library. */
#include <math.h>

#include "src/data/length.h"

struct seq_length_warmup_opts {
    double duration;
    int64_t min_seq_length, max_seq_length, step_size;
};

#define S struct seq_length_warmup_opts
static const struct conf_field seq_length_warmup_fields[] = {
    CONF_REAL(S, duration, 0.3, 0, 1, "fraction of the stage that grows"),
    CONF_SIZE(S, min_seq_length, 8, 1, 1 << 24, "tokens at the start"),
    CONF_SIZE(S, max_seq_length, 1024, 1, 1 << 24, "tokens after `duration`"),
    CONF_SIZE(S, step_size, 8, 1, 1 << 24, "values are multiples of this"),
    CONF_END,
};
#undef S

static const struct conf_schema seq_length_warmup_schema = {
    .name = "seq_length_warmup",
    .size = sizeof(struct seq_length_warmup_opts),
    .fields = seq_length_warmup_fields,
};

static int seq_length_warmup_check(const void *opts, const struct length_clock *stage,
                                   struct error *e)
{
    const struct seq_length_warmup_opts *o = opts;
    (void)stage;
    if (o->min_seq_length > o->max_seq_length || o->min_seq_length < o->step_size)
        return error_set(e, E_USAGE,
                         "length seq_length_warmup: step_size %lld <= min_seq_length %lld <= "
                         "max_seq_length %lld does not hold",
                         (long long)o->step_size, (long long)o->min_seq_length,
                         (long long)o->max_seq_length);
    return OK;
}

static void seq_length_warmup_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct seq_length_warmup_opts *o = opts;
    *least = o->min_seq_length - o->min_seq_length % o->step_size;
    *greatest = o->max_seq_length;
}

static int64_t seq_length_warmup_at(const void *opts, const struct length_clock *clock)
{
    const struct seq_length_warmup_opts *o = opts;
    if (clock->fraction >= o->duration) return o->max_seq_length;
    const double u = clock->fraction / o->duration;
    const int64_t length =
        o->min_seq_length + (int64_t)floor(u * (double)(o->max_seq_length - o->min_seq_length));
    return length - length % o->step_size;
}

const struct length_type length_seq_length_warmup = {
    .v = {.name = "seq_length_warmup",
          .summary = "Composer's SeqLengthWarmup, by fraction of the stage",
          .paper = "arXiv:2108.06084",
          .schema = &seq_length_warmup_schema},
    .check = seq_length_warmup_check,
    .range = seq_length_warmup_range,
    .at = seq_length_warmup_at,
};
