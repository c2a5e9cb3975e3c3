/* leaky_rerope.c -- leaky rectified positions: beyond the window distances grow slowly.
 *
 *   r = i - j;  w = window_size;  r' = r if r < w, else w + (r - w) / factor
 *
 * Source: Su 2023, kexue.fm/archives/9708 (factor 16), usually with logn beside it. For models that
 * were trained without it, or in training. Stack it with a rotary encoding. Deviation: none.
 * Laws: shift. */
#include "src/model/position.h"

struct leaky_rerope_opts {
    int window_size;
    double factor;
};

#define S struct leaky_rerope_opts
static const struct conf_field leaky_rerope_fields[] = {
    CONF_INT(S, window_size, 512, 1, 1 << 30, "distances from here on grow slowly"),
    CONF_REAL(S, factor, 16, 1, 1e6, "how much slower"),
    CONF_END,
};
#undef S

static const struct conf_schema leaky_rerope_schema = {
    "leaky_rerope", sizeof(struct leaky_rerope_opts), leaky_rerope_fields};

static int leaky_rerope_region(const struct position_at *at, int32_t q, int32_t k)
{
    const struct leaky_rerope_opts *o = at->opts;
    return q - k >= o->window_size;
}

static double leaky_rerope_place(const struct position_at *at, int region, bool key, int32_t id)
{
    const struct leaky_rerope_opts *o = at->opts;
    (void)region;
    return id / o->factor + (key ? 0 : o->window_size - o->window_size / o->factor);
}

const struct position_type position_leaky_rerope = {
    .v = {.name = "leaky_rerope",
          .summary = "leaky ReRoPE: distances grow slower beyond a window (stack with a rotary)",
          .paper = NULL,
          .schema = &leaky_rerope_schema},
    .cost = "about 1.1 times",
    .laws = LAW_SHIFT,
    .scales = true,
    .regions = 2,
    .region = leaky_rerope_region,
    .place = leaky_rerope_place,
};
