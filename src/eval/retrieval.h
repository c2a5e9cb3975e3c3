/* retrieval.h -- the one scorer of retrieval tasks (src/data/task.h).
 *
 * Teacher forcing: the model reads the answer as it is, and an answer is right when each of its
 * tokens is the model's first choice, which is exactly when greedy decoding would write it. Reported
 * by length and by depth (hops, distance, gap):
 *
 *   nll        mean loss of the answer's tokens in nats: the primary metric, for it moves long before
 *              accuracy does
 *   accuracy   share of answers that are right throughout; first: share of first tokens
 *   chance     of guessing an answer, uniformly; 1 / candidates beside it, of copying any one value
 *   low, high  interval of the mean loss over haystacks: questions about one haystack are one
 *              cluster
 *
 * A gate compares the accuracy inside the training length with 95 %: below it, what happens at
 * longer ones is no verdict on length. Many questions about a haystack go through the model as
 * isolated branches behind one trunk (batch.h); where an encoding or a window forbids that, each
 * question has its own row, with the same numbers. */
#ifndef EVAL_RETRIEVAL_H
#define EVAL_RETRIEVAL_H

#include "src/data/task.h"
#include "src/eval/task.h"

int retrieval_check(const struct retrieval_type *type, const void *opts, struct error *e);
int retrieval_reach(const void *opts, const struct eval_at *at);
int retrieval_run(const struct retrieval_type *type, const void *opts, const struct eval_at *at,
                  struct findings *r, struct error *e);

/* Lengths to score: as asked for, or 1/4, 1/2, 1, 2, 4, 8 times the training length. Returns how
 * many (at most RETRIEVAL_LENGTHS). */
enum { RETRIEVAL_LENGTHS = 64 };
int retrieval_lengths(const void *opts, int train_length, int out[RETRIEVAL_LENGTHS]);

/* Lay `sample` out as a batch behind what b holds: the trunk and its branches, or, with `branches`
 * false, a row per question. byte_token [256] or NULL: bytes are tokens. b->prefix_begin and prefix_end must be there if branches. */
void retrieval_lay(struct batch *b, const struct task_sample *s, const struct retrieval_type *type,
                   const int32_t *byte_token, bool branches);

#endif
