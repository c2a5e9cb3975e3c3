/* rerope.c -- rectified positions: no distance is larger than the window.
 *
 *   r = i - j;  r' = r if r < window_size, else window_size
 *
 * Source: Su 2023, kexue.fm/archives/9708, usually with logn beside it. For models that were trained
 * without it, or in training. Stack it with a rotary encoding. Deviation: none.
 * Laws: shift. */
#include "src/model/position.h"

struct rerope_opts {
    int window_size;
};

static const struct conf_field rerope_fields[] = {
    CONF_INT(struct rerope_opts, window_size, 512, 1, 1 << 30, "distances from here on are alike"),
    CONF_END,
};

static const struct conf_schema rerope_schema = {"rerope", sizeof(struct rerope_opts),
                                                 rerope_fields};

static int rerope_region(const struct position_at *at, int32_t q, int32_t k)
{
    const struct rerope_opts *o = at->opts;
    return q - k >= o->window_size;
}

static double rerope_place(const struct position_at *at, int region, bool key, int32_t id)
{
    const struct rerope_opts *o = at->opts;
    (void)region, (void)id;
    return key ? 0 : o->window_size;
}

const struct position_type position_rerope = {
    .v = {.name = "rerope",
          .summary = "ReRoPE: distances beyond a window count as the window (stack with a rotary)",
          .paper = NULL,
          .schema = &rerope_schema},
    .cost = "about 1.1 times",
    .laws = LAW_SHIFT,
    .scales = true,
    .regions = 2,
    .region = rerope_region,
    .place = rerope_place,
};
