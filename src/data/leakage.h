/* leakage.h -- what held-out documents share with training documents, and sources with each other.
 *
 * Text is words: runs of letters, digits and bytes beyond ASCII, lower case. Two measures:
 *   shared n-grams      of n words in a row that also stand in another group (Brown et al. 2020,
 *                       arXiv 2005.14165: n = 13)
 *   near duplicates     documents whose sets of 5-word shingles have a Jaccard similarity of at least
 *                       0.8, by 64 minima of hashes in bins (Shrivastava and Li 2014, arXiv
 *                       1406.4784): 52 of them are equal. Every pair of which that is true is
 *                       found, but of documents that share a part with hundreds of others: near_cut
 *                       says of how many
 * A group is one split of one source. Of very large corpora one n-gram in `kept_one_in` is kept, chosen
 * by its hash, so that those of both sides meet: shares of n-grams stay what they are, documents with
 * few shared ones may be missed. Threading: one caller. */
#ifndef DATA_LEAKAGE_H
#define DATA_LEAKAGE_H

#include "src/data/data.h"

enum { LEAKAGE_GROUPS = 63 };

struct leakage {
    int groups; /* source * SPLITS + split */
    int words;  /* of an n-gram */
    int64_t kept_one_in;
    int64_t near_cut;   /* documents that were not compared with all that share a part with them */
    int64_t *documents; /* [groups] */
    int64_t *grams;     /* [groups] kept, repetitions counted */
    /* [groups][groups]: of the row's documents or grams, those that the column has too. Of near
     * duplicates the diagonal counts documents with another one like it in the group itself. */
    int64_t *shared_documents, *shared_grams, *near;
};

/* At most max_grams distinct n-grams are kept in memory (16 bytes each, at half load). E_USAGE for
 * more than 21 sources. */
int leakage_measure(struct leakage *l, struct data *d, int words, int64_t max_grams,
                    struct error *e);
void leakage_close(struct leakage *l);

#endif
