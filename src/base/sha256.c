/* sha256.c -- SHA-256 (FIPS 180-4), declared in file.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "src/base/file.h"

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static void block(struct sha256 *s, const unsigned char *p)
{
    uint32_t w[64];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
               (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] +
               (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
    uint32_t h[8];
    memcpy(h, s->h, sizeof h);
    for (int i = 0; i < 64; i++) {
        const uint32_t a = h[0], e = h[4];
        const uint32_t t1 = h[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
                            ((e & h[5]) ^ (~e & h[6])) + k[i] + w[i];
        const uint32_t t2 =
            (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & h[1]) ^ (a & h[2]) ^ (h[1] & h[2]));
        memmove(h + 1, h, 7 * sizeof *h);
        h[4] += t1;
        h[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) s->h[i] += h[i];
}

void sha256_init(struct sha256 *s)
{
    *s = (struct sha256){.h = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                               0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *s, const void *data, size_t n)
{
    const unsigned char *p = data;
    while (n > 0) {
        const size_t at = s->length % 64, take = n < 64 - at ? n : 64 - at;
        if (take == 64) {
            block(s, p);
        } else {
            memcpy(s->block + at, p, take);
            if (at + take == 64) block(s, s->block);
        }
        s->length += take;
        p += take;
        n -= take;
    }
}

void sha256_hex(struct sha256 *s, char hex[65])
{
    const uint64_t bits = s->length * 8;
    unsigned char tail[72] = {0x80};
    const size_t pad = (s->length % 64 < 56 ? 56 : 120) - s->length % 64;
    for (int i = 0; i < 8; i++) tail[pad + (size_t)i] = (unsigned char)(bits >> (56 - 8 * i));
    sha256_add(s, tail, pad + 8);
    for (int i = 0; i < 8; i++) snprintf(hex + 8 * i, 9, "%08x", s->h[i]);
}

int sha256_add_file(struct sha256 *s, const char *path, struct error *e)
{
    unsigned char block[1 << 16];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f) return error_set(e, E_IO, "cannot open '%s': %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof block, f)) > 0) sha256_add(s, block, n);
    const int status =
        ferror(f) ? error_set(e, E_IO, "cannot read '%s': %s", path, strerror(errno)) : OK;
    fclose(f);
    return status;
}

int sha256_file(const char *path, char hex[65], struct error *e)
{
    struct sha256 s;
    sha256_init(&s);
    TRY(sha256_add_file(&s, path, e));
    sha256_hex(&s, hex);
    return OK;
}
