/* learned_absolute.c -- a learned vector per position, added to the embedding.
 *
 *   x[i] += table[min(p_i, max_position_embeddings - 1)],  table learned, from N(0, 0.02)
 *
 * Source: Gehring et al. 2017, arXiv:1705.03122; initial values of GPT-2. Deviation: positions
 * beyond the table share its last row in evaluation, where others stop with an error.
 * Laws: none. */
#include "src/model/position.h"

struct learned_absolute_opts {
    int max_position_embeddings;
};

static const struct conf_field learned_absolute_fields[] = {
    CONF_INT_REQUIRED(struct learned_absolute_opts, max_position_embeddings, 1, 1 << 24,
                      "rows of the table"),
    CONF_END,
};

static const struct conf_schema learned_absolute_schema = {
    "learned_absolute", sizeof(struct learned_absolute_opts), learned_absolute_fields};

static int learned_absolute_params(const void *opts, const struct position_shape *shape,
                                   struct position_param *out)
{
    const struct learned_absolute_opts *o = opts;
    out[0] = (struct position_param){.name = "table",
                                     .n_dims = 2,
                                     .shape = {o->max_position_embeddings, shape->hidden_size},
                                     .init = POSITION_INIT_NORMAL,
                                     .b = 0.02,
                                     .decay = true};
    return 1;
}

static int learned_absolute_positions(const void *opts)
{
    return ((const struct learned_absolute_opts *)opts)->max_position_embeddings;
}

static size_t row_of(const struct position_at *at, int32_t position)
{
    const struct learned_absolute_opts *o = at->opts;
    const int last = o->max_position_embeddings - 1;
    return (size_t)(position < last ? position : last) * at->shape->hidden_size;
}

static void learned_absolute_embed(const struct position_at *at, const int32_t *position,
                                   int tokens, real *x)
{
    const int width = at->shape->hidden_size;
#pragma omp parallel for schedule(static)
    for (int t = 0; t < tokens; t++) {
        const real *row = at->param[0] + row_of(at, position[t]);
        real *y = x + (size_t)t * width;
        for (int c = 0; c < width; c++) y[c] += row[c];
    }
}

/* Many tokens share a row: in order of tokens, so that the sum has one order. */
static void learned_absolute_embed_grad(const struct position_at *at, const int32_t *position,
                                        int tokens, const real *dx, double *dparams)
{
    const int width = at->shape->hidden_size;
    for (int t = 0; t < tokens; t++) {
        double *row = dparams + row_of(at, position[t]);
        const real *d = dx + (size_t)t * width;
        for (int c = 0; c < width; c++) row[c] += d[c];
    }
}

const struct position_type position_learned_absolute = {
    .v = {.name = "learned_absolute",
          .summary = "a learned vector per position added to the embedding",
          .paper = "arXiv:1705.03122",
          .schema = &learned_absolute_schema},
    .embed = learned_absolute_embed,
    .embed_grad = learned_absolute_embed_grad,
    .params = learned_absolute_params,
    .positions = learned_absolute_positions,
};
