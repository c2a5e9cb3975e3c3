/* task_bits.h -- runs of bits, each with a question about it: what the cumulative tasks share.
 *
 *   trunk     0110100=1 10=1 ...     without blanks between; the byte behind each '=' is the answer
 *
 * The tasks label every prefix of one string of bits in the code of Arora et al. 2023 (arXiv
 * 2312.04927), where labels are no input. Here an answer is read too and would tell what came
 * before it, so counting begins anew behind each. The length of a run is log-uniform. Private to
 * src/data/task_*.c. */
#ifndef DATA_TASK_BITS_H
#define DATA_TASK_BITS_H

#include "src/data/task.h"

struct bits_options {
    RETRIEVAL_OPTIONS
    int bits;
};

extern const struct conf_field bits_fields[];

/* Tokens of the shortest run with its answer. */
int bits_least(const void *opts);

/* Runs until the trunk is full, or TASK_QUESTIONS are asked. odd: every run has an odd number of
 * bits. answer(ones, bits): 0 or 1. */
void bits_write(const struct bits_options *o, const struct task_plan *p, struct rng *rng, bool odd,
                int (*answer)(int ones, int bits), struct task_sample *s);

/* What the types have in common. */
#define BITS_TASK(task, text)                                                                      \
    .v = {.name = task,                                                                            \
          .summary = text,                                                                         \
          .paper = "arXiv:2312.04927",                                                             \
          .schema = &(const struct conf_schema){task, sizeof(struct bits_options), bits_fields}},  \
    .axis = TASK_OCTAVE, .axis_name = "bits", .inlined = true, .symbols = 2, .least = bits_least

#endif
