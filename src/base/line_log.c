/* line_log.c -- lines appended with one write each. See file.h. */
#define _GNU_SOURCE /* memrchr */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "src/base/file.h"

/* Offset behind the last newline of the first `length` bytes; -1 if they cannot be read. */
static int64_t whole_lines(int fd, int64_t length)
{
    char block[4096];
    while (length > 0) {
        const int64_t from = length > (int64_t)sizeof block ? length - (int64_t)sizeof block : 0;
        const ssize_t n = pread(fd, block, (size_t)(length - from), from);
        if (n < 0 && errno == EINTR) continue;
        if (n != length - from) return -1;
        const char *end = memrchr(block, '\n', (size_t)n);
        if (end) return from + (end - block) + 1;
        length = from;
    }
    return 0;
}

static int cut(struct line_log *l, int64_t size, int64_t keep, struct error *e)
{
    if (keep > size)
        return error_set(e, E_FORMAT, "'%s' has %lld bytes, %lld were written", l->path,
                         (long long)size, (long long)keep);
    errno = 0;
    l->length = whole_lines(l->fd, keep < 0 ? size : keep);
    if (l->length < 0)
        return error_set(e, E_IO, "cannot read '%s': %s", l->path, strerror(errno ? errno : EIO));
    if (keep >= 0 && l->length != keep)
        return error_set(e, E_FORMAT, "'%s': no line ends at byte %lld, where it was left", l->path,
                         (long long)keep);
    if (l->length < size && ftruncate(l->fd, l->length))
        return error_set(e, E_IO, "cannot cut '%s': %s", l->path, strerror(errno));
    return OK;
}

int line_log_open(struct line_log *l, const char *path, int64_t keep, struct error *e)
{
    struct stat st;
    *l = (struct line_log){.fd = -1};
    if (strlen(path) >= sizeof l->path) return error_set(e, E_IO, "path '%s' is too long", path);
    strcpy(l->path, path);
    l->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int status = OK;
    if (l->fd < 0 || fstat(l->fd, &st))
        status = error_set(e, E_IO, "cannot write '%s': %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        status = error_set(e, E_IO, "cannot write '%s': not a regular file", path);
    else
        status = cut(l, st.st_size, keep, e);
    if (status) line_log_close(l);
    return status;
}

int line_log_write(struct line_log *l, const char *text, size_t n, struct error *e)
{
    assert(!memchr(text, '\n', n) && "one line");
    size_t done = 0;
    while (done <= n) { /* a second round only where the disk is full or a signal came */
        const struct iovec rest[] = {{(char *)text + done, n - done}, {(char *)"\n", 1}};
        const ssize_t wrote = writev(l->fd, rest, 2);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            const int why = wrote < 0 ? errno : ENOSPC;
            const bool torn = ftruncate(l->fd, l->length) != 0;
            return error_set(e, E_IO, "cannot write '%s': %s%s", l->path, strerror(why),
                             torn ? " (and a part of the line stays)" : "");
        }
        done += (size_t)wrote;
    }
    l->length += (int64_t)n + 1;
    return OK;
}

int line_log_sync(struct line_log *l, struct error *e)
{
    if (fsync(l->fd) == 0) return OK;
    return error_set(e, E_IO, "cannot sync '%s': %s", l->path, strerror(errno));
}

void line_log_close(struct line_log *l)
{
    if (l->fd >= 0) close(l->fd);
    l->fd = -1;
}
