/* The bar on a terminal (a pseudo-terminal here) and plain lines elsewhere. */
#define _GNU_SOURCE /* ptsname_r, posix_openpt */
#include "src/base/progress.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/testing.h"

static char text[1 << 16];

/* What was written to a plain stream. */
static const char *plain(FILE *f)
{
    rewind(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    return text;
}

/* A terminal of so many columns: the stream to write to; *master reads what came. */
static FILE *terminal(int *master, int columns)
{
    char name[128];
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(*master >= 0 && grantpt(*master) == 0 && unlockpt(*master) == 0);
    ck_assert_int_eq(ptsname_r(*master, name, sizeof name), 0);
    const struct winsize w = {.ws_col = (unsigned short)columns, .ws_row = 24};
    ck_assert_int_eq(ioctl(*master, TIOCSWINSZ, &w), 0);
    FILE *f = fopen(name, "w");
    ck_assert_ptr_nonnull(f);
    return f;
}

static const char *shown(int master)
{
    const ssize_t n = read(master, text, sizeof text - 1);
    ck_assert_int_gt(n, 0);
    text[n] = '\0';
    return text;
}

static void environment(const char *term, const char *no_color)
{
    ck_assert_int_eq(setenv("TERM", term, 1), 0);
    if (no_color)
        ck_assert_int_eq(setenv("NO_COLOR", no_color, 1), 0);
    else
        ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
}

TEST(plain_lines_now_and_then_and_always_the_last)
{
    struct progress p;
    FILE *f = tmpfile();
    progress_open(&p, f, "train", 0, false);
    ck_assert(!p.terminal && !p.color && p.plain_seconds == 5);
    for (int i = 0; i < 1000; i++) progress_update(&p, i, 1000, "tok", NULL);
    ck_assert_str_eq(plain(f), "");
    progress_message(&p, "step %d", 7);
    p.started -= 100;
    progress_close(&p, 1000, 1000, "tok", "loss 2.345");
    ck_assert_str_eq(plain(f), "step 7\n"
                               "train  100%  1.0k/1.0k tok  10 tok/s  loss 2.345  took 1:40\n");
    fclose(f);
}
END

TEST(what_was_done_before_is_no_speed)
{
    struct progress p;
    FILE *f = tmpfile();
    progress_open(&p, f, "train", 1e6, false);
    p.plain_seconds = 0;
    p.started -= 10;
    progress_update(&p, 1.2e6, 2.6e6, "tok", "");
    ck_assert_str_eq(plain(f), "train   46%  1.2M/2.6M tok  20k tok/s  ETA 1:10\n");
    fclose(f);
}
END

TEST(numbers_that_cannot_be_known)
{
    struct progress p;
    FILE *f = tmpfile();
    progress_open(&p, f, "scan", 0, false);
    p.plain_seconds = 0;
    p.started -= 1000;
    progress_update(&p, 0, 10, "file", NULL);
    progress_update(&p, 5, 0, "file", NULL);
    progress_update(&p, 999, 998, "file", NULL);
    progress_update(&p, 999.6e3, 1e18, "file", NULL);
    progress_update(&p, NAN, NAN, "file", NULL);
    ck_assert_ptr_nonnull(strstr(plain(f), "scan    0%  0/10 file  0 file/s  ETA ?\n"
                                           "scan  5 file  0.005 file/s  ETA 0:00\n"
                                           "scan  100%  999/998 file  1.0 file/s  ETA 0:00\n"
                                           "scan    0%  1.0M/1000P file  1.0k file/s  ETA ?\n"));
    fclose(f);
}
END

TEST(quiet_is_quiet)
{
    struct progress p;
    FILE *f = tmpfile();
    progress_open(&p, f, "train", 0, true);
    p.plain_seconds = 0;
    progress_update(&p, 1, 2, "tok", NULL);
    progress_message(&p, "hello");
    progress_close(&p, 2, 2, "tok", NULL);
    ck_assert_str_eq(plain(f), "");
    fclose(f);
}
END

TEST(a_bar_as_wide_as_the_terminal)
{
    struct progress p;
    int master;
    environment("xterm", "1");
    FILE *f = terminal(&master, 80);
    progress_open(&p, f, "train", 0, false);
    ck_assert(p.terminal && !p.color);
    p.started -= 10;
    progress_update(&p, 46, 100, "tok", "loss 2.345");
    ck_assert_str_eq(shown(master),
                     "\r\033[Ktrain  [=======>           ]   46%  46/100 tok  4.6 tok/s"
                     "  loss 2.345  ETA 0:12");
    ck_assert_uint_eq(strlen(text) - 4, 79);
    /* at once again: not drawn; after a message: drawn */
    progress_update(&p, 47, 100, "tok", "loss 2.345");
    progress_message(&p, "saved");
    ck_assert_str_eq(shown(master), "\r\033[Ksaved\r\n");
    progress_update(&p, 50, 100, "tok", NULL);
    ck_assert_ptr_nonnull(strstr(shown(master), "train  [==============>"));
    progress_close(&p, 100, 100, "tok", NULL);
    ck_assert_ptr_nonnull(strstr(shown(master), "=]  100%  100/100 tok  10 tok/s  took 0:10\r\n"));
    ck_assert_ptr_null(strchr(text, '>'));
    fclose(f);
    close(master);
}
END

TEST(no_line_is_wider_than_the_terminal)
{
    environment("xterm", "");
    for (int columns = 1; columns < 200; columns++) {
        struct progress p;
        int master;
        FILE *f = terminal(&master, columns);
        progress_open(&p, f, "t\xc3\xa9st", 0, false);
        ck_assert(p.terminal && p.color);
        p.started -= 10;
        progress_update(&p, 33, 100, "tok", "l\xc3\xb6ss \xe4\xb8\xad 2.345");
        int width = 0;
        for (const char *s = shown(master); *s; s++)
            if (*s == '\033')
                s += strcspn(s, "mK");
            else if (*s != '\r' && ((unsigned char)*s & 0xC0) != 0x80)
                width += 1 + ((unsigned char)*s == 0xe4);
        ck_assert_msg(width < columns, "%d columns for a terminal of %d: %s", width, columns, text);
        fclose(f);
        close(master);
    }
}
END

TEST(a_dumb_terminal_gets_lines)
{
    struct progress p;
    int master;
    environment("dumb", NULL);
    FILE *f = terminal(&master, 80);
    progress_open(&p, f, "train", 0, false);
    ck_assert(!p.terminal && !p.color);
    progress_close(&p, 1, 1, "tok", NULL);
    ck_assert_int_eq(strncmp(shown(master), "train  100%", 11), 0);
    fclose(f);
    close(master);
}
END

TEST(the_clock_goes_on)
{
    const double t = clock_seconds();
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    ck_assert(clock_seconds() - t >= 0.002);
}
END

int main(void)
{
    return run_tests("progress", plain_lines_now_and_then_and_always_the_last,
                     what_was_done_before_is_no_speed, numbers_that_cannot_be_known, quiet_is_quiet,
                     a_bar_as_wide_as_the_terminal, no_line_is_wider_than_the_terminal,
                     a_dumb_terminal_gets_lines, the_clock_goes_on, NULL);
}
