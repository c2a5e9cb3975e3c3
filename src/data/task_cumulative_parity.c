/* task_cumulative_parity.c -- is the number of ones since the last answer odd?
 *
 *   trunk     0110=0 1=1 01011=1 ...     (task_bits.h says how runs are drawn)
 *
 * One bit alone changes the answer, so what is not seen leaves a fair coin: the best loss of a run
 * whose first bit lies outside the window is ln 2, of any other 0. After Arora et al. 2023,
 * arXiv 2312.04927 (code). */
#include "src/data/task_bits.h"

static int parity(int ones, int bits)
{
    (void)bits;
    return ones % 2;
}

static void write_parity(const void *opts, const struct task_plan *p, struct rng *rng,
                         struct task_sample *s)
{
    bits_write(opts, p, rng, false, parity, s);
}

const struct retrieval_type retrieval_cumulative_parity = {
    BITS_TASK("cumulative_parity", "whether the ones of a run of bits are odd in number"),
    .write = write_parity,
};
