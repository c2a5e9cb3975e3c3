/* pose.c -- positional skip-wise training.
 *
 *   ids of n tokens: 0 .. c-1, then c + u .. n-1 + u
 *   c ~ U{1 .. ceil(n/2)}, u ~ U{0 .. max_position_embeddings - n}; anew for every document
 *
 * Paper: Zhu et al. 2023, arXiv:2309.10400, with two chunks. Changes ids only, in training only:
 * stack it with an encoding that reads them. Documents that reach max_position_embeddings keep
 * their plain ids. Deviation: the second chunk's text follows the first's.
 * Laws: none. */
#include "src/model/position.h"

struct pose_opts {
    int max_position_embeddings;
};

static const struct conf_field pose_fields[] = {
    CONF_INT_REQUIRED(struct pose_opts, max_position_embeddings, 2, 1 << 24,
                      "length that training is to reach"),
    CONF_END,
};

static const struct conf_schema pose_schema = {"pose", sizeof(struct pose_opts), pose_fields};

static void pose_ids(const struct position_at *at, struct rng *rng, int32_t *ids, int n)
{
    const struct pose_opts *o = at->opts;
    const int room = o->max_position_embeddings - n;
    if (room <= 0) return;
    const int cut = 1 + (int)rng_below(rng, (uint64_t)(n + 1) / 2),
              skip = (int)rng_below(rng, (uint64_t)room + 1);
    for (int i = cut; i < n; i++) ids[i] += skip;
}

static int pose_id_bound(const struct position_at *at, int length)
{
    const struct pose_opts *o = at->opts;
    return length > o->max_position_embeddings ? length : o->max_position_embeddings;
}

static int pose_positions(const void *opts)
{
    return ((const struct pose_opts *)opts)->max_position_embeddings;
}

const struct position_type position_pose = {
    .v = {.name = "pose",
          .summary = "PoSE: training positions skip ahead once (stack with another encoding)",
          .paper = "arXiv:2309.10400",
          .schema = &pose_schema},
    .ids_in_training_only = true,
    .ids = pose_ids,
    .id_bound = pose_id_bound,
    .positions = pose_positions,
};
