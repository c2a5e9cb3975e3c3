/* claim.c -- see claim.h. */
#include "src/lab/claim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct holder {
    char host[65], boot[65];
    int pid;
    unsigned long long start; /* of the process, in ticks since the boot: pids are used again */
};

static void read_line(const char *path, char out[65])
{
    FILE *f = fopen(path, "r");
    *out = 0;
    if (f && fgets(out, 65, f)) out[strcspn(out, "\n")] = 0;
    if (f) fclose(f);
}

/* 0: there is no such process. */
static unsigned long long process_start(int pid)
{
    char path[64], text[1024];
    unsigned long long start = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    const size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    char *s = strrchr(text, ')'); /* the name may hold anything */
    if (!s || s[1] != ' ' || s[2] == 'Z') return 0;
    for (int field = 2; s && field < 22; field++) s = strchr(s + 1, ' ');
    return s && sscanf(s, "%llu", &start) == 1 ? start : 0;
}

static struct holder self(void)
{
    struct holder h = {.pid = (int)getpid()};
    if (gethostname(h.host, sizeof h.host - 1)) strcpy(h.host, "?");
    h.host[strcspn(h.host, " \n")] = 0;
    read_line("/proc/sys/kernel/random/boot_id", h.boot);
    if (!*h.boot) strcpy(h.boot, "?");
    h.start = process_start(h.pid);
    return h;
}

static bool read_holder(int fd, struct holder *h)
{
    char text[256];
    const ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 0) return false;
    text[n] = 0;
    return sscanf(text, "%64s %64s %d %llu", h->host, h->boot, &h->pid, &h->start) == 4;
}

/* Whether the one who wrote the file is still there, as far as can be told from here. */
static bool alive(int fd, const struct holder *h, const struct holder *me)
{
    struct stat st;
    if (strcmp(h->host, me->host) == 0)
        return strcmp(h->boot, me->boot) == 0 && h->start && process_start(h->pid) == h->start;
    return fstat(fd, &st) == 0 && time(NULL) - st.st_mtime < CLAIM_STALE;
}

int claim_take(struct claim *c, const char *dir, bool *taken, struct error *e)
{
    char path[4200], text[256];
    struct holder h;
    *taken = false;
    snprintf(path, sizeof path, "%s/claim", dir);
    c->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (c->fd < 0) return error_set(e, E_IO, "cannot write '%s': %s", path, strerror(errno));
    const struct holder me = self();
    if (flock(c->fd, LOCK_EX | LOCK_NB) ||
        (read_holder(c->fd, &h) && strcmp(h.host, me.host) && alive(c->fd, &h, &me))) {
        close(c->fd);
        c->fd = -1;
        return OK;
    }
    const int n =
        snprintf(text, sizeof text, "%s %s %d %llu\n", me.host, me.boot, me.pid, me.start);
    if (ftruncate(c->fd, 0) || pwrite(c->fd, text, (size_t)n, 0) != n) {
        const int error = errno ? errno : ENOSPC;
        close(c->fd);
        c->fd = -1;
        return error_set(e, E_IO, "cannot write '%s': %s", path, strerror(error));
    }
    *taken = true;
    return OK;
}

void claim_beat(const struct claim *c)
{
    if (c->fd >= 0) futimens(c->fd, NULL);
}

void claim_release(struct claim *c)
{
    if (c->fd < 0) return;
    /* an old text names a dead process, so a failure here changes nothing */
    if (ftruncate(c->fd, 0)) errno = 0;
    close(c->fd);
    c->fd = -1;
}

bool claim_held(const char *dir, char *who, size_t size)
{
    char path[4200];
    struct holder h;
    snprintf(path, sizeof path, "%s/claim", dir);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const struct holder me = self();
    const bool held = read_holder(fd, &h) && alive(fd, &h, &me) &&
                      !(h.pid == me.pid && strcmp(h.host, me.host) == 0);
    close(fd);
    if (held && strcmp(h.host, me.host))
        snprintf(who, size, "process %d on %s", h.pid, h.host);
    else if (held)
        snprintf(who, size, "process %d", h.pid);
    return held;
}
