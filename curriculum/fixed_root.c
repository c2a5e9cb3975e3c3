/* fixed_root.c -- DeepSpeed's curriculum schedule of this name.
 *
 *   d(t) = floor((t / T)^(1 / r) (max - min) + min);  d -= d mod step;  d = min(d, max)
 *
 * t: steps, T: total_curriculum_step, r: root_degree. DeepSpeed's curriculum learning (Li et al. 2022, arXiv:2108.06084),
 * with its parameter names. DeepSpeed truncates rows and lets the tokens of a step grow: for that,
 * `cut: truncate` and `batch: {rows: ...}`. */
#include <math.h>

#include "src/data/length.h"

struct fixed_root_opts {
    int64_t min_difficulty, max_difficulty, total_curriculum_step, difficulty_step;
    double root_degree;
};

#define S struct fixed_root_opts
static const struct conf_field fixed_root_fields[] = {
    CONF_SIZE_REQUIRED(S, min_difficulty, 1, 1 << 24, "tokens at step 0"),
    CONF_SIZE_REQUIRED(S, max_difficulty, 1, 1 << 24, "tokens from total_curriculum_step on"),
    CONF_SIZE_REQUIRED(S, total_curriculum_step, 1, 1e12, "steps of growth"),
    CONF_SIZE(S, difficulty_step, 8, 1, 1 << 24, "values are multiples of this"),
    CONF_REAL(S, root_degree, 2, 0.01, 100, "1 is fixed_linear"),
    CONF_END,
};
#undef S

static const struct conf_schema fixed_root_schema = {
    .name = "fixed_root",
    .size = sizeof(struct fixed_root_opts),
    .fields = fixed_root_fields,
};

static int fixed_root_check(const void *opts, const struct length_clock *stage, struct error *e)
{
    const struct fixed_root_opts *o = opts;
    (void)stage;
    if (o->min_difficulty > o->max_difficulty || o->min_difficulty < o->difficulty_step)
        return error_set(e, E_USAGE,
                         "length fixed_root: difficulty_step %lld <= min_difficulty %lld <= "
                         "max_difficulty %lld does not hold",
                         (long long)o->difficulty_step, (long long)o->min_difficulty,
                         (long long)o->max_difficulty);
    return OK;
}

static void fixed_root_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct fixed_root_opts *o = opts;
    *least = o->min_difficulty - o->min_difficulty % o->difficulty_step;
    *greatest = o->max_difficulty;
}

static int64_t fixed_root_at(const void *opts, const struct length_clock *clock)
{
    const struct fixed_root_opts *o = opts;
    const double u = (double)clock->step / (double)o->total_curriculum_step;
    const double grown =
        pow(u, 1 / o->root_degree) * (double)(o->max_difficulty - o->min_difficulty);
    int64_t d = u >= 1 ? o->max_difficulty : (int64_t)floor(grown + (double)o->min_difficulty);
    d -= d % o->difficulty_step;
    return d < o->max_difficulty ? d : o->max_difficulty;
}

const struct length_type length_fixed_root = {
    .v = {.name = "fixed_root",
          .summary = "DeepSpeed's fixed_root, by steps",
          .paper = "arXiv:2108.06084",
          .schema = &fixed_root_schema},
    .check = fixed_root_check,
    .range = fixed_root_range,
    .at = fixed_root_at,
};
