/* logn.c -- logits grow with the logarithm of the position.
 *
 *   row i of the logits times max(1, ln(i + 1) / ln L)
 *
 * Sources: Su 2021, kexue.fm/archives/8823; Chiang and Cholak 2022, arXiv:2202.12172. L is the
 * training length. Deviation: none.
 * Laws: none (rows know their absolute position). */
#include <math.h>

#include "rope/frequency.h"

struct logn_opts {
    int original_max_position_embeddings;
};

static const struct conf_field logn_fields[] = {
    ORIGINAL_ROW(struct logn_opts),
    CONF_END,
};

static const struct conf_schema logn_schema = {"logn", sizeof(struct logn_opts), logn_fields};

static double logn_row_scale(const struct position_at *at, int head, int32_t position, int visible)
{
    const struct logn_opts *o = at->opts;
    const double length = fmax(original_length(o->original_max_position_embeddings, at), 2);
    (void)head, (void)visible;
    return fmax(1, log(position + 1.0) / log(length));
}

const struct position_type position_logn = {
    .v = {.name = "logn",
          .summary = "logits times ln(position) / ln(training length) beyond the training length",
          .paper = "arXiv:2202.12172",
          .schema = &logn_schema},
    .row_scale = logn_row_scale,
};
