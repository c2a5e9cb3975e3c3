/* constant.c -- one row length for the whole stage.
 *
 *   length(t) = length */
#include "src/data/length.h"

struct constant_opts {
    int length;
};

static const struct conf_field constant_fields[] = {
    CONF_INT_REQUIRED(struct constant_opts, length, 1, 1 << 24, "tokens per row"),
    CONF_END,
};

static const struct conf_schema constant_schema = {
    .name = "constant",
    .size = sizeof(struct constant_opts),
    .fields = constant_fields,
};

static int constant_ladder(const void *opts, int64_t total_tokens, struct rung *out)
{
    const struct constant_opts *o = opts;
    (void)total_tokens;
    out[0] = (struct rung){.length = o->length};
    return 1;
}

static struct rung constant_at(const void *opts, const struct data_clock *clock)
{
    const struct constant_opts *o = opts;
    (void)clock;
    return (struct rung){.length = o->length};
}

const struct length_type length_constant = {
    .v = {.name = "constant", .summary = "one row length", .schema = &constant_schema},
    .ladder = constant_ladder,
    .at = constant_at,
};
