/* results.c -- see results.h. */
#include "src/lab/results.h"

#include <string.h>

static const char *const words[] = {
#define X(name, word) word,
    RUN_STATUSES(X)
#undef X
};

const char *run_status_word(enum run_status s)
{
    return words[s];
}

enum run_status run_status_of(const char *word)
{
    for (int i = 0; i < RUN_STATUS_COUNT; i++)
        if (strcmp(words[i], word) == 0) return (enum run_status)i;
    return RUN_STATUS_COUNT;
}
