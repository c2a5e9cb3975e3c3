/* self_extend.c -- grouped positions beyond a window of neighbours.
 *
 *   r = i - j;  W = window_size, G = group_size
 *   r' = r if r < W, else floor(i/G) + W - W/G - floor(j/G)
 *
 * Paper: Jin et al. 2024, arXiv:2401.01325, with the defaults of its code (8, 1024). For models that
 * were trained without it, or in training. Stack it with a rotary encoding. Deviation: none.
 * Laws: none (groups begin at multiples of G). */
#include "src/model/position.h"

struct self_extend_opts {
    int group_size, window_size;
};

#define S struct self_extend_opts
static const struct conf_field self_extend_fields[] = {
    CONF_INT(S, group_size, 8, 1, 1 << 30, "positions that count as one beyond the window"),
    CONF_INT(S, window_size, 1024, 1, 1 << 30, "distances below this are exact"),
    CONF_END,
};
#undef S

static const struct conf_schema self_extend_schema = {
    "self_extend", sizeof(struct self_extend_opts), self_extend_fields};

static int self_extend_region(const struct position_at *at, int32_t q, int32_t k)
{
    const struct self_extend_opts *o = at->opts;
    return q - k >= o->window_size;
}

static double self_extend_place(const struct position_at *at, int region, bool key, int32_t id)
{
    const struct self_extend_opts *o = at->opts;
    (void)region;
    const double w = o->window_size;
    return id / o->group_size + (key ? 0 : w - w / o->group_size);
}

const struct position_type position_self_extend = {
    .v = {.name = "self_extend",
          .summary = "Self-Extend: grouped positions beyond a window (stack with a rotary)",
          .paper = "arXiv:2401.01325",
          .schema = &self_extend_schema},
    .cost = "about 1.1 times",
    .scales = true,
    .regions = 2,
    .region = self_extend_region,
    .place = self_extend_place,
};
