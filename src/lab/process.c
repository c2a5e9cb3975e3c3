/* process.c -- see process.h. */
#define _GNU_SOURCE
#include "src/lab/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/progress.h"
#include "src/lab/cores.h"

enum { ARGUMENTS = 16, SLOTS = 1024 };

static void become_worker(char **argv, int out, const struct process_options *o, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(75); /* it died in between */
    if (!o->threads) cores_pin(o->slot, o->slots);
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(out, 2);
    execv("/proc/self/exe", argv);
    _exit(127);
}

int process_start(struct process *p, struct store_run *r, const struct process_options *o,
                  struct error *e)
{
    int ends[2], n = 0;
    char threads[16], retries[16], timeout[48], stop[48];
    char *argv[ARGUMENTS] = {"ropewalk", "sweep", "exec", (char *)o->dir, "--run", (char *)r->id};
    while (argv[n]) n++;
    snprintf(threads, sizeof threads, "--threads=%d",
             o->threads ? o->threads : cores_threads(o->slot, o->slots));
    snprintf(retries, sizeof retries, "--retries=%d", o->retries);
    snprintf(timeout, sizeof timeout, "--timeout=%.17g", o->timeout);
    argv[n++] = "--quiet";
    argv[n++] = threads;
    argv[n++] = retries;
    snprintf(stop, sizeof stop, "--stop-after=%lld", (long long)o->stop_after);
    if (o->timeout > 0) argv[n++] = timeout;
    if (o->stop_after > 0) argv[n++] = stop;
    if (o->again) argv[n++] = "--retry-failed";
    if (pipe2(ends, O_CLOEXEC))
        return error_set(e, E_IO, "cannot make a pipe: %s", strerror(errno));
    const pid_t parent = getpid(), pid = fork();
    if (pid == 0) become_worker(argv, ends[1], o, parent);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error_set(e, E_IO, "cannot start a worker: %s", strerror(errno));
    }
    setpgid(pid, pid); /* in both, whoever comes first */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *p = (struct process){.run = r, .pid = pid, .fd = ends[0], .started = clock_seconds()};
    return OK;
}

void process_signal(const struct process *p, int signal)
{
    kill(p->pid, signal);
}

/* What a worker said; the end of it is kept. */
static void hear(struct process *p)
{
    char text[1024];
    for (ssize_t got; p->fd >= 0 && (got = read(p->fd, text, sizeof text)) >= 0;) {
        if (got == 0) {
            close(p->fd);
            p->fd = -1;
            return;
        }
        const int room = PROCESS_TAIL - p->n, cut = (int)got > room ? (int)got - room : 0;
        memmove(p->tail, p->tail + cut, (size_t)(p->n - cut));
        memcpy(p->tail + p->n - cut, text, (size_t)got);
        p->n += (int)got - cut;
        p->tail[p->n] = 0;
    }
}

void process_wait(struct process *p, int n, double seconds)
{
    struct pollfd f[SLOTS];
    int k = 0;
    for (int i = 0; i < n && k < SLOTS; i++)
        if (p[i].run && p[i].fd >= 0) f[k++] = (struct pollfd){.fd = p[i].fd, .events = POLLIN};
    poll(f, (nfds_t)k, (int)(1000 * seconds));
}

bool process_ended(struct process *p)
{
    int status;
    hear(p);
    if (waitpid(p->pid, &status, WNOHANG) != p->pid) return false;
    hear(p);
    if (WIFSIGNALED(status))
        p->signal = WTERMSIG(status);
    else
        p->exit = WEXITSTATUS(status);
    return true;
}

bool process_crashed(const struct process *p)
{
    return p->signal || (p->exit != 0 && p->exit != 1 && p->exit != 2 && p->exit != 75 &&
                         p->exit != 130 && p->exit != PROCESS_FULL);
}

void process_describe(const struct process *p, char *out, size_t size)
{
    int n;
    if (p->signal)
        n = snprintf(out, size, "killed by signal %d (%s)", p->signal, strsignal(p->signal));
    else
        n = snprintf(out, size, "ended with status %d", p->exit);
    if (p->n && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, ": %.*s", (int)strcspn(p->tail, "\n"), p->tail);
}

void process_close(struct process *p)
{
    if (p->fd >= 0) close(p->fd);
    *p = (struct process){.fd = -1};
}
