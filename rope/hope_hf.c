/* hope_hf.c -- high-frequency rotary embedding: pairs too slow to complete a turn stand still.
 *
 *   w'_i = w_i if 2 pi / w_i <= L, else 0
 *
 * Paper: Chen et al. 2024, arXiv:2410.21216. Deviation: the cut at one whole turn within L is our
 * reading of the paper's "components that the training length does not cover".
 * Laws: shift, norm. */
#include <math.h>

#include "rope/frequency.h"

struct hope_hf_opts {
    struct rotary_opts rotary;
    int original_max_position_embeddings;
};

static const struct conf_field hope_hf_fields[] = {
    ROTARY_ROWS(struct hope_hf_opts, 10000, 1),
    ORIGINAL_ROW(struct hope_hf_opts),
    CONF_END,
};

static const struct conf_schema hope_hf_schema = {"hope_hf", sizeof(struct hope_hf_opts),
                                                  hope_hf_fields};

static void hope_hf_inv_freq(const struct position_at *at, const struct rotary_geometry *g,
                             int head, double *inv_freq)
{
    const struct hope_hf_opts *o = at->opts;
    const double length = original_length(o->original_max_position_embeddings, at);
    (void)head;
    for (int i = 0; i < g->width / 2; i++)
        if (2 * M_PI / inv_freq[i] > length) inv_freq[i] = 0;
}

const struct position_type position_hope_hf = {
    .v = {.name = "hope_hf",
          .summary = "high-frequency RoPE: pairs with a wavelength beyond L do not rotate",
          .paper = "arXiv:2410.21216",
          .schema = &hope_hf_schema},
    .laws = LAW_SHIFT | LAW_NORM,
    .scales = true,
    .check = rotary_check,
    ROTARY_HOOKS,
    .inv_freq = hope_hf_inv_freq,
};
