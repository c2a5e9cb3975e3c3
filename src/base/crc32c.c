/* crc32c.c -- CRC-32C (Castagnoli), reflected polynomial 0x82F63B78, eight bytes a step
 * ("slicing-by-8", Kounavis and Berry 2005). */
#include <string.h>

#include "src/base/file.h"

enum { SHORT = 128 }; /* below this many bytes the tables cost more than they save */

/* c times x^8 modulo the polynomial, bit by bit. */
static uint32_t step(uint32_t c)
{
    for (int k = 0; k < 8; k++) c = c >> 1 ^ (0x82F63B78u & -(c & 1));
    return c;
}

/* t[k][i]: byte i followed by k zero bytes. Built on every call: a few microseconds, and no state
 * that threads would share. */
static void make_tables(uint32_t t[8][256])
{
    for (uint32_t i = 0; i < 256; i++) t[0][i] = step(i);
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++) t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 255];
}

static uint32_t slices(uint32_t crc, const unsigned char *p, size_t n)
{
    uint32_t t[8][256];
    make_tables(t);
    for (; n; n -= 8, p += 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        v ^= crc;
        crc = t[7][v & 255] ^ t[6][v >> 8 & 255] ^ t[5][v >> 16 & 255] ^ t[4][v >> 24 & 255] ^
              t[3][v >> 32 & 255] ^ t[2][v >> 40 & 255] ^ t[1][v >> 48 & 255] ^ t[0][v >> 56];
    }
    return crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t n)
{
    const unsigned char *p = data;
    const size_t whole = n < SHORT ? 0 : n / 8 * 8;
    crc = ~crc;
    if (whole) crc = slices(crc, p, whole);
    for (size_t i = whole; i < n; i++) crc = step((crc ^ p[i]) & 255) ^ crc >> 8;
    return ~crc;
}
