/* cores.c -- see cores.h. */
#define _GNU_SOURCE
#include "src/lab/cores.h"

#include <sched.h>

int cores_available(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* Shares are runs of neighbours, as even as can be: [from, to) of the available ones. */
static void share(int slot, int slots, int cores, int *from, int *to)
{
    if (slots >= cores) {
        *from = slot % cores;
        *to = *from + 1;
    } else {
        *from = (int)((long)cores * slot / slots);
        *to = (int)((long)cores * (slot + 1) / slots);
    }
}

int cores_threads(int slot, int slots)
{
    int from, to;
    share(slot, slots, cores_available(), &from, &to);
    return to - from;
}

bool cores_pin(int slot, int slots)
{
    cpu_set_t all, own;
    int from, to, k = 0;
    if (sched_getaffinity(0, sizeof all, &all)) return false;
    share(slot, slots, CPU_COUNT(&all), &from, &to);
    CPU_ZERO(&own);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET(i, &all)) continue;
        if (k >= from && k < to) CPU_SET(i, &own);
        k++;
    }
    return sched_setaffinity(0, sizeof own, &own) == 0;
}
