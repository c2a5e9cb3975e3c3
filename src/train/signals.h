/* signals.h -- SIGINT and SIGTERM ask a run to save and stop.
 *
 * The first one is remembered and the loop looks once a step. A SIGINT after it ends the process at
 * once with status 130, without a checkpoint: whoever types it twice does not want to wait. Further
 * SIGTERMs change nothing, since schedulers send several. One run at a time. */
#ifndef TRAIN_SIGNALS_H
#define TRAIN_SIGNALS_H

#include <signal.h>

struct signals {
    struct sigaction interrupt, terminate; /* what was there before */
};

void signals_catch(struct signals *s);
void signals_release(const struct signals *s);
/* The first signal since signals_catch; 0: none. */
int signals_seen(void);

#endif
