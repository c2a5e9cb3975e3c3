/* internal.h -- inside src/data: what struct data holds, and how tokens become rows. */
#ifndef DATA_INTERNAL_H
#define DATA_INTERNAL_H

#include "src/data/data.h"
#include "src/data/source.h"
#include "src/data/tokenizer.h"

struct data {
    const struct tokenizer *tokenizer;
    struct packing_config packing;
    int sources;
    struct source *source;
    struct mixer_source *mixer_source;
    struct reader *reader; /* [sources] of evaluation */
    char *fingerprint;     /* 65 bytes, empty until asked for */
    double dev_fraction, test_fraction;
};

/* The token after the last of a batch. */
struct ahead {
    int32_t token, source;
    bool starts; /* a document starts with it, or a piece that continues nothing */
    bool exists;
};

/* A token that part_read gives may carry this bit: it is no target. batch_cut takes it away. */
enum { TOKEN_UNSCORED = 1 << 30 };

/* Read `n` tokens of a part from `at` on (tokens; the end of the document is the last one of a
 * part that ends). */
void part_read(const struct data *d, int source, struct reader *r, const struct part *p, int64_t at,
               int n, int32_t *token);

static inline int64_t part_tokens(const struct part *p)
{
    return p->end - p->begin + p->ends;
}

/* Cut n tokens, whose token, source and document are set, into rows: everything else of the
 * batch. */
void batch_cut(struct batch *b, const struct data *d, int n, int length, const struct ahead *next);

#endif
