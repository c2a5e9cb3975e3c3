/* utf8.h -- code points of a text, and how many columns of a terminal they take. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Decode the code point at text[0..n): returns its length in bytes, 0 if the bytes are not UTF-8
 * (overlong forms, surrogates and values above U+10FFFF are not) or n is 0. */
int utf8_next(const char *text, size_t n, uint32_t *code);

/* The bytes of a code point (not checked) into out, 4 at most; returns how many. */
int utf8_put(uint32_t code, char *out);

/* Columns of a terminal: 0 for combining marks, 2 for wide East Asian characters and emoji, else
 * 1. Source: Unicode 15 EastAsianWidth.txt, ranges joined. */
int utf8_width(uint32_t code);

#endif
