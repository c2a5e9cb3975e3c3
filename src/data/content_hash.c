/* content_hash.c -- see content_hash.h. */
#include "src/data/content_hash.h"

#include <string.h>

#include "src/base/rng.h"

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

void content_hash_add(struct content_hash *c, const void *text, size_t n)
{
    const unsigned char *p = text;
    uint64_t word;
    size_t filled = c->length % 8;
    if (!n) return;
    c->length += n;
    if (filled) {
        const size_t take = n < 8 - filled ? n : 8 - filled;
        memcpy(c->rest + filled, p, take);
        if (filled + take < 8) return;
        memcpy(&word, c->rest, 8);
        c->h = mix(c->h, word);
        p += take;
        n -= take;
    }
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&word, p, 8);
        c->h = mix(c->h, word);
    }
    memcpy(c->rest, p, n);
}

uint64_t content_hash_end(const struct content_hash *c)
{
    uint64_t word = 0;
    memcpy(&word, c->rest, c->length % 8);
    return rng_hash(c->length, "split", mix(c->h, word));
}
