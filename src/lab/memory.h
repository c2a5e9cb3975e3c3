/* memory.h -- whether the runs that go on side by side fit the machine. */
#ifndef LAB_MEMORY_H
#define LAB_MEMORY_H

#include "src/lab/store.h"

/* Bytes that the processes of this machine may use together: physical memory, or the limit of the
 * control group (batch systems and containers set one) where that is less; 0: not known. */
int64_t memory_of_machine(void);

/* E_USAGE if `jobs` of the runs that are left need more than `bytes` at a time, by the plan's
 * memory of each and the largest together; the message says how many fit. again: failed runs are
 * tried again. bytes 0: anything fits. */
int memory_check_jobs(const struct store *s, int jobs, bool again, int64_t bytes, struct error *e);

#endif
