/* registry.c -- the tables that src/data/mixer.h and src/data/length.h declare, made from
 * mixers.def and lengths.def. */
#include "src/data/length.h"
#include "src/data/mixer.h"

#define MIXER(name) extern const struct mixer_type mixer_##name;
#include "curriculum/mixers.def"
#undef MIXER
#define LENGTH(name) extern const struct length_type length_##name;
#include "curriculum/lengths.def"
#undef LENGTH

static const struct variant *const mixers[] = {
#define MIXER(name) &mixer_##name.v,
#include "curriculum/mixers.def"
#undef MIXER
    NULL,
};

static const struct variant *const lengths[] = {
#define LENGTH(name) &length_##name.v,
#include "curriculum/lengths.def"
#undef LENGTH
    NULL,
};

const struct conf_registry mixer_registry = {.what = "mixer", .types = mixers};

const struct conf_registry length_registry = {
    .what = "length curriculum",
    .types = lengths,
    .shorthand_type = "constant",
    .shorthand_key = "length",
};
