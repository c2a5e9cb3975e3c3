/* constant.c -- one value for the whole stage.
 *
 *   length(t) = length */
#include "src/data/length.h"

struct constant_opts {
    int64_t length;
};

static const struct conf_field constant_fields[] = {
    {"length", CONF_KIND_SIZE, offsetof(struct constant_opts, length), CONF_REQUIRED, 0, 1, 1 << 24,
     0, 0, 0, 0, "tokens"},
    CONF_END,
};

static const struct conf_schema constant_schema = {
    .name = "constant",
    .size = sizeof(struct constant_opts),
    .fields = constant_fields,
};

static void constant_range(const void *opts, int64_t *least, int64_t *greatest)
{
    const struct constant_opts *o = opts;
    *least = *greatest = o->length;
}

static int64_t constant_at(const void *opts, const struct length_clock *clock)
{
    const struct constant_opts *o = opts;
    (void)clock;
    return o->length;
}

const struct length_type length_constant = {
    .v = {.name = "constant", .summary = "one length", .schema = &constant_schema},
    .constant = true,
    .whole_rows = true,
    .range = constant_range,
    .at = constant_at,
};
