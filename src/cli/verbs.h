/* verbs.h -- the rows of the verb table, one per file. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "src/cli/cli.h"

extern const struct verb verb_train, verb_check, verb_eval, verb_logits, verb_sample, verb_parity,
    verb_analyze, verb_plot, verb_data, verb_sweep, verb_list, verb_doctor, verb_help, verb_version;

#endif
