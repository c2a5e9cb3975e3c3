/* embed.c -- see embed.h. */
#include "src/num/embed.h"

#include <string.h>

void embed(real *x, const real *table, const int32_t *token, int tokens, int width)
{
#pragma omp parallel for schedule(static) if ((size_t)tokens * width > 16384)
    for (int i = 0; i < tokens; i++)
        memcpy(x + (size_t)i * width, table + (size_t)token[i] * width, (size_t)width * sizeof *x);
}

/* Channels at a time; a block of a frequent token is a work item of its own. */
enum { BLOCK = 128 };

/* order: the tokens by id, those of equal id ascending; id's stand at [end[id - 1], end[id]). */
static void sort_by_id(int32_t *end, int32_t *order, const int32_t *token, int tokens, int vocab)
{
    memset(end, 0, (size_t)vocab * sizeof *end);
    for (int i = 0; i < tokens; i++) end[token[i]]++;
    int32_t next = 0;
    for (int id = 0; id < vocab; id++) {
        const int32_t count = end[id];
        end[id] = next;
        next += count;
    }
    for (int i = 0; i < tokens; i++) order[end[token[i]]++] = i;
}

/* A token may occur thousands of times: its sum is made in double. */
static void add_rows(real *to, const real *dx, const int32_t *row, int rows, int width, int n)
{
    double sum[BLOCK] = {0};
    for (int i = 0; i < rows; i++) {
        const real *from = dx + (size_t)row[i] * width;
        for (int c = 0; c < n; c++) sum[c] += (double)from[c];
    }
    for (int c = 0; c < n; c++) to[c] += (real)sum[c];
}

void embed_backward(real *dtable, const real *dx, const int32_t *token, int tokens, int width,
                    int vocab, void *scratch)
{
    int32_t *end = scratch, *order = end + vocab;
    sort_by_id(end, order, token, tokens, vocab);
    const int blocks = (width + BLOCK - 1) / BLOCK;
    const size_t items = (size_t)vocab * blocks;
#pragma omp parallel for schedule(dynamic, 16) if ((size_t)tokens * width > 16384)
    for (size_t item = 0; item < items; item++) {
        const int id = (int)(item / blocks), c = (int)(item % blocks) * BLOCK;
        const int32_t begin = id ? end[id - 1] : 0;
        if (begin < end[id])
            add_rows(dtable + (size_t)id * width + c, dx + c, order + begin, end[id] - begin, width,
                     width - c < BLOCK ? width - c : BLOCK);
    }
}

size_t embed_scratch(int tokens, int vocab)
{
    return ((size_t)tokens + (size_t)vocab) * sizeof(int32_t);
}
