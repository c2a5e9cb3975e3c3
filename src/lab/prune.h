/* prune.h -- early stopping of a sweep's arms, by the rules of early_stop.h.
 *
 * Runs are held at each rung until every seed of every arm that competes there has arrived; then the
 * arms that the rule drops are pruned in all their seeds, so pairs stay whole, and who arrived first
 * changes nothing. What is compared is eval/loss (dev) at the same tokens and in the same stage.
 * Everything is found again from the runs' files, so a killed sweep decides the same. */
#ifndef LAB_PRUNE_H
#define LAB_PRUNE_H

#include "src/lab/store.h"

struct prune {
    int64_t *target; /* [arms]: tokens to which its runs may go now; INT64_MAX: to the end */
};

/* Nothing is done where the sweep has no rule. */
int prune_open(struct prune *p, const struct store *s, struct error *e);
/* Look at the runs: set targets, and prune (a line in attempts.jsonl, and the state in s) what the
 * rule drops. */
int prune_update(struct prune *p, struct store *s, struct error *e);
void prune_close(struct prune *p);

#endif
