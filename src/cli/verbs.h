/* verbs.h -- the rows of the verb table, one per file; the list is verbs.def. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "src/cli/cli.h"

#define VERB(name) extern const struct verb verb_##name;
#include "src/cli/verbs.def"
#undef VERB

#endif
