/* dual_chunk.c -- dual chunk attention: no distance is larger than the trained one.
 *
 *   S = chunk_size, w = local_size, c = S - w;  n = floor(i/c) - floor(j/c) chunks between
 *   n = 0: r' = i % c - j % c;  n = 1: min(i % c + c, S) - j % c;  n > 1: min(2c - 1, S) - j % c
 *   S = 3L/4 and w = L/8 where they are 0, L = original_max_position_embeddings
 *   cos and sin of q and k times 0.05 ln(factor) + 1
 *
 * Paper: An et al. 2024, arXiv:2402.17463. For models that were trained without it, or in training.
 * Stack it with a rotary encoding. Deviation: chunks count from the start of a document where
 * positions do; `factor`, the present length over L, is given (the code takes the longest length so
 * far), and 1 as in the paper's results.
 * Laws: none (chunks begin at multiples of c). */
#include <math.h>

#include "rope/frequency.h"

struct dual_chunk_opts {
    int chunk_size, local_size, original_max_position_embeddings;
    double factor;
};

#define S struct dual_chunk_opts
static const struct conf_field dual_chunk_fields[] = {
    CONF_INT(S, chunk_size, 0, 0, 1 << 30, "largest distance S; 0: 3/4 of L"),
    CONF_INT(S, local_size, 0, 0, 1 << 30, "exact distances across a border; 0: 1/8 of L"),
    CONF_REAL(S, factor, 1, 1, 1e6, "length over L that the magnitude is for; 1: no magnitude"),
    ORIGINAL_ROW(S),
    CONF_END,
};
#undef S

static const struct conf_schema dual_chunk_schema = {"dual_chunk", sizeof(struct dual_chunk_opts),
                                                     dual_chunk_fields};

static int dual_chunk_check(const void *opts, const struct position_shape *shape, struct error *e)
{
    const struct dual_chunk_opts *o = opts;
    (void)shape;
    if (!o->chunk_size || o->local_size < o->chunk_size) return OK;
    return error_set(e, E_USAGE,
                     "local_size %d is not below chunk_size %d: valid are 0 <= local_size < "
                     "chunk_size",
                     o->local_size, o->chunk_size);
}

/* S, and c >= 1. */
static int chunk(const struct position_at *at, int *size)
{
    const struct dual_chunk_opts *o = at->opts;
    const int length = (int)original_length(o->original_max_position_embeddings, at),
              local = o->local_size ? o->local_size : length / 8;
    *size = o->chunk_size ? o->chunk_size : length * 3 / 4;
    return *size - local > 1 ? *size - local : 1;
}

static int dual_chunk_region(const struct position_at *at, int32_t q, int32_t k)
{
    int size;
    const int c = chunk(at, &size), between = q / c - k / c;
    return between < 0 ? 0 : between < 2 ? between : 2;
}

static double dual_chunk_place(const struct position_at *at, int region, bool key, int32_t id)
{
    int size;
    const int c = chunk(at, &size), inside = id % c, far = region > 1 ? 2 * c - 1 : inside + c;
    return key ? inside : far < size ? far : size;
}

static void dual_chunk_magnitude(const struct position_at *at, double *magnitude)
{
    const struct dual_chunk_opts *o = at->opts;
    *magnitude *= 0.05 * log(o->factor) + 1;
}

const struct position_type position_dual_chunk = {
    .v = {.name = "dual_chunk",
          .summary = "dual chunk attention: distances wrap within chunks (stack with a rotary)",
          .paper = "arXiv:2402.17463",
          .schema = &dual_chunk_schema},
    .cost = "about 1.5 times",
    .check = dual_chunk_check,
    .scales = true,
    .regions = 3,
    .region = dual_chunk_region,
    .place = dual_chunk_place,
    .magnitude = dual_chunk_magnitude,
};
