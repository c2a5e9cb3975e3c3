/* run_facts.h -- a run's configuration as analyses see it: shape, schedule, sources. */
#ifndef LAB_RUN_FACTS_H
#define LAB_RUN_FACTS_H

#include "src/theory/analysis.h"
#include "src/train/config.h"

struct loaded_run {
    struct conf *conf;
    struct run_config run;
    struct run_phase *phase;
    struct data *data;
    struct run_facts facts; /* points into the others: do not move */
};

/* data: open the sources too. */
int loaded_run_open(struct loaded_run *l, const char *path, bool data, struct error *e);
void loaded_run_close(struct loaded_run *l);

#endif
