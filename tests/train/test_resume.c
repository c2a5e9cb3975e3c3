/* A run that is stopped, killed, damaged or out of room goes on to the very bytes of one that was
 * not, with any number of threads. */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "tests/train/fixture.h"

/* The undisturbed run, trained once. */
static const char *straight(void)
{
    static char dir[4096];
    if (*dir) return dir;
    const struct outcome *o = train_small("straight", 0, false, NULL);
    expect_status(o, OK);
    ck_assert_int_eq(o->result.step, STEPS);
    ck_assert_int_eq(o->result.tokens, 3000 + 2048);
    strcpy(dir, o->result.dir);
    return dir;
}

static void damage(const char *folder, const char *name, double at, int how)
{
    size_t n;
    char *data = contents(folder, name, &n);
    const size_t where = (size_t)(at * (double)(n - 1));
    data[where] ^= 0x10;
    FILE *f = fopen(join(folder, name), "wb");
    ck_assert_uint_eq(fwrite(data, 1, how ? where : n, f), how ? where : n);
    fclose(f);
    free(data);
}

/* The run itself is what its description claims, or the tests below would test little. */
TEST(the_run_crosses_every_boundary)
{
    size_t n;
    char *text = contents(straight(), "metrics.jsonl", &n);
    ck_assert_ptr_nonnull(strstr(text, "\"length\": 32,"));
    ck_assert_ptr_nonnull(strstr(text, "\"length\": 128,"));
    ck_assert_ptr_nonnull(strstr(text, "\"stage\": 1,"));
    ck_assert_ptr_nonnull(strstr(text, "\"data/copy_lag/weight\": 0.75"));
    int lines = 0, evaluations = 0;
    for (const char *p = text; (p = strchr(p, '\n')); p++) lines++;
    for (const char *p = text; (p = strstr(p, "\"eval/loss\"")); p++) evaluations++;
    ck_assert_int_eq(evaluations, 7);
    ck_assert_int_eq(lines, STEPS + evaluations);
    const char *drawn = NULL;
    for (const char *p = text; (p = strstr(p, "\"data/copy_lag/tokens\": ")); p++) drawn = p;
    ck_assert_int_gt(atoi(drawn + 24), 2048); /* a second epoch */
    ck_assert_ptr_null(strstr(text, "second"));
    free(text);
}
END

TEST(a_run_may_stop_after_any_step)
{
    static const int threads[] = {1, 2, 3};
    for (int k = 1; k < STEPS; k++) {
        char runs[32];
        snprintf(runs, sizeof runs, "cut%d", k);
        parallel_init(threads[k % 3]);
        int64_t tokens = (int64_t)k * STEP; /* the first stage ends with a short step */
        if (k >= 12) tokens -= 12 * STEP - 3000;
        expect_status(train_small(runs, tokens, false, NULL), E_STOPPED);
        parallel_init(threads[(k + 1) % 3]);
        const struct outcome *o = train_small(runs, 0, false, NULL);
        expect_status(o, OK);
        char text[64];
        snprintf(text, sizeof text, "resumed at step %d, %d tokens\n", k, (int)tokens);
        ck_assert_msg(strstr(o->messages, text), "no '%s' in: %s", text, o->messages);
        parallel_init(2);
        same_end(straight(), o->result.dir);
    }
}
END

TEST(a_run_may_stop_after_every_step)
{
    int stops = 0;
    const struct outcome *o;
    do o = train_small("steps", 1 + stops * STEP, false, NULL);
    while (o->status == E_STOPPED && ++stops < 100);
    expect_status(o, OK);
    ck_assert_int_eq(stops, STEPS - 1);
    same_end(straight(), o->result.dir);
}
END

TEST(threads_change_nothing)
{
    static const int threads[] = {1, 3, 8};
    for (int i = 0; i < 3; i++) {
        char runs[32];
        snprintf(runs, sizeof runs, "threads%d", threads[i]);
        parallel_init(threads[i]);
        /* more threads than cores are slow: a few steps of them say as much */
        if (threads[i] == 8) {
            expect_status(train_small(runs, 900, false, NULL), E_STOPPED);
            parallel_init(2);
        }
        const struct outcome *o = train_small(runs, 0, false, NULL);
        expect_status(o, OK);
        parallel_init(2);
        same_run(straight(), o->result.dir);
    }
}
END

/* Whatever a kill leaves behind the last checkpoint is cut. */
TEST(lines_after_the_checkpoint_are_cut)
{
    const struct outcome *o = train_small("torn", 1500, false, NULL);
    expect_status(o, E_STOPPED);
    static const char *const name[] = {"metrics.jsonl", "timing.jsonl"};
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(join(o->result.dir, name[i]), "a");
        fputs("{\"step\": 7, \"tokens\": 1792}\n{\"step\": 8, \"tok", f);
        fclose(f);
    }
    char path[4096];
    struct error e;
    strcpy(path, join(o->result.dir, "checkpoints/00000009.tmp"));
    MUST(file_make_directories(path, &e), &e);
    o = train_small("torn", 0, false, NULL);
    expect_status(o, OK);
    same_run(straight(), o->result.dir);
    ck_assert(!file_exists(path));
}
END

TEST(a_damaged_checkpoint_falls_back)
{
    static const char *const name[] = {"model.safetensors", "state.safetensors"};
    static const double at[] = {0, 0.001, 0.05, 0.5, 0.999, 1};
    for (int i = 0; i < 24; i++) {
        char runs[32], last[4096];
        snprintf(runs, sizeof runs, "damaged%d", i);
        expect_status(train_small(runs, 2600, false, NULL), E_STOPPED);
        const struct outcome *o = train_small(runs, 4200, false, NULL);
        expect_status(o, E_STOPPED);
        newest(o->result.dir, last, sizeof last);
        damage(last, name[i % 2], at[i / 4], i / 2 % 2);
        o = train_small(runs, 0, false, NULL);
        expect_status(o, OK);
        char text[4200];
        snprintf(text, sizeof text, "checkpoint '%s' is skipped: ", last);
        ck_assert_msg(strstr(o->messages, text), "no '%s' in: %s", text, o->messages);
        ck_assert_msg(strstr(o->messages, name[i % 2]), "%s", o->messages);
        same_end(straight(), o->result.dir);
    }
}
END

/* The newest by number is not the newest that can be read: it must not outlive the good one. */
TEST(a_damaged_checkpoint_does_not_displace_good_ones)
{
    const char *const one = "checkpoint.keep=1";
    char last[4096];
    expect_status(train_small("displaced", 2600, false, NULL), E_STOPPED);
    const struct outcome *o = train_small("displaced", 4200, false, NULL);
    expect_status(o, E_STOPPED);
    newest(o->result.dir, last, sizeof last);
    damage(last, "state.safetensors", 0.5, 0);
    expect_status(train_small("displaced", 2900, false, WITH(one)), E_STOPPED);
    ck_assert(!file_exists(last));
    o = train_small("displaced", 0, false, WITH(one));
    expect_status(o, OK);
    ck_assert_ptr_nonnull(strstr(o->messages, "resumed at step 16, 4024 tokens"));
    same_end(straight(), o->result.dir);
}
END

TEST(nothing_readable_is_not_begun_again)
{
    const struct outcome *o = train_small("unreadable", 600, false, NULL);
    char last[4096];
    newest(o->result.dir, last, sizeof last);
    damage(last, "state.safetensors", 0.7, 0);
    o = train_small("unreadable", 0, false, NULL);
    expect_status(o, E_FORMAT);
    ck_assert_ptr_nonnull(strstr(o->error.text, "--fresh"));
    ck_assert(file_exists(last));
    o = train_small("unreadable", 0, true, NULL);
    expect_status(o, OK);
    same_run(straight(), o->result.dir);
}
END

TEST(a_complete_run_is_skipped)
{
    const double loss = train_small("again", 0, false, NULL)->result.loss;
    const struct outcome *o = train_small("again", 0, false, NULL);
    expect_status(o, OK);
    ck_assert(o->result.skipped);
    ck_assert_double_eq(o->result.loss, loss);
    ck_assert_double_gt(o->result.dev_loss, 0);
    ck_assert_int_eq(o->result.step, STEPS);
    same_run(straight(), o->result.dir);
    /* killed between its last checkpoint and its status */
    unlink(join(o->result.dir, "status.json"));
    o = train_small("again", 0, false, NULL);
    expect_status(o, OK);
    ck_assert(!o->result.skipped);
    ck_assert_double_eq(o->result.loss, loss);
    same_run(straight(), o->result.dir);
}
END

TEST(an_edited_configuration_is_refused)
{
    struct outcome *o = train_small("edited", 600, false, NULL);
    char path[4096], was[4096];
    size_t n;
    strcpy(was, o->result.dir);
    char *text = contents(was, "config.yaml", &n);
    size_t digit = 8;
    while (digit < n && strncmp(text + digit - 8, "lr: 0.003", 9)) digit++;
    ck_assert_uint_lt(digit, n);
    text[digit] = '7';
    strcpy(path, join(was, "config.yaml"));
    struct error e;
    MUST(file_write_all(path, text, n, &e), &e);
    o = train_small("edited", 0, false, NULL);
    expect_status(o, E_USAGE);
    char want[13000];
    snprintf(want, sizeof want,
             "the configuration of run %s is no longer its own (--fresh begins it again): '%s' was "
             "changed: it describes run ",
             o->result.id, path);
    ck_assert_msg(strstr(o->error.text, want) == o->error.text, "%s", o->error.text);
    /* a change that does not decide the result is none */
    text[digit] = '3';
    MUST(file_write_all(path, text, n, &e), &e);
    free(text);
    o = train_small("edited", 0, false, WITH("name=other", "checkpoint.keep=2"));
    expect_status(o, OK);
    ck_assert_str_eq(o->result.dir, was);
    same_file(straight(), was, "metrics.jsonl");
}
END

TEST(two_processes_do_not_share_a_run)
{
    const struct outcome *o = train_small("locked", 600, false, NULL);
    const int fd = open(join(o->result.dir, "lock"), O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(flock(fd, LOCK_EX | LOCK_NB), 0);
    o = train_small("locked", 0, true, NULL);
    expect_status(o, E_USAGE);
    char want[5000];
    snprintf(want, sizeof want, "another process is training '%.4000s'", o->result.dir);
    ck_assert_str_eq(o->error.text, want);
    close(fd);
    expect_status(train_small("locked", 0, false, NULL), OK);
}
END

/* A limit on the size of files fails writes as a full disk does, in their middle. */
TEST(no_room_loses_nothing)
{
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit whole;
    getrlimit(RLIMIT_FSIZE, &whole);
    const struct outcome *o = train_small("full", 2000, false, NULL);
    expect_status(o, E_STOPPED);
    char before[4096], after[4096];
    newest(o->result.dir, before, sizeof before);
    static const rlim_t room[] = {4000, 9000, 60000, 120000, 190000};
    for (size_t i = 0; i < sizeof room / sizeof *room; i++) {
        const struct rlimit limit = {room[i], whole.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        o = train_small("full", 2000 + (int64_t)i, false, NULL);
        setrlimit(RLIMIT_FSIZE, &whole);
        ck_assert_msg(o->status == E_IO, "room %ld: %d %s", (long)room[i], o->status,
                      o->error.text);
        ck_assert_msg(strstr(o->error.text, "File too large"), "%s", o->error.text);
        newest(o->result.dir, after, sizeof after);
        ck_assert_str_eq(before, after);
        size_t n;
        char *status = contents(o->result.dir, "status.json", &n);
        ck_assert_ptr_nonnull(strstr(status, "\"failed\""));
        free(status);
    }
    ck_assert_msg(strstr(o->error.text, "cannot save checkpoint '"), "%s", o->error.text);
    o = train_small("full", 0, false, NULL);
    expect_status(o, OK);
    same_run(straight(), o->result.dir);
}
END

TEST(a_folder_that_cannot_be_written)
{
    put_file("in_the_way", "x", 1);
    const struct outcome *o = train_small("in_the_way/runs", 0, false, NULL);
    expect_status(o, E_IO);
    ck_assert_msg(strstr(o->error.text, in_scratch("in_the_way")), "%s", o->error.text);
}
END

int main(void)
{
    scratch_open();
    parallel_init(2);
    matmul_init();
    return scratch_close(run_tests(
        "resume", the_run_crosses_every_boundary, a_run_may_stop_after_any_step,
        a_run_may_stop_after_every_step, threads_change_nothing, lines_after_the_checkpoint_are_cut,
        a_damaged_checkpoint_falls_back, a_damaged_checkpoint_does_not_displace_good_ones,
        nothing_readable_is_not_begun_again, a_complete_run_is_skipped,
        an_edited_configuration_is_refused, two_processes_do_not_share_a_run, no_room_loses_nothing,
        a_folder_that_cannot_be_written, NULL));
}
