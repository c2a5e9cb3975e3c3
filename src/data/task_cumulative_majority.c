/* task_cumulative_majority.c -- are there more ones than zeros since the last answer?
 *
 *   trunk     011=1 0=0 01001=0 ...     (task_bits.h says how runs are drawn)
 *
 * Runs are odd in length, so that there is no tie. Unlike parity it can be read off a mean over the
 * run, and a part of the run already says much. After code of Arora et al. 2023, arXiv
 * 2312.04927. */
#include "src/data/task_bits.h"

static int majority(int ones, int bits)
{
    return 2 * ones > bits;
}

static void write_majority(const void *opts, const struct task_plan *p, struct rng *rng,
                           struct task_sample *s)
{
    bits_write(opts, p, rng, true, majority, s);
}

const struct retrieval_type retrieval_cumulative_majority = {
    BITS_TASK("cumulative_majority", "whether a run of bits has more ones than zeros"),
    .write = write_majority,
};
