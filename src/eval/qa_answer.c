/* qa_answer.c -- see qa_answer.h. */
#include "src/eval/qa_answer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- questions ---- */

static int read_texts(struct qa_question *q, const char *key, const char **text, int *n,
                      struct error *e)
{
    const jsn *x = jsn_get(q->doc.root, key);
    *n = 0;
    if (!x) return OK;
    if (jsn_is_string(x)) {
        text[(*n)++] = jsn_as_string(x, NULL);
        return OK;
    }
    if (!jsn_is_array(x))
        return error_set(e, E_FORMAT, "%s: '%s' is neither a text nor a list", q->doc.name, key);
    for (size_t i = 0; i < jsn_length(x); i++) {
        if (!jsn_is_string(jsn_at(x, i)) || *n == QA_TEXTS)
            return error_set(e, E_FORMAT, "%s: '%s' must be a list of at most %d texts",
                             q->doc.name, key, QA_TEXTS);
        text[(*n)++] = jsn_as_string(jsn_at(x, i), NULL);
    }
    return OK;
}

int qa_question_open(struct qa_question *q, const char *place, const char *line, size_t n,
                     struct error *e)
{
    *q = (struct qa_question){.context = ""};
    TRY(jsn_open_text(&q->doc, place, line, n, e));
    TRY(jsn_string(&q->doc, q->doc.root, "context", false, &q->context, e));
    TRY(jsn_string(&q->doc, q->doc.root, "question", true, &q->question, e));
    TRY(read_texts(q, "answers", q->answer, &q->answers, e));
    TRY(read_texts(q, "choices", q->choice, &q->choices, e));
    if (q->answers) return OK;
    return error_set(e, E_FORMAT, "%s: there are no answers", place);
}

void qa_question_close(struct qa_question *q)
{
    if (q->doc.root) jsn_close(&q->doc);
}

/* ---- answers ---- */

int qa_open(struct qa *qa, struct error *e)
{
    qa->logits = calloc((size_t)model_config(qa->at->model)->vocab_size, sizeof *qa->logits);
    if (!qa->logits) return error_set(e, E_MEMORY, "no memory for logits");
    return decoder_open(&qa->decoder, qa->at->model, qa->length, e);
}

void qa_close(struct qa *qa)
{
    if (qa->decoder) decoder_close(qa->decoder);
    free(qa->logits);
    free(qa->shots);
}

/* "{SHOTS}{CONTEXT} Q: {QUESTION}, A:", and of an example " {ANSWER}" and an empty line (answer
 * NULL: no example); NULL: no memory. */
static char *prompt_text(const struct qa *qa, const struct qa_question *q, const char *answer)
{
    const char *part[] = {qa->shots ? qa->shots : "",
                          q->context,
                          " Q: ",
                          q->question,
                          ", A:",
                          answer ? " " : "",
                          answer ? answer : "",
                          answer ? "\n\n" : ""};
    enum { PARTS = sizeof part / sizeof *part };
    size_t size = 1;
    for (int i = 0; i < PARTS; i++) size += strlen(part[i]);
    char *text = malloc(size), *to = text;
    for (int i = 0; i < PARTS && text; i++) to = stpcpy(to, part[i]);
    return text;
}

int qa_add_shot(struct qa *qa, const struct qa_question *q, struct error *e)
{
    char *text = prompt_text(qa, q, q->answer[0]);
    if (!text) return error_set(e, E_MEMORY, "no memory for the examples");
    free(qa->shots);
    qa->shots = text;
    return OK;
}

/* The last tokens of the prompt that leave `room` of the length; before them the model's first
 * token, where it has one. */
static int prompt(struct qa *qa, const struct qa_question *q, int room, int32_t **ids, size_t *n,
                  struct error *e)
{
    char *text = prompt_text(qa, q, NULL);
    if (!text) return error_set(e, E_MEMORY, "no memory for a prompt");
    const int status = data_encode(qa->at->data, text, strlen(text), ids, n, e);
    free(text);
    TRY(status);
    const int32_t *bos = qa->at->bos;
    const size_t lead = bos != NULL, most = (size_t)(qa->length - room) - lead;
    qa->truncated = *n > most;
    const size_t keep = qa->truncated ? most : *n;
    int32_t *kept = malloc((keep + lead + 1) * sizeof *kept);
    if (!kept) return error_set(e, E_MEMORY, "no memory for a prompt");
    if (bos) kept[0] = *bos;
    memcpy(kept + lead, *ids + (*n - keep), keep * sizeof *kept);
    free(*ids);
    *ids = kept;
    *n = keep + lead;
    return OK;
}

static int32_t best(const struct qa *qa)
{
    const int vocab = model_config(qa->at->model)->vocab_size;
    int32_t top = 0;
    for (int32_t v = 1; v < vocab; v++)
        if (qa->logits[v] > qa->logits[top]) top = v;
    return top;
}

static double loss_of(const struct qa *qa, int32_t token)
{
    const int vocab = model_config(qa->at->model)->vocab_size;
    const double top = (double)qa->logits[best(qa)];
    double sum = 0;
    for (int v = 0; v < vocab; v++) sum += exp((double)qa->logits[v] - top);
    return top + log(sum) - (double)qa->logits[token];
}

/* Greedy, up to a line break or the end of the document. */
static int decode(struct qa *qa, const int32_t *ids, size_t n, char **text, struct error *e)
{
    size_t used = 0;
    char piece[512];
    *text = calloc((size_t)qa->answer + 1, sizeof piece);
    if (!*text) return error_set(e, E_MEMORY, "no memory for an answer");
    decoder_reset(qa->decoder);
    decoder_feed(qa->decoder, ids, (int)n, qa->logits);
    for (int i = 0; i < qa->answer; i++) {
        const int32_t token = best(qa);
        const int size = token == data_end_of_document(qa->at->data)
                             ? 0
                             : data_decode(qa->at->data, token, piece);
        const char *stop = memchr(piece, '\n', (size_t)size);
        if (!size) break;
        memcpy(*text + used, piece, (size_t)(stop ? stop - piece : size));
        used += (size_t)(stop ? stop - piece : size);
        if (stop) break;
        if (i + 1 < qa->answer) decoder_feed(qa->decoder, &token, 1, qa->logits);
    }
    return OK;
}

/* Mean loss per token of " <choice>" after the prompt. */
static int choice_loss(struct qa *qa, const struct qa_question *q, const char *choice, double *loss,
                       struct error *e)
{
    int32_t *ids = NULL, *answer = NULL;
    size_t n = 0, m = 0;
    char *text = malloc(strlen(choice) + 2);
    if (!text) return error_set(e, E_MEMORY, "no memory for a choice");
    text[0] = ' ';
    strcpy(text + 1, choice);
    int status = data_encode(qa->at->data, text, strlen(text), &answer, &m, e);
    free(text);
    if (!status && (int)m + 1 >= qa->length)
        status = error_set(e, E_USAGE, "%s: a choice of %zu tokens does not fit %d", q->doc.name, m,
                           qa->length);
    if (!status) status = prompt(qa, q, (int)m, &ids, &n, e);
    *loss = 0;
    if (!status) {
        decoder_reset(qa->decoder);
        decoder_feed(qa->decoder, ids, (int)n, qa->logits);
        for (size_t i = 0; i < m; i++) {
            *loss += loss_of(qa, answer[i]) / (double)m;
            if (i + 1 < m) decoder_feed(qa->decoder, &answer[i], 1, qa->logits);
        }
    }
    free(ids);
    free(answer);
    return status;
}

int qa_answer(struct qa *qa, const struct qa_question *q, char **text, struct error *e)
{
    int32_t *ids = NULL;
    size_t n = 0;
    *text = NULL;
    if (!q->choices) {
        int status = prompt(qa, q, qa->answer, &ids, &n, e);
        if (!status) status = decode(qa, ids, n, text, e);
        free(ids);
        return status;
    }
    int chosen = 0;
    double least = INFINITY, loss = 0;
    for (int i = 0; i < q->choices; i++) {
        TRY(choice_loss(qa, q, q->choice[i], &loss, e));
        if (loss < least) least = loss, chosen = i;
    }
    *text = strdup(q->choice[chosen]);
    return *text ? OK : error_set(e, E_MEMORY, "no memory for an answer");
}
