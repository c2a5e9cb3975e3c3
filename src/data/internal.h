/* internal.h -- inside src/data: what struct data holds, and how tokens become rows. */
#ifndef DATA_INTERNAL_H
#define DATA_INTERNAL_H

#include "src/data/data.h"
#include "src/data/source.h"
#include "src/data/tokenizer.h"

/* The training documents of one source and one length class. */
struct cell {
    int64_t n, tokens, longest; /* documents; tokens; of the longest document */
    int32_t *part;              /* [n] which parts of the source's training split; NULL: all */
};

struct data {
    struct tokenizer *tokenizer;
    struct packing_config packing;
    int sources;
    struct source *source;
    struct mixer_source *mixer_source;
    int classes;
    int64_t *edge;                 /* [classes - 1] */
    struct cell *cell;             /* [sources][classes] */
    struct mixer_cell *mixer_cell; /* the same, as mixers see them */
    struct reader *reader;         /* [sources] of evaluation */
    char *fingerprint;             /* 65 bytes, empty until asked for */
    double dev_fraction, test_fraction;
};

/* The token after the last of a batch. */
struct ahead {
    int32_t token, source;
    bool starts; /* a document starts with it, or a piece that continues nothing */
    bool exists;
};

/* A token that part_read gives may carry this bit: it is no target. batch_finish takes it away. */
enum { TOKEN_UNSCORED = 1 << 30 };

/* Read `n` tokens of a part from `at` on (tokens; the end of the document is the last one of a
 * part that ends). */
void part_read(const struct data *d, int source, struct reader *r, const struct part *p, int64_t at,
               int n, int32_t *token);

/* Bytes of text in it. */
double part_bytes(const struct data *d, int source, const struct part *p);

/* Whether a token as part_read gives it counts as a target: generated records score only tokens
 * whose best possible loss is known, tasks their answers. */
bool token_scored(const struct source *s, int32_t token, const struct tokenizer *t);

/* The part that holds token `at` of the split. */
int64_t part_of_token(const struct part_list *l, int64_t at);

static inline int64_t part_tokens(const struct part *p)
{
    return p->end - p->begin + p->ends;
}

/* Part the training documents of all sources by length. */
int cells_open(struct data *d, const struct conf_reals *edges, struct error *e);
void cells_close(struct data *d);

/* A token whose target is not the token beside it: what follows it in its document, or nothing. */
struct piece_end {
    int at;
    struct ahead next;
};

/* Rows of `length` over n tokens. */
void batch_rows_even(struct batch *b, int n, int length);
/* Everything else of a batch of n tokens whose rows, token, source, document and length_class are
 * set; end [n_ends], rising, names at least the last token. */
void batch_finish(struct batch *b, const struct data *d, int n, const struct piece_end *end,
                  int n_ends);

#endif
