/* Files are whole or not there: full disks, limits, unwritable folders, abandoned writes; folders,
 * links, globs, line logs, checksums. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/base/scratch.h"

static size_t entries(const char *name)
{
    struct error e;
    char **names;
    size_t n;
    MUST(file_list(in_scratch(name), &names, &n, &e), &e);
    file_list_free(names, n);
    return n;
}

/* No file may grow beyond `bytes`; the signal that would kill is ignored. */
static void limit_files(rlim_t bytes)
{
    struct rlimit l;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = bytes;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

TEST(an_abandoned_write_leaves_the_old_file)
{
    struct error e;
    struct file_out o;
    MUST(file_make_directories(in_scratch("old"), &e), &e);
    put_file("old/a", "old", 3);
    MUST(file_out_open(&o, in_scratch("old/a"), &e), &e);
    ck_assert_uint_eq(entries("old"), 2);
    fputs("new", o.f);
    fflush(o.f);
    expect_file("old/a", "old");
    file_out_abort(&o);
    file_out_abort(&o);
    ck_assert_uint_eq(entries("old"), 1);
    expect_file("old/a", "old");
    MUST(file_write_all(in_scratch("old/a"), "new", 3, &e), &e);
    expect_file("old/a", "new");
    MUST(file_write_all(in_scratch("old/a"), NULL, 0, &e), &e);
    expect_file("old/a", "");
}
END

TEST(a_killed_writer_leaves_the_old_file)
{
    struct error e;
    struct file_out o;
    put_file("killed", "old", 3);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        if (file_out_open(&o, in_scratch("killed"), &e) == OK) {
            fputs("new", o.f);
            fflush(o.f);
        }
        raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    expect_file("killed", "old");
}
END

TEST(two_writers_of_one_file_do_not_meet)
{
    struct error e;
    struct file_out a, b;
    MUST(file_out_open(&a, in_scratch("both"), &e), &e);
    MUST(file_out_open(&b, in_scratch("both"), &e), &e);
    fputs("first", a.f);
    fputs("second", b.f);
    MUST(file_out_commit(&b, &e), &e);
    expect_file("both", "second");
    MUST(file_out_commit(&a, &e), &e);
    expect_file("both", "first");
}
END

TEST(a_limit_on_the_size_is_reported)
{
    static char block[100000];
    struct error e;
    struct file_out o;
    MUST(file_make_directories(in_scratch("limit"), &e), &e);
    put_file("limit/a", "old", 3);
    limit_files(4096);
    /* early: the stream fails long before the commit and has to be asked why */
    MUST(file_out_open(&o, in_scratch("limit/a"), &e), &e);
    fwrite(block, 1, sizeof block, o.f);
    FAILS(file_out_commit(&o, &e), E_IO, &e, "cannot write '%s/limit/a': File too large", scratch);
    /* late: what the stream still holds fails in the commit */
    MUST(file_out_open(&o, in_scratch("limit/a"), &e), &e);
    setvbuf(o.f, NULL, _IOFBF, 1 << 16);
    fwrite(block, 1, 5000, o.f);
    FAILS(file_out_commit(&o, &e), E_IO, &e, "cannot write '%s/limit/a': File too large", scratch);
    limit_files(RLIM_INFINITY);
    ck_assert_uint_eq(entries("limit"), 1);
    expect_file("limit/a", "old");
}
END

TEST(a_full_disk_is_reported)
{
    struct error e;
    struct file_out o;
    put_file("full", "old", 3);
    MUST(file_out_open(&o, in_scratch("full"), &e), &e);
    const int full = open("/dev/full", O_WRONLY);
    ck_assert_int_ge(dup2(full, fileno(o.f)), 0);
    close(full);
    for (int i = 0; i < 100000; i++) fputs("x", o.f);
    FAILS(file_out_commit(&o, &e), E_IO, &e, "cannot write '%s/full': No space left on device",
          scratch);
    expect_file("full", "old");
}
END

TEST(targets_that_cannot_be)
{
    struct error e;
    struct file_out o;
    char longest[5000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    FAILS(file_out_open(&o, in_scratch("none/x"), &e), E_IO, &e,
          "cannot write '%s/none/x': No such file or directory", scratch);
    FAILS(file_write_all("/dev/full", "x", 1, &e), E_IO, &e,
          "cannot write '/dev/full': not a regular file");
    FAILS(file_write_all(scratch, "x", 1, &e), E_IO, &e, "cannot write '%s': it is a directory",
          scratch);
    ck_assert_int_eq(file_out_open(&o, longest, &e), E_IO);
    ck_assert_int_eq(file_make_directories(longest, &e), E_IO);
    ck_assert_int_eq(file_remove_tree(longest, &e), E_IO);
    ck_assert_int_eq(file_join(longest, 10, "12345", "6789", &e), E_IO);
    MUST(file_join(longest, 11, "12345", "6789", &e), &e);
    ck_assert_str_eq(longest, "12345/6789");
}
END

TEST(an_unwritable_folder)
{
    struct error e;
    struct line_log l;
    MUST(file_make_directories(in_scratch("closed"), &e), &e);
    put_file("closed/a", "old", 3);
    ck_assert_int_eq(chmod(scratch, 0755) | chmod(in_scratch("closed"), 0555), 0);
    const uid_t me = geteuid();
    if (me == 0) ck_assert_int_eq(seteuid(65534), 0); /* nothing is closed to root */
    const int writes = file_write_all(in_scratch("closed/a"), "new", 3, &e);
    struct error made, removed, logged;
    const int makes = file_make_directories(in_scratch("closed/b"), &made);
    const int removes = file_remove_tree(in_scratch("closed/a"), &removed);
    const int logs = line_log_open(&l, in_scratch("closed/log"), -1, &logged);
    if (me == 0) ck_assert_int_eq(seteuid(0), 0);
    FAILS(writes, E_IO, &e, "cannot write '%s/closed/a': Permission denied", scratch);
    FAILS(makes, E_IO, &made, "cannot make folder '%s/closed/b': Permission denied", scratch);
    FAILS(removes, E_IO, &removed, "cannot remove '%s/closed/a': Permission denied", scratch);
    FAILS(logs, E_IO, &logged, "cannot write '%s/closed/log': Permission denied", scratch);
    expect_file("closed/a", "old");
    ck_assert_int_eq(chmod(in_scratch("closed"), 0755), 0);
}
END

TEST(reading)
{
    struct error e;
    struct file_map m;
    char *text;
    size_t n;
    static char big[300001];
    memset(big, 'b', sizeof big - 1);
    put_file("big", big, sizeof big - 1);
    MUST(file_read_all(in_scratch("big"), &text, &n, &e), &e);
    ck_assert_uint_eq(n, sizeof big - 1);
    ck_assert_str_eq(text, big);
    free(text);
    MUST(file_map_open(&m, in_scratch("big"), &e), &e);
    ck_assert(m.size == sizeof big - 1 && memcmp(m.data, big, m.size) == 0);
    file_map_close(&m);
    put_file("empty", "", 0);
    MUST(file_map_open(&m, in_scratch("empty"), &e), &e);
    ck_assert(m.size == 0 && !m.data);
    file_map_close(&m);
    MUST(file_read_all("/proc/self/stat", &text, &n, &e), &e);
    ck_assert_uint_eq(strlen(text), n);
    ck_assert_uint_gt(n, 0);
    free(text);
    FAILS(file_read_all(in_scratch("none"), &text, &n, &e), E_IO, &e,
          "cannot open '%s/none': No such file or directory", scratch);
    ck_assert_ptr_null(text);
    FAILS(file_read_all(scratch, &text, &n, &e), E_IO, &e, "cannot read '%s': Is a directory",
          scratch);
    FAILS(file_map_open(&m, scratch, &e), E_IO, &e, "cannot read '%s': it is a directory", scratch);
    FAILS(file_map_open(&m, "/dev/null", &e), E_IO, &e,
          "cannot read '/dev/null': not a regular file");
}
END

TEST(folders)
{
    struct error e;
    char **names;
    size_t n;
    MUST(file_make_directories(in_scratch("x/y//z/"), &e), &e);
    MUST(file_make_directories(in_scratch("x/y/z"), &e), &e);
    MUST(file_make_directories("/", &e), &e);
    ck_assert(file_is_directory(in_scratch("x/y/z")) && !file_is_directory(in_scratch("x/none")));
    ck_assert_int_eq(file_make_directories("", &e), E_IO);
    for (const char *s = "b\0a\0B\0~\0"; *s; s += 2) {
        char name[16];
        snprintf(name, sizeof name, "x/%s", s);
        put_file(name, s, 1);
    }
    MUST(file_list(in_scratch("x"), &names, &n, &e), &e);
    ck_assert_uint_eq(n, 5);
    for (size_t i = 0; i < n; i++)
        ck_assert_str_eq(names[i], ((const char *[]){"B", "a", "b", "y", "~"})[i]);
    file_list_free(names, n);
    FAILS(file_list(in_scratch("none"), &names, &n, &e), E_IO, &e,
          "cannot open folder '%s/none': No such file or directory", scratch);
    FAILS(file_make_directories(in_scratch("x/a/sub"), &e), E_IO, &e,
          "cannot make folder '%s/x/a': a file is in the way", scratch);
    MUST(file_sync_directory(in_scratch("x"), &e), &e);
    ck_assert_int_eq(file_sync_directory(in_scratch("x/a"), &e), E_IO);
}
END

TEST(removing_never_follows_links)
{
    struct error e;
    MUST(file_make_directories(in_scratch("kept"), &e), &e);
    put_file("kept/file", "1", 1);
    MUST(file_make_directories(in_scratch("gone/deep/er"), &e), &e);
    put_file("gone/deep/file", "1", 1);
    ck_assert_int_eq(symlink(in_scratch("kept"), in_scratch("gone/deep/link")), 0);
    ck_assert_int_eq(symlink(in_scratch("kept"), in_scratch("link")), 0);
    MUST(file_remove_tree(in_scratch("gone"), &e), &e);
    ck_assert(!file_exists(in_scratch("gone")));
    MUST(file_remove_tree(in_scratch("link/"), &e), &e);
    ck_assert(!file_exists(in_scratch("link")));
    expect_file("kept/file", "1");
    MUST(file_remove_tree(in_scratch("never/was"), &e), &e);
}
END

TEST(globs)
{
    struct error e;
    char **names;
    size_t n;
    MUST(file_make_directories(in_scratch("g"), &e), &e);
    for (const char *s = "b.txt\0a.txt\0c.md\0"; *s; s += strlen(s) + 1) {
        char name[16];
        snprintf(name, sizeof name, "g/%s", s);
        put_file(name, s, 1);
    }
    MUST(file_glob(in_scratch("g/*.txt"), &names, &n, &e), &e);
    ck_assert_uint_eq(n, 2);
    ck_assert_str_eq(names[0], in_scratch("g/a.txt"));
    ck_assert_str_eq(names[1], in_scratch("g/b.txt"));
    file_list_free(names, n);
    FAILS(file_glob(in_scratch("g/*.c"), &names, &n, &e), E_IO, &e, "no file matches '%s/g/*.c'",
          scratch);
}
END

TEST(line_logs_are_cut_and_go_on)
{
    struct error e;
    struct line_log l;
    MUST(line_log_open(&l, in_scratch("log"), -1, &e), &e);
    MUST(line_log_write(&l, "one", 3, &e), &e);
    const int64_t keep = l.length;
    MUST(line_log_write(&l, "two", 3, &e), &e);
    MUST(line_log_write(&l, "", 0, &e), &e);
    MUST(line_log_sync(&l, &e), &e);
    ck_assert_int_eq(l.length, 9);
    line_log_close(&l);
    expect_file("log", "one\ntwo\n\n");
    FAILS(line_log_open(&l, in_scratch("log"), 5, &e), E_FORMAT, &e,
          "'%s/log': no line ends at byte 5, where it was left", scratch);
    FAILS(line_log_open(&l, in_scratch("log"), 1000, &e), E_FORMAT, &e,
          "'%s/log' has 9 bytes, 1000 were written", scratch);
    expect_file("log", "one\ntwo\n\n");
    MUST(line_log_open(&l, in_scratch("log"), keep, &e), &e);
    MUST(line_log_write(&l, "three", 5, &e), &e);
    line_log_close(&l);
    expect_file("log", "one\nthree\n");
    MUST(line_log_open(&l, in_scratch("log"), 0, &e), &e);
    line_log_close(&l);
    expect_file("log", "");
}
END

TEST(a_torn_line_is_cut)
{
    static char text[20000];
    struct error e;
    struct line_log l;
    memset(text, 'x', sizeof text);
    memcpy(text, "whole\n", 6);
    put_file("torn", text, sizeof text);
    MUST(line_log_open(&l, in_scratch("torn"), -1, &e), &e);
    ck_assert_int_eq(l.length, 6);
    MUST(line_log_write(&l, "next", 4, &e), &e);
    line_log_close(&l);
    expect_file("torn", "whole\nnext\n");
    put_file("torn", text + 6, sizeof text - 6);
    MUST(line_log_open(&l, in_scratch("torn"), -1, &e), &e);
    line_log_close(&l);
    expect_file("torn", "");
}
END

TEST(a_line_that_does_not_fit_is_taken_back)
{
    struct error e;
    struct line_log l;
    MUST(line_log_open(&l, in_scratch("short"), -1, &e), &e);
    MUST(line_log_write(&l, "fits", 4, &e), &e);
    limit_files(10);
    FAILS(line_log_write(&l, "does not", 8, &e), E_IO, &e,
          "cannot write '%s/short': File too large", scratch);
    expect_file("short", "fits\n");
    MUST(line_log_write(&l, "does", 4, &e), &e);
    limit_files(RLIM_INFINITY);
    MUST(line_log_write(&l, "now", 3, &e), &e);
    line_log_close(&l);
    expect_file("short", "fits\ndoes\nnow\n");
}
END

/* Bit by bit, as the definition says. */
static uint32_t plain_crc(const unsigned char *p, size_t n)
{
    uint32_t c = 0xFFFFFFFF;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0x82F63B78u : c >> 1;
    }
    return ~c;
}

TEST(checksums)
{
    unsigned char block[1000], ones[32];
    ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xE3069283u);
    ck_assert_uint_eq(crc32c(0, NULL, 0), 0);
    memset(block, 0, 32);
    memset(ones, 0xFF, 32);
    ck_assert_uint_eq(crc32c(0, block, 32), 0x8A9136AAu); /* RFC 3720, B.4 */
    ck_assert_uint_eq(crc32c(0, ones, 32), 0x62A8AB43u);
    struct rng r = rng_open(1, "crc");
    for (size_t i = 0; i < sizeof block; i++) block[i] = (unsigned char)rng_u64(&r);
    for (size_t n = 0; n < sizeof block; n += 1 + n / 9)
        for (size_t from = 0; from < 9 && from <= n; from++) {
            const uint32_t is = plain_crc(block + from, n - from);
            ck_assert_uint_eq(crc32c(0, block + from, n - from), is);
            ck_assert_uint_eq(crc32c(crc32c(0, block + from, (n - from) / 3),
                                     block + from + (n - from) / 3, n - from - (n - from) / 3),
                              is);
        }
}
END

/* FIPS 180-2, B.3: a million times "a"; longer than a block of reading. */
TEST(files_are_hashed)
{
    static char text[1000000];
    char hex[65];
    struct error e;
    memset(text, 'a', sizeof text);
    put_file("million", text, sizeof text);
    MUST(sha256_file(in_scratch("million"), hex, &e), &e);
    ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    FAILS(sha256_file(scratch, hex, &e), E_IO, &e, "cannot read '%s': Is a directory", scratch);
    FAILS(sha256_file("/nowhere/a", hex, &e), E_IO, &e,
          "cannot open '/nowhere/a': No such file or directory");
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests(
        "file", an_abandoned_write_leaves_the_old_file, a_killed_writer_leaves_the_old_file,
        two_writers_of_one_file_do_not_meet, a_limit_on_the_size_is_reported,
        a_full_disk_is_reported, targets_that_cannot_be, an_unwritable_folder, reading, folders,
        removing_never_follows_links, globs, line_logs_are_cut_and_go_on, a_torn_line_is_cut,
        a_line_that_does_not_fit_is_taken_back, checksums, files_are_hashed, NULL));
}
