/* key_tokens.c -- see key_tokens.h. */
#include "src/eval/key_tokens.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"

static int compare(const void *a, const void *b)
{
    const struct key_token *x = a, *y = b;
    if (x->source != y->source) return x->source < y->source ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

int key_tokens_add(struct key_tokens *k, int64_t source, int64_t at, struct error *e)
{
    if (k->n == k->capacity) {
        const int64_t capacity = k->capacity ? 2 * k->capacity : 256;
        struct key_token *more = realloc(k->v, (size_t)capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory for %" PRId64 " key tokens", capacity);
        k->v = more;
        k->capacity = capacity;
    }
    k->v[k->n++] = (struct key_token){source, at};
    return OK;
}

bool key_tokens_has(const struct key_tokens *k, int64_t source, int64_t at)
{
    const struct key_token x = {source, at};
    return k->n && bsearch(&x, k->v, (size_t)k->n, sizeof x, compare);
}

static int read_lines(struct key_tokens *k, const char *path, const char *text, int length,
                      struct error *e)
{
    int line = 2;
    int written = 0;
    if (sscanf(text, "# length %d", &written) != 1)
        return error_set(e, E_FORMAT, "%s:1: not a file of key tokens: '# length N' is missing",
                         path);
    if (written != length)
        return error_set(e, E_USAGE, "'%s' is of sequences of %d tokens, not %d", path, written,
                         length);
    for (const char *s = strchr(text, '\n'); s && s[1]; s = strchr(s + 1, '\n'), line++) {
        struct key_token x;
        if (sscanf(s + 1, "%" SCNd64 " %" SCNd64, &x.source, &x.at) != 2)
            return error_set(e, E_FORMAT, "%s:%d: not two numbers", path, line);
        if (k->n && compare(&k->v[k->n - 1], &x) >= 0)
            return error_set(e, E_FORMAT, "%s:%d: the tokens do not ascend", path, line);
        TRY(key_tokens_add(k, x.source, x.at, e));
    }
    return OK;
}

int key_tokens_read(struct key_tokens *k, const char *path, int length, struct error *e)
{
    char *text;
    size_t n;
    *k = (struct key_tokens){0};
    TRY(file_read_all(path, &text, &n, e));
    const int status = read_lines(k, path, text, length, e);
    free(text);
    return status;
}

int key_tokens_write(const struct key_tokens *k, const char *path, int length, struct error *e)
{
    struct file_out f;
    TRY(file_out_open(&f, path, e));
    fprintf(f.f, "# length %d\n", length);
    for (int64_t i = 0; i < k->n; i++)
        fprintf(f.f, "%" PRId64 " %" PRId64 "\n", k->v[i].source, k->v[i].at);
    return file_out_commit(&f, e);
}

void key_tokens_close(struct key_tokens *k)
{
    free(k->v);
    *k = (struct key_tokens){0};
}
