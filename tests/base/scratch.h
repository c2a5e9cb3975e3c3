/* scratch.h -- a folder of its own for a test program, and files in it. */
#ifndef TESTS_BASE_SCRATCH_H
#define TESTS_BASE_SCRATCH_H

#include <unistd.h>

#include "src/base/file.h"
#include "tests/testing.h"

static char scratch[256];

static inline void scratch_open(void)
{
    /* in memory where there is such a place: thousands of files are damaged one by one */
    const char *tmp = getenv("TMPDIR");
    if (!tmp || !*tmp) tmp = access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scratch, sizeof scratch, "%s/ropewalk-XXXXXX", tmp);
    if (mkdtemp(scratch)) return;
    perror(scratch);
    exit(EXIT_FAILURE);
}

static inline int scratch_close(int status)
{
    struct error e;
    return file_remove_tree(scratch, &e) ? 1 : status;
}

/* Path of a name in the folder; good for the next few calls. */
static inline const char *in_scratch(const char *name)
{
    static char path[8][512];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", scratch, name);
    return path[turn];
}

/* Plainly, without the code under test. */
static inline void put_file(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(in_scratch(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(n ? fwrite(data, 1, n, f) : 0, n);
    ck_assert_int_eq(fclose(f), 0);
}

static inline void expect_file(const char *name, const char *text)
{
    struct error e;
    char *is;
    size_t n;
    MUST(file_read_all(in_scratch(name), &is, &n, &e), &e);
    ck_assert_str_eq(is, text);
    free(is);
}

/* A call that must fail with this status and exactly this text; %s is the scratch folder. */
#define FAILS(call, wanted, e, ...)                                                                \
    do {                                                                                           \
        char fails_text_[1024];                                                                    \
        snprintf(fails_text_, sizeof fails_text_, __VA_ARGS__);                                    \
        const int fails_status_ = (call);                                                          \
        ck_assert_msg(fails_status_ == (wanted), "%s gave status %d", #call, fails_status_);       \
        ck_assert_str_eq((e)->text, fails_text_);                                                  \
    } while (0)

#endif
