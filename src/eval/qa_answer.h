/* qa_answer.h -- one question: its prompt, and the model's answer. Private to qa*.c. */
#ifndef EVAL_QA_ANSWER_H
#define EVAL_QA_ANSWER_H

#include "src/base/json.h"
#include "src/eval/task.h"
#include "src/eval/text_metrics.h"

enum { QA_TEXTS = 64 };

struct qa_question {
    struct jsn_doc doc;
    const char *context, *question;
    int answers, choices;
    const char *answer[QA_TEXTS], *choice[QA_TEXTS];
};

/* From a line of JSON; E_FORMAT names `place`. Must be closed also after an error. */
int qa_question_open(struct qa_question *q, const char *place, const char *line, size_t n,
                     struct error *e);
void qa_question_close(struct qa_question *q);

struct qa {
    const struct eval_at *at;
    int length, answer; /* tokens of all, of the answer at most */
    bool truncated;     /* the last prompt */
    char *shots;        /* worked examples, as text; NULL: none */
    struct decoder *decoder;
    real *logits;
};

int qa_open(struct qa *qa, struct error *e);
void qa_close(struct qa *qa);
/* Add q, with its first answer, to the examples that stand before each question. */
int qa_add_shot(struct qa *qa, const struct qa_question *q, struct error *e);
/* *text is malloc'ed. */
int qa_answer(struct qa *qa, const struct qa_question *q, char **text, struct error *e);

#endif
