/* mix_table.h -- a planned mix for the eye, and as JSON. */
#ifndef CLI_MIX_TABLE_H
#define CLI_MIX_TABLE_H

#include "src/base/json.h"
#include "src/data/mix_plan.h"

/* Rows of source and length class: documents and tokens that there are, tokens that will be drawn,
 * their share, epochs. */
void mix_table_print(const struct mix_plan *p, const struct data *d);
/* The same as an array member "mix" of the open map. */
void mix_table_json(struct jsn_out *o, const struct mix_plan *p, const struct data *d);

#endif
