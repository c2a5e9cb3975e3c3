/* arena.h -- measure, then place.
 *
 * A layout function takes blocks from an arena. Run on an arena without memory (ARENA_MEASURE) it
 * only adds up sizes; run on an opened arena it hands out the blocks. The memory estimate therefore
 * cannot disagree with the layout. An arena is re-carved (arena_reset, same layout function, other
 * sizes) without touching the system allocator.
 *
 * Threading: taking blocks is for one thread; the memory itself is plain memory. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "src/base/error.h"
#include "src/base/real.h"

struct arena {
    unsigned char *base; /* NULL: measuring */
    size_t size, used, peak;
};

#define ARENA_MEASURE ((struct arena){0})

enum { ARENA_ALIGN = 64 };

/* Map `size` bytes (zeroed by the system, huge pages advised). E_MEMORY if it cannot. */
int arena_open(struct arena *a, size_t size, struct error *e);
void arena_close(struct arena *a);

/* Forget what was taken; the memory stays mapped (and keeps its bytes). */
void arena_reset(struct arena *a);

/* `bytes` bytes aligned to 64; NULL while measuring. Running past the end is a programmer's error
 * (assert). A measure that overflows stays at SIZE_MAX, which no arena_open can map. */
void *arena_take(struct arena *a, size_t bytes);

/* size * count, at most SIZE_MAX. */
static inline size_t arena_bytes(size_t size, size_t count)
{
    size_t bytes;
    return __builtin_mul_overflow(size, count, &bytes) ? (size_t)-1 : bytes;
}

/* `count` objects of `type`. */
#define ARENA_TAKE(a, type, count)                                                                 \
    ((type *)arena_take((a), arena_bytes(sizeof(type), (size_t)(count))))

/* Number of arena_open calls so far in this process: a test counts them across training steps. */
size_t arena_opens(void);

#endif
