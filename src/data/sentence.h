/* sentence.h -- sentences of real text, found by marks and white space alone.
 *
 * A sentence begins behind . ! ? and white space, at the beginning of a paragraph (behind an empty
 * line) or of the document, and ends with the first . ! ? that white space follows. What meets an
 * empty line before (a heading, a verse) is none. "Mr. Smith" is cut behind the full stop: no
 * language's abbreviations are known here, and of a text that is to be said again it matters only
 * that the rule is the same for all. Bytes above 127 are letters, so UTF-8 stays as it is. */
#ifndef DATA_SENTENCE_H
#define DATA_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

enum { SENTENCE_LEAST = 20, SENTENCE_MOST = 200 };

struct sentence {
    size_t begin, end; /* in the text */
    int bytes;         /* with each run of white space as one space */
};

/* The first sentence of SENTENCE_LEAST to `most` bytes that begins at `from` or later, and that
 * white space ends before text[n]. From 0 on, the text's beginning is a document's; else it lies
 * within a sentence. */
bool sentence_next(const char *text, size_t n, size_t from, int most, struct sentence *s);
/* Its bytes into out, each run of white space as one space. */
void sentence_fold(const char *text, const struct sentence *s, unsigned char *out);

#endif
