/* retrieval_table.h -- answers, and the tables that are made of them. Private to retrieval*.c. */
#ifndef EVAL_RETRIEVAL_TABLE_H
#define EVAL_RETRIEVAL_TABLE_H

#include "src/data/task.h"
#include "src/eval/findings.h"
#include "src/model/model.h"

struct retrieval_answer {
    int length, haystack, cell; /* cell: which of the depths that were asked for */
    double asked;               /* the depth that was asked for */
    double at;                  /* on the task's axis: where the evidence really lies */
    double candidates, chance;
    int tokens;
    double nll; /* mean over the tokens */
    bool first, all;
    double rouge_l; /* of the model's first choices against the answer, token by token */
};

struct retrieval_answers {
    int n, capacity, filled;
    struct retrieval_answer *v;
};

int retrieval_answers_add(struct retrieval_answers *a, const struct retrieval_answer *x,
                          struct error *e);
/* The scores of all answers that wait, in order: n tokens. */
int retrieval_answers_fill(struct retrieval_answers *a, const struct token_score *score, int n,
                           struct error *e);
void retrieval_answers_close(struct retrieval_answers *a);

/* Tables "lengths" and "grid", scalars and the gate. */
void retrieval_report(const struct retrieval_answers *a, const struct retrieval_type *type,
                      int train_length, struct findings *r);

#endif
