/* sequences.c -- see sequences.h. */
#include "src/eval/sequences.h"

#include <stdio.h>

#include "src/eval/chunks.h"

int sequences_text(const struct eval_at *at, int source, int length, int count, int32_t *token,
                   int *n, struct error *e)
{
    struct chunks c;
    const int context = length - CHUNK_TOKENS;
    *n = 0;
    TRY(chunks_open(&c, at->data, source, at->split, context, count, at->seed, e));
    for (int i = 0; i < c.n; i++)
        data_document_read(at->data, source, at->split, c.v[i].document, c.v[i].at - context,
                           length, token + (size_t)i * (size_t)length, NULL);
    *n = c.n;
    chunks_close(&c);
    return OK;
}

int sequences_repeated(uint64_t seed, int vocab, int length, int count, int32_t *token)
{
    const int block = length / 2 < vocab ? length / 2 : vocab;
    for (int i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "sequences/%d", i);
        for (int k = 0; k < length; k++)
            token[(size_t)i * (size_t)length + (size_t)k] =
                (int32_t)rng_permute(seed, name, (uint64_t)(k % block), (uint64_t)vocab);
    }
    return block;
}
