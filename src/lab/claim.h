/* claim.h -- at most one process works on a run, on one machine or several that share a folder.
 *
 * The file runs/<id>/claim is held by flock, which the kernel gives back when the holder dies,
 * however it dies. It also says who holds it (host, boot, process and its start) and is touched
 * every CLAIM_BEAT seconds: on file systems where flock does not reach other machines, a claim of
 * another host that was touched lately counts as held. */
#ifndef LAB_CLAIM_H
#define LAB_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/error.h"

enum { CLAIM_BEAT = 10, CLAIM_STALE = 3 * CLAIM_BEAT };

struct claim {
    int fd;
};

/* *taken false: somebody else holds it. `dir` is the run's folder, which exists. */
int claim_take(struct claim *c, const char *dir, bool *taken, struct error *e);
void claim_beat(const struct claim *c); /* touch it */
void claim_release(struct claim *c);

/* Whether another process holds the claim of a run, and which, without taking it. */
bool claim_held(const char *dir, char *who, size_t size);

#endif
