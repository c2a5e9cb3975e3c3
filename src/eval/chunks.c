/* chunks.c -- see chunks.h. */
#include "src/eval/chunks.h"

#include <stdlib.h>

#include "src/base/rng.h"

/* Where chunks of one cluster may begin: [from, to]. */
struct range {
    int64_t document, from, to;
};

struct ranges {
    int64_t n, capacity;
    struct range *v;
};

static int add(struct ranges *r, int64_t document, int64_t from, int64_t to, struct error *e)
{
    if (r->n == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 64;
        struct range *more = realloc(r->v, (size_t)r->capacity * sizeof *more);
        if (!more) return error_set(e, E_MEMORY, "no memory to choose tokens");
        r->v = more;
    }
    r->v[r->n++] = (struct range){document, from, to};
    return OK;
}

/* Blocks [from, from + CHUNK_BLOCK) of a document's scored part; what is left over is one more if it
 * is as long, else it belongs to none. */
static int add_blocks(struct ranges *r, int64_t document, int64_t from, int64_t end,
                      struct error *e)
{
    if (end - from < CHUNK_BLOCK) return add(r, document, from, end - CHUNK_TOKENS, e);
    for (; end - from >= CHUNK_BLOCK; from += CHUNK_BLOCK + CHUNK_GAP)
        TRY(add(r, document, from, from + CHUNK_BLOCK - CHUNK_TOKENS, e));
    return OK;
}

static int find_ranges(struct ranges *r, struct chunks *c, const struct data *d, int source,
                       enum split split, int context, struct error *e)
{
    const int64_t n = data_documents(d, source, split);
    for (int64_t k = 0; k < n; k++)
        c->documents += data_document_tokens(d, source, split, k) >= context + CHUNK_TOKENS;
    c->blocks = c->documents < CHUNK_DOCUMENTS;
    for (int64_t k = 0; k < n; k++) {
        const int64_t tokens = data_document_tokens(d, source, split, k);
        if (tokens < context + CHUNK_TOKENS) continue;
        TRY(c->blocks ? add_blocks(r, k, context, tokens, e)
                      : add(r, k, context, tokens - CHUNK_TOKENS, e));
    }
    return OK;
}

int chunks_open(struct chunks *c, const struct data *d, int source, enum split split, int context,
                int count, uint64_t seed, struct error *e)
{
    struct ranges r = {0};
    *c = (struct chunks){0};
    int status = find_ranges(&r, c, d, source, split, context, e);
    c->v = calloc((size_t)count + 1, sizeof *c->v);
    if (!status && !c->v) status = error_set(e, E_MEMORY, "no memory to choose tokens");
    for (int k = 0; !status && r.n && k < count; k++) {
        /* a keyed order of clusters, round after round */
        const uint64_t cluster =
            rng_permute(seed, "chunks/cluster", (uint64_t)k % (uint64_t)r.n, (uint64_t)r.n);
        const struct range *x = &r.v[cluster];
        const uint64_t room = (uint64_t)(x->to - x->from) + 1;
        c->v[c->n++] = (struct chunk){
            x->document,
            x->from + (int64_t)(rng_hash(seed, "chunks/place", (uint64_t)k) % room),
            (int)((uint64_t)k % (uint64_t)r.n),
        };
    }
    c->clusters = (int)(r.n < count ? r.n : count);
    free(r.v);
    if (status) chunks_close(c);
    return status;
}

void chunks_close(struct chunks *c)
{
    free(c->v);
    *c = (struct chunks){0};
}

int64_t chunks_longest(const struct data *d, int source, enum split split)
{
    int64_t longest = 0;
    for (int64_t k = 0; k < data_documents(d, source, split); k++) {
        const int64_t n = data_document_tokens(d, source, split, k);
        if (n > longest) longest = n;
    }
    return longest;
}
