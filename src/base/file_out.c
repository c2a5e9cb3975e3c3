/* file_out.c -- writing through a temporary: a file is the old one or the new one, never a part of
 * one. See file.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"

static int cannot_write(const char *path, int why, struct error *e)
{
    return error_set(e, E_IO, "cannot write '%s': %s", path,
                     why ? strerror(why) : "the stream failed");
}

/* The folder that `path` stands in. */
static int sync_parent(const char *path, struct error *e)
{
    char dir[4096];
    const char *slash = strrchr(path, '/');
    const size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof dir) return error_set(e, E_IO, "path '%s' is too long", path);
    memcpy(dir, path, n);
    dir[n] = '\0';
    return file_sync_directory(!slash ? "." : n ? dir : "/", e);
}

/* The number keeps apart the writers of one process; a name that is there already was left by a
 * dead process that had this one's id. */
static int open_temporary(struct file_out *o)
{
    static atomic_uint number;
    for (int tries = 0; tries < 1000; tries++) {
        snprintf(o->temporary, sizeof o->temporary, "%s.%ld-%u.tmp", o->path, (long)getpid(),
                 atomic_fetch_add(&number, 1));
        const int fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

int file_out_open(struct file_out *o, const char *path, struct error *e)
{
    struct stat st;
    *o = (struct file_out){0};
    if (strlen(path) >= sizeof o->path) return error_set(e, E_IO, "path '%s' is too long", path);
    strcpy(o->path, path);
    /* a rename would replace a device, a pipe or a folder instead of writing to it */
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set(e, E_IO, "cannot write '%s': %s", path,
                         S_ISDIR(st.st_mode) ? "it is a directory" : "not a regular file");
    const int fd = open_temporary(o);
    if (fd < 0) return cannot_write(path, errno, e);
    if ((o->f = fdopen(fd, "wb"))) return OK;
    const int why = errno;
    close(fd);
    unlink(o->temporary);
    return cannot_write(path, why, e);
}

/* All bytes on the disk: 0 or the system's reason. A stream that failed before has forgotten why;
 * writing one more byte asks again (the file is lost anyway). */
static int flush(FILE *f)
{
    const bool failed = ferror(f) != 0;
    errno = 0;
    if (failed) fputc(0, f);
    if (fflush(f) || (!failed && fsync(fileno(f)))) return errno ? errno : EIO;
    return failed ? EIO : 0;
}

int file_out_commit(struct file_out *o, struct error *e)
{
    int why = flush(o->f);
    if (fclose(o->f) && !why) why = errno ? errno : EIO;
    o->f = NULL;
    if (!why && rename(o->temporary, o->path)) why = errno;
    if (!why) return sync_parent(o->path, e);
    unlink(o->temporary);
    return cannot_write(o->path, why, e);
}

void file_out_abort(struct file_out *o)
{
    if (!o->f) return;
    fclose(o->f);
    unlink(o->temporary);
    o->f = NULL;
}

int file_write_all(const char *path, const void *data, size_t n, struct error *e)
{
    struct file_out o;
    TRY(file_out_open(&o, path, e));
    if (n) (void)fwrite(data, 1, n, o.f); /* the stream remembers a failure until the commit */
    return file_out_commit(&o, e);
}
