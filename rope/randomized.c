/* randomized.c -- position ids drawn from a longer range.
 *
 *   ids of n tokens: n of 0 .. max_position - 1 without replacement, sorted
 *   drawn anew for every document
 *
 * Paper: Ruoss et al. 2023, arXiv:2305.16843 (2048 by default), in training and evaluation alike.
 * Changes ids only: stack it with an encoding that reads them. Documents longer than max_position
 * keep their plain ids. Deviation: none.
 * Laws: none. */
#include "src/model/position.h"

struct randomized_opts {
    int max_position;
};

static const struct conf_field randomized_fields[] = {
    CONF_INT(struct randomized_opts, max_position, 2048, 1, 1 << 24, "ids are below this"),
    CONF_END,
};

static const struct conf_schema randomized_schema = {"randomized", sizeof(struct randomized_opts),
                                                     randomized_fields};

/* Selection sampling (Knuth, volume 2, algorithm 3.4.2 S): every subset is equally likely. */
static void randomized_ids(const struct position_at *at, struct rng *rng, int32_t *ids, int n)
{
    const struct randomized_opts *o = at->opts;
    if (n > o->max_position) return;
    for (int v = 0, chosen = 0; chosen < n; v++)
        if (rng_below(rng, (uint64_t)(o->max_position - v)) < (uint64_t)(n - chosen))
            ids[chosen++] = v;
}

static int randomized_id_bound(const struct position_at *at, int length)
{
    const struct randomized_opts *o = at->opts;
    return length > o->max_position ? length : o->max_position;
}

static int randomized_positions(const void *opts)
{
    return ((const struct randomized_opts *)opts)->max_position;
}

const struct position_type position_randomized = {
    .v = {.name = "randomized",
          .summary =
              "position ids drawn, sorted, from a longer range (stack with another encoding)",
          .paper = "arXiv:2305.16843",
          .schema = &randomized_schema},
    .ids = randomized_ids,
    .id_bound = randomized_id_bound,
    .positions = randomized_positions,
};
