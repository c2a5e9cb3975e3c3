/* file.c -- files that are whole or not there, folders, line logs. See file.h; maps and globs are
 * in file_map.c. */
#include "src/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_join(char *out, size_t size, const char *dir, const char *name, struct error *e)
{
    const int n = snprintf(out, size, "%s/%s", dir, name);
    if (n >= 0 && (size_t)n < size) return OK;
    return error_set(e, E_IO, "path '%s/%s' is too long", dir, name);
}

bool file_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool file_is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int file_sync_directory(const char *path, struct error *e)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return error_set(e, E_IO, "cannot open '%s': %s", path, strerror(errno));
    /* some file systems cannot sync a folder and say EINVAL: there is nothing more to do then */
    const bool failed = fsync(fd) && errno != EINVAL;
    const int why = errno;
    close(fd);
    return failed ? error_set(e, E_IO, "cannot sync '%s': %s", path, strerror(why)) : OK;
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

/* ---- writing through a temporary ---- */

int file_out_open(struct file_out *o, const char *path, struct error *e)
{
    *o = (struct file_out){0};
    if (strlen(path) >= sizeof o->path) return error_set(e, E_IO, "path '%s' is too long", path);
    strcpy(o->path, path);
    snprintf(o->temporary, sizeof o->temporary, "%s.%ld.tmp", path, (long)getpid());
    o->f = fopen(o->temporary, "wbe");
    if (!o->f) return error_set(e, E_IO, "cannot write '%s': %s", path, strerror(errno));
    return OK;
}

int file_out_commit(struct file_out *o, struct error *e)
{
    errno = 0;
    bool bad = ferror(o->f) != 0;
    bad = fflush(o->f) != 0 || bad;
    bad = bad || fsync(fileno(o->f)) != 0;
    const int why = errno;
    const bool closed = fclose(o->f) == 0;
    o->f = NULL;
    if (bad || !closed) {
        unlink(o->temporary);
        return error_set(e, E_IO, "cannot write '%s': %s", o->path,
                         strerror(bad && why ? why
                                  : errno    ? errno
                                             : ENOSPC));
    }
    if (rename(o->temporary, o->path)) {
        const int reason = errno;
        unlink(o->temporary);
        return error_set(e, E_IO, "cannot write '%s': %s", o->path, strerror(reason));
    }
    return sync_parent(o->path, e);
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

int file_read_all(const char *path, char **data, size_t *n, struct error *e)
{
    struct file_map m;
    *data = NULL;
    TRY(file_map_open(&m, path, e));
    char *copy = malloc(m.size + 1);
    if (!copy) {
        file_map_close(&m);
        return error_set(e, E_MEMORY, "no memory for '%s'", path);
    }
    if (m.size) memcpy(copy, m.data, m.size);
    copy[m.size] = '\0';
    *data = copy;
    *n = m.size;
    file_map_close(&m);
    return OK;
}

/* ---- folders ---- */

int file_make_directories(const char *path, struct error *e)
{
    char part[4096];
    const size_t n = strlen(path);
    if (n >= sizeof part) return error_set(e, E_IO, "path '%s' is too long", path);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        const char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, 0777) && errno != EEXIST)
            return error_set(e, E_IO, "cannot make folder '%s': %s", part, strerror(errno));
        if (!file_is_directory(part))
            return error_set(e, E_IO, "cannot make folder '%s': a file is in the way", part);
        part[i] = kept;
    }
    return OK;
}

static int bytewise(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_list(const char *path, char ***names, size_t *n, struct error *e)
{
    size_t capacity = 0;
    const struct dirent *entry;
    DIR *dir = opendir(path);
    *names = NULL;
    *n = 0;
    if (!dir) return error_set(e, E_IO, "cannot open folder '%s': %s", path, strerror(errno));
    while ((entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        if (*n == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            char **more = realloc(*names, capacity * sizeof *more);
            if (!more) break;
            *names = more;
        }
        if (!((*names)[*n] = strdup(entry->d_name))) break;
        ++*n;
    }
    closedir(dir);
    if (entry) {
        file_list_free(*names, *n);
        *names = NULL;
        *n = 0;
        return error_set(e, E_MEMORY, "no memory for the names in '%s'", path);
    }
    if (*n) qsort(*names, *n, sizeof **names, bytewise);
    return OK;
}

int file_remove_tree(const char *path, struct error *e)
{
    struct stat st;
    if (lstat(path, &st))
        return errno == ENOENT
                   ? OK
                   : error_set(e, E_IO, "cannot remove '%s': %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode)) {
        char **names;
        size_t n;
        int status = OK;
        TRY(file_list(path, &names, &n, e));
        for (size_t i = 0; i < n && !status; i++) {
            char inside[4096];
            status = file_join(inside, sizeof inside, path, names[i], e);
            if (!status) status = file_remove_tree(inside, e);
        }
        file_list_free(names, n);
        TRY(status);
        if (rmdir(path) == 0) return OK;
    } else if (unlink(path) == 0) {
        return OK;
    }
    return error_set(e, E_IO, "cannot remove '%s': %s", path, strerror(errno));
}

/* ---- line logs ---- */

int line_log_open(struct line_log *l, const char *path, int64_t keep, struct error *e)
{
    struct stat st;
    *l = (struct line_log){.fd = -1};
    if (strlen(path) >= sizeof l->path) return error_set(e, E_IO, "path '%s' is too long", path);
    strcpy(l->path, path);
    l->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (l->fd < 0) return error_set(e, E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (fstat(l->fd, &st) == 0 && (keep < 0 || st.st_size >= keep)) {
        l->length = keep < 0 ? st.st_size : keep;
        if (keep < 0 || ftruncate(l->fd, keep) == 0) return OK;
    } else if (keep >= 0) {
        line_log_close(l);
        return error_set(e, E_FORMAT, "'%s' is shorter than the %lld bytes that were written", path,
                         (long long)keep);
    }
    const int why = errno;
    line_log_close(l);
    return error_set(e, E_IO, "cannot cut '%s': %s", path, strerror(why));
}

int line_log_write(struct line_log *l, const char *text, size_t n, struct error *e)
{
    char *line = malloc(n + 1);
    if (!line) return error_set(e, E_MEMORY, "no memory for a line of '%s'", l->path);
    memcpy(line, text, n);
    line[n] = '\n';
    size_t done = 0;
    while (done < n + 1) { /* short only where the disk is full or a signal came */
        const ssize_t wrote = write(l->fd, line + done, n + 1 - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) break;
        done += (size_t)wrote;
    }
    const int why = errno;
    free(line);
    if (done < n + 1) return error_set(e, E_IO, "cannot write '%s': %s", l->path, strerror(why));
    l->length += (int64_t)(n + 1);
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
