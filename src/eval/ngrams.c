/* ngrams.c -- see ngrams.h. */
#include "src/eval/ngrams.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing; a value of 0 is an empty place. */
struct table {
    size_t size; /* a power of two */
    uint64_t *key;
    int32_t *value;
};

static int open_table(struct table *t, size_t entries, struct error *e)
{
    t->size = 64;
    while (t->size < 2 * entries) t->size *= 2;
    t->key = calloc(t->size, sizeof *t->key);
    t->value = calloc(t->size, sizeof *t->value);
    return t->key && t->value ? OK : error_set(e, E_MEMORY, "no memory for %zu n-grams", entries);
}

static void close_table(struct table *t)
{
    free(t->key);
    free(t->value);
}

static int32_t *find(const struct table *t, uint64_t key)
{
    size_t at = (size_t)(key * 0x9E3779B97F4A7C15u >> 17) & (t->size - 1);
    while (t->value[at] && t->key[at] != key) at = (at + 1) & (t->size - 1);
    t->key[at] = key;
    return &t->value[at];
}

/* FNV-1a over the tokens of the n-gram that ends at `last`. */
static uint64_t hash(const int32_t *last, int n)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (int i = n - 1; i >= 0; i--) h = (h ^ (uint32_t)last[-i]) * 0x100000001B3u;
    return h;
}

/* Of the n-grams that `wanted` holds, how often training says each. */
static int count_training(struct data *d, int source, int n, int64_t train_tokens,
                          const struct table *wanted, struct table *times, struct error *e)
{
    int32_t *token = NULL;
    int64_t room = 0;
    for (int64_t k = 0, left = train_tokens; k < data_documents(d, source, SPLIT_TRAIN) && left > 0;
         k++) {
        int64_t m = data_document_tokens(d, source, SPLIT_TRAIN, k);
        if (m > left) m = left;
        left -= m;
        if (m > room) {
            int32_t *more = realloc(token, (size_t)m * sizeof *more);
            if (!more) {
                free(token);
                return error_set(e, E_MEMORY, "no memory for a document of %lld tokens",
                                 (long long)m);
            }
            token = more;
            room = m;
        }
        data_document_read(d, source, SPLIT_TRAIN, k, 0, (int)m, token, NULL);
        for (int64_t i = n - 1; i < m; i++) {
            const uint64_t h = hash(token + i, n);
            if (*find(wanted, h)) ++*find(times, h);
        }
    }
    free(token);
    return OK;
}

/* Gaps within one sequence; `said` is empty and is left so. */
static void sequence_gaps(struct table *said, int n, const int32_t *token, int length, int32_t *gap)
{
    for (int i = n - 1; i < length; i++) {
        int32_t *last = find(said, hash(token + i, n));
        gap[i] = *last ? i + 1 - *last : 0;
        *last = i + 1;
    }
    memset(said->key, 0, said->size * sizeof *said->key);
    memset(said->value, 0, said->size * sizeof *said->value);
}

int ngram_gaps(struct data *d, int source, int n, int rare, int64_t train_tokens,
               const int32_t *token, int count, int length, int32_t *gap, struct error *e)
{
    struct table said = {0}, wanted = {0}, times = {0};
    const size_t tokens = (size_t)count * (size_t)length;
    int status = open_table(&said, (size_t)length, e);
    if (!status) status = open_table(&wanted, tokens, e);
    if (!status) status = open_table(&times, tokens, e);
    for (int s = 0; s < count && !status; s++) {
        const int32_t *t = token + (size_t)s * (size_t)length;
        sequence_gaps(&said, n, t, length, gap + (size_t)s * (size_t)length);
        for (int i = n - 1; i < length; i++) *find(&wanted, hash(t + i, n)) = 1;
    }
    if (!status) status = count_training(d, source, n, train_tokens, &wanted, &times, e);
    for (size_t i = 0; i < tokens && !status; i++)
        if (gap[i] && *find(&times, hash(token + i, n)) > rare) gap[i] = 0;
    close_table(&said);
    close_table(&wanted);
    close_table(&times);
    return status;
}
