/* records.h -- inside src/data: what generators share.
 *
 * Of records: a document is a row of records of fixed size. A record's content is either drawn uniformly or
 * repeats the content of an earlier record of the document. Each record is repeated at most once,
 * so whoever does not see the repeated record can do no better than the uniform law; whoever sees
 * it knows the content. The best possible loss is therefore a count:
 *
 *   L(c) = ln V * share of content tokens whose source lies over c tokens back (or that have none)
 *
 * Content tokens alone are targets; markers and keys are not.
 *
 * The lag law of both generators: with probability q try octave j, P(j) ~ 2^(-b j). */
#ifndef DATA_RECORDS_H
#define DATA_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/rng.h"

enum {
    RECORD_OCTAVES = 11,     /* lags of 1 to 1024 records */
    RECORD_SYMBOLS = 16,     /* V: content is 'a' .. 'p' */
    RECORD_TOKENS_MIN = 256, /* documents are log-uniform between these */
    RECORD_TOKENS_MAX = 8192,
};

/* In gap[]: not a target; a target that repeats nothing. */
enum { GAP_UNSCORED = -1, GAP_NONE = 0 };

struct generator {
    const char *name;
    int record, content; /* tokens of a record, content tokens of it; others have records of 1 */
    /* Documents have least (most / least)^(u^skew) tokens, u uniform: 1 log-uniform, below 1 mostly
     * long, above mostly short. */
    int least, most;
    double skew;
    /* Write `records` records into text. gap [records * record] (or NULL): how many tokens back the
     * token stands that this one repeats, or one of GAP_. */
    void (*write)(struct rng *rng, int records, unsigned char *text, int32_t *gap);
    /* Of what is not made of records, the best loss by other means than gaps: prepare `oracle` bytes
     * of scratch for a document of n tokens; then the loss of token i for who sees `visible` tokens
     * before it. NULL: by gaps. */
    size_t oracle;
    void (*prepare)(void *scratch, const unsigned char *text, int n);
    double (*loss)(const void *scratch, const unsigned char *text, int i, int visible);
};

extern const struct generator generator_copy_lag, generator_keyed_records, generator_markov,
    generator_tree, generator_dyck;

/* An octave, or -1: draw the content. */
int record_octave(struct rng *rng);
/* One uniform symbol. */
unsigned char record_symbol(struct rng *rng);

#endif
