/* key_tokens.h -- a set of tokens of the evaluation's sequences, and its file: so that one model, the
 * evaluator, says which tokens need a long context, and others are measured on them.
 *
 * The file is text: "# length N", then "source place" a line, ascending. Whoever reads it must have
 * chosen the same sequences (data, split, length, seed). */
#ifndef EVAL_KEY_TOKENS_H
#define EVAL_KEY_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/error.h"

struct key_token {
    int64_t source, at;
};

struct key_tokens {
    int64_t n, capacity;
    struct key_token *v; /* ascending */
};

int key_tokens_add(struct key_tokens *k, int64_t source, int64_t at, struct error *e);
bool key_tokens_has(const struct key_tokens *k, int64_t source, int64_t at);
/* E_FORMAT names the line. */
int key_tokens_read(struct key_tokens *k, const char *path, int length, struct error *e);
int key_tokens_write(const struct key_tokens *k, const char *path, int length, struct error *e);
void key_tokens_close(struct key_tokens *k);

#endif
