/* arena.c -- see arena.h. */
#define _GNU_SOURCE
#include "src/base/arena.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

static atomic_size_t opens;

int arena_open(struct arena *a, size_t size, struct error *e)
{
    *a = (struct arena){0};
    if (size == 0) size = ARENA_ALIGN;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return error_set(e, E_MEMORY, "cannot map %.1f MiB of memory", (double)size / 1048576);
    madvise(p, size, MADV_HUGEPAGE);
    a->base = p;
    a->size = size;
    atomic_fetch_add(&opens, 1);
    return OK;
}

void arena_close(struct arena *a)
{
    if (a->base) munmap(a->base, a->size);
    *a = (struct arena){0};
}

void arena_reset(struct arena *a)
{
    a->used = 0;
}

void *arena_take(struct arena *a, size_t bytes)
{
    const size_t from = a->used;
    if (from > SIZE_MAX - ARENA_ALIGN || bytes > SIZE_MAX - ARENA_ALIGN - from)
        a->used = SIZE_MAX;
    else
        a->used += (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (a->used > a->peak) a->peak = a->used;
    if (!a->base) return NULL;
    assert(a->used <= a->size && "layout takes more than it measured");
    return a->base + from;
}

size_t arena_opens(void)
{
    return atomic_load(&opens);
}
