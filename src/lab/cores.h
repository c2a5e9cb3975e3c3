/* cores.h -- which processors each of several processes side by side may use. */
#ifndef LAB_CORES_H
#define LAB_CORES_H

#include <stdbool.h>

/* Processors that this process may use (its affinity mask, which batch systems and containers set).
 */
int cores_available(void);

/* Slot k of n: its share of them. Threads is at least 1; with more slots than processors some share
 * one. */
int cores_threads(int slot, int slots);
/* Pin the calling process to slot's share; false if the system refuses. Async-signal-safe, so that
 * it may stand between fork and exec. */
bool cores_pin(int slot, int slots);

#endif
