/* figure_gnuplot.c -- find gnuplot, run a script, take the date out of a PDF. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/lab/figure.h"

bool figure_gnuplot(char *path, size_t size)
{
    const char *own = getenv("GNUPLOT"), *dirs = getenv("PATH");
    if (own && *own) {
        snprintf(path, size, "%s", own);
        return access(path, X_OK) == 0;
    }
    for (const char *d = dirs; d && *d; d += strcspn(d, ":"), d += *d == ':') {
        snprintf(path, size, "%.*s/gnuplot", (int)strcspn(d, ":"), d);
        if (access(path, X_OK) == 0) return true;
    }
    return false;
}

/* The child: the folder, the locale, messages into the pipe. */
static void start(const char *gnuplot, const char *folder, const char *script, const char *terminal,
                  int messages)
{
    char set[64];
    snprintf(set, sizeof set, "terminal='%s'", terminal);
    if (dup2(messages, STDERR_FILENO) < 0 || chdir(folder) < 0) _exit(126);
    setenv("LC_ALL", "C.UTF-8", 1);
    execl(gnuplot, gnuplot, "-d", "-e", set, script, (char *)NULL);
    _exit(127);
}

static void read_messages(int fd, char *text, size_t size)
{
    size_t n = 0;
    for (;;) {
        char rest[256];
        char *to = n + 1 < size ? text + n : rest;
        const ssize_t k = read(fd, to, n + 1 < size ? size - n - 1 : sizeof rest);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) break;
        if (to != rest) n += (size_t)k;
    }
    text[n] = '\0';
    while (n && (text[n - 1] == '\n' || text[n - 1] == ' ')) text[--n] = '\0';
}

int figure_run(const char *gnuplot, const char *folder, const char *script, const char *terminal,
               struct error *e)
{
    int fd[2], status = 0;
    char text[2048];
    if (pipe(fd) < 0) return error_set(e, E_IO, "cannot start gnuplot: %s", strerror(errno));
    fcntl(fd[0], F_SETFD, FD_CLOEXEC);
    fcntl(fd[1], F_SETFD, FD_CLOEXEC);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) start(gnuplot, folder, script, terminal, fd[1]);
    close(fd[1]);
    if (child > 0) read_messages(fd[0], text, sizeof text);
    close(fd[0]);
    if (child < 0) return error_set(e, E_IO, "cannot start gnuplot: %s", strerror(errno));
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (status == 0) return OK;
    return error_set(e, E_IO, "gnuplot could not draw '%s' as %s: %s", script, terminal, text);
}

int figure_undate(const char *pdf, struct error *e)
{
    static const char key[] = "/CreationDate (D:", date[] = "20000101000000";
    char *data;
    size_t n;
    TRY(file_read_all(pdf, &data, &n, e));
    for (size_t i = 0; i + sizeof key + sizeof date < n; i++)
        if (memcmp(data + i, key, sizeof key - 1) == 0)
            memcpy(data + i + sizeof key - 1, date, sizeof date - 1);
    const int status = file_write_all(pdf, data, n, e);
    free(data);
    return status;
}
