/* A run in a process of its own: killed at random moments, asked to stop, interrupted twice. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "src/base/progress.h"
#include "tests/train/fixture.h"

enum { THREADS = 2, EXIT_STOPPED = 75, EXIT_INTERRUPTED = 130 };

/* Steps of a second, so that a signal comes in the middle of one. */
static const char slow_step[] = "optim.batch_tokens=128k";

/* The program started as `test_kill FOLDER OVERRIDE...` trains, and does nothing else. */
static int child(char **arguments)
{
    struct conf *c;
    struct run_config run;
    struct train_result r;
    struct error e;
    int n = 0;
    while (arguments[n + 1]) n++;
    parallel_init(THREADS);
    matmul_init();
    if (run_config_load(&c, &run, arguments[0], n, arguments + 1, &e)) return 2;
    const struct train_options o = {.config_text = "run.yaml", .quiet = true, .messages = stderr};
    const int status = train_run(&run, &o, &r, &e);
    conf_close(c);
    return status == E_STOPPED ? EXIT_STOPPED : status == E_INTERRUPTED ? EXIT_INTERRUPTED : status;
}

static pid_t start(const char *runs, const char *const *overrides)
{
    char folder[600], config[600],
        *arguments[OVERRIDES + 4] = {(char *)"test_kill", config, folder};
    put_file("run.yaml", small_run, strlen(small_run));
    snprintf(config, sizeof config, "%s", in_scratch("run.yaml"));
    snprintf(folder, sizeof folder, "runs=%s", in_scratch(runs));
    for (int n = 3; overrides && *overrides;) arguments[n++] = (char *)*overrides++;
    const pid_t pid = fork();
    if (pid == 0) {
        execv("/proc/self/exe", arguments);
        _exit(127);
    }
    ck_assert_int_gt(pid, 0);
    return pid;
}

static void pause_for(double seconds)
{
    const struct timespec t = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&t, NULL);
}

static int finish(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) ck_assert_int_eq(errno, EINTR);
    return status;
}

/* The only run in a folder of runs; false while there is none. */
static bool only_run(const char *runs, char *dir, size_t size)
{
    char **names;
    size_t n;
    struct error e;
    if (!file_is_directory(in_scratch(runs))) return false;
    MUST(file_list(in_scratch(runs), &names, &n, &e), &e);
    ck_assert_uint_le(n, 1);
    if (n) snprintf(dir, size, "%s", join(in_scratch(runs), names[0]));
    file_list_free(names, n);
    return n > 0;
}

static void wait_for(const char *runs, char *dir, size_t size, const char *text)
{
    for (int i = 0; i < 3000; i++) {
        if (only_run(runs, dir, size) && file_exists(join(dir, "status.json"))) {
            size_t n;
            char *status = contents(dir, "status.json", &n);
            const bool there = strstr(status, text) != NULL;
            free(status);
            if (there) return;
        }
        pause_for(0.01);
    }
    ck_abort_msg("'%s' did not come", text);
}

TEST(a_run_that_is_killed_at_random_moments)
{
    char straight[4096], killed[4096];
    const char *const often[] = {"checkpoint.every=256", "stages[0].tokens=30k", NULL};
    const double began = clock_seconds();
    ck_assert_int_eq(finish(start("straight", often)), 0);
    const double whole = clock_seconds() - began;
    ck_assert(only_run("straight", straight, sizeof straight));
    struct rng rng = rng_open((uint64_t)time(NULL), "kills"); /* other moments every time */
    int kills = 0, status;
    for (int i = 0; i < 10; i++) {
        const pid_t pid = start("killed", often);
        pause_for(rng_uniform(&rng) * whole / 4);
        kill(pid, SIGKILL);
        status = finish(pid);
        if (WIFSIGNALED(status))
            kills++;
        else
            ck_assert_int_eq(status, 0);
    }
    ck_assert_int_ge(kills, 3);
    ck_assert_int_eq(finish(start("killed", often)), 0);
    ck_assert(only_run("killed", killed, sizeof killed));
    same_run(straight, killed);
}
END

TEST(signals_save_and_stop)
{
    static const struct {
        int number, status;
        const char *word;
    } signals[] = {{SIGTERM, EXIT_STOPPED, "\"stopped\""},
                   {SIGINT, EXIT_INTERRUPTED, "\"interrupted\""}};
    for (int i = 0; i < 2; i++) {
        char dir[4096], last[4096];
        const char *runs = i ? "interrupted" : "stopped";
        const char *const longer[] = {"stages=[{tokens: 64k, length: 64}]", "checkpoint.every=0",
                                      NULL};
        const pid_t pid = start(runs, longer);
        wait_for(runs, dir, sizeof dir, "\"running\"");
        kill(pid, signals[i].number);
        const int status = finish(pid);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == signals[i].status,
                      "%d: status %x", signals[i].number, (unsigned)status);
        wait_for(runs, dir, sizeof dir, signals[i].word);
        newest(dir, last, sizeof last);
        ck_assert_int_eq(finish(start(runs, longer)), 0);
        wait_for(runs, dir, sizeof dir, "\"complete\"");
    }
}
END

TEST(a_second_interrupt_does_not_wait)
{
    char dir[4096];
    const char *const slow[] = {slow_step, "stages=[{tokens: 1M, length: 64}]", NULL};
    const pid_t pid = start("twice", slow);
    wait_for("twice", dir, sizeof dir, "\"running\"");
    kill(pid, SIGINT);
    pause_for(0.05); /* two that are pending at once are one */
    kill(pid, SIGINT);
    const int status = finish(pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_INTERRUPTED);
    size_t n;
    char *text = contents(dir, "status.json", &n);
    ck_assert_ptr_nonnull(strstr(text, "\"running\""));
    free(text);
}
END

int main(int argc, char **argv)
{
    if (argc > 1) return child(argv + 1);
    scratch_open();
    return scratch_close(run_tests("kill", a_run_that_is_killed_at_random_moments,
                                   signals_save_and_stop, a_second_interrupt_does_not_wait, NULL));
}
