/* task_recall.c -- see task_recall.h. */
#include "src/data/task_recall.h"

#include <math.h>

unsigned char recall_value(struct rng *rng, int symbols)
{
    return (unsigned char)(RECALL_VALUE + (int)rng_below(rng, (uint64_t)symbols));
}

int recall_place(struct rng *rng, bool *taken, int slots, double power)
{
    double total = 0;
    int last = 0;
    for (int g = 0; g < slots; g++)
        if (!taken[g]) total += pow(g + 1, power - 1);
    double x = rng_uniform(rng) * total;
    for (int g = 0; g < slots; g++) {
        if (taken[g]) continue;
        last = g;
        x -= pow(g + 1, power - 1);
        if (x < 0) break;
    }
    taken[last] = true;
    return last;
}
