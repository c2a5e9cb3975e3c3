/* near_duplicates.h -- inside src/data: documents that are nearly the same. See leakage.h. */
#ifndef DATA_NEAR_DUPLICATES_H
#define DATA_NEAR_DUPLICATES_H

#include <stdint.h>

#include "src/base/error.h"

enum { SKETCH_BINS = 64, SHINGLE = 5 };

/* The least hash of a document's shingles in each bin; UINT64_MAX: none. */
struct sketch {
    uint64_t least[SKETCH_BINS];
};

void sketch_clear(struct sketch *s);
void sketch_add(struct sketch *s, uint64_t hash);

struct near_duplicates {
    int64_t n, capacity;
    struct sketch *sketch; /* filled: no bin is empty */
    int *group;
};

/* A document of a group; one without shingles is left out. */
int near_add(struct near_duplicates *d, const struct sketch *s, int group, struct error *e);
/* near [groups][groups]: documents of the row with one like it in the column. *cut: documents that
 * share part of their text with so many (more than 512 others in one bucket) that they were not
 * compared with all of them, and for which a likeness may be missed. */
int near_count(const struct near_duplicates *d, int groups, int64_t *near, int64_t *cut,
               struct error *e);
void near_close(struct near_duplicates *d);

#endif
