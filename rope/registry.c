/* registry.c -- the table that src/model/position.h declares, made from encodings.def. */
#include "src/model/position.h"

#define ENCODING(name) extern const struct position_type position_##name;
#include "rope/encodings.def"
#undef ENCODING

const struct position_type *const position_types[] = {
#define ENCODING(name) &position_##name,
#include "rope/encodings.def"
#undef ENCODING
    NULL,
};

static const struct variant *const variants[] = {
#define ENCODING(name) &position_##name.v,
#include "rope/encodings.def"
#undef ENCODING
    NULL,
};

const struct conf_registry position_registry = {
    .what = "position encoding",
    .types = variants,
    .layers = true,
};
