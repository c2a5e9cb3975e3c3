/* noise.h -- how much two runs differ that ask the same question.
 *
 * The baseline with n seeds, and for each seed a twin whose first weight differs by 1e-6: the spread
 * over seeds is what a comparison without pairing has to live with; half the variance of the
 * differences between twins is what remains when everything that pairing can share is shared. The
 * noise of a paired comparison lies between the two. */
#ifndef LAB_NOISE_H
#define LAB_NOISE_H

#include "src/lab/store.h"
#include "src/lab/sweep_plan.h"

struct noise {
    int seeds;              /* in which run and twin are complete */
    double mean, sd;        /* of the baseline over seeds */
    double sd_low, sd_high; /* 95 % interval of the true sd */
    double twin_sd;         /* of one run: standard deviation of twin differences / sqrt 2 */
    char metric[128];
};

/* Write the sweep of a plan's baseline and its twins: <dir>/noise.yaml, with the baseline's
 * configuration beside it; running it fills the folder <dir>/noise. */
int noise_write_sweep(const struct sweep_plan *p, int seeds, char path[4096], struct error *e);
/* From the folder <dir>/noise; seeds 0: there is none, or nothing is complete. */
int noise_read(const char *dir, struct noise *n, struct error *e);

#endif
