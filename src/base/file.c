/* file.c -- paths, whole files, folders. See file.h; maps and globs are in file_map.c, writing in
 * file_out.c and line_log.c. */
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

/* Reads on to the end of what is there: pipes and /proc have no size to believe. */
static int read_to_end(int fd, char **data, size_t *n)
{
    size_t capacity = 0;
    for (;;) {
        if (capacity - *n < 2) {
            capacity = capacity ? 2 * capacity : 65536;
            char *more = realloc(*data, capacity);
            if (!more) return ENOMEM;
            *data = more;
        }
        const ssize_t got = read(fd, *data + *n, capacity - *n - 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) break;
        *n += (size_t)got;
    }
    (*data)[*n] = '\0';
    return 0;
}

int file_read_all(const char *path, char **data, size_t *n, struct error *e)
{
    *data = NULL;
    *n = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_set(e, E_IO, "cannot open '%s': %s", path, strerror(errno));
    const int why = read_to_end(fd, data, n);
    close(fd);
    if (!why) return OK;
    free(*data);
    *data = NULL;
    *n = 0;
    return error_set(e, why == ENOMEM ? E_MEMORY : E_IO, "cannot read '%s': %s", path,
                     strerror(why));
}

/* ---- folders ---- */

int file_make_directories(const char *path, struct error *e)
{
    char part[4096];
    const size_t n = strlen(path);
    if (n >= sizeof part) return error_set(e, E_IO, "path '%s' is too long", path);
    memcpy(part, path, n + 1);
    for (size_t i = n ? 1 : 0; i <= n; i++) {
        if (part[i] != '/' && part[i] != '\0') continue;
        const char kept = part[i];
        part[i] = '\0';
        if (!file_is_directory(part) && mkdir(part, 0777)) {
            const int why = errno;
            /* another process may have made it in between */
            if (why != EEXIST || !file_is_directory(part))
                return error_set(e, E_IO, "cannot make folder '%s': %s", part,
                                 why == EEXIST ? "a file is in the way" : strerror(why));
        }
        part[i] = kept;
    }
    return OK;
}

static int bytewise(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The next entry but . and ..; NULL at the end (errno 0) or on failure. */
static const char *next_name(DIR *dir)
{
    const struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(dir);
    } while (entry && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")));
    return entry ? entry->d_name : NULL;
}

static int list_names(DIR *dir, char ***names, size_t *n)
{
    size_t capacity = 0;
    for (const char *name; (name = next_name(dir)); ++*n) {
        if (*n == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            char **more = realloc(*names, capacity * sizeof *more);
            if (!more) return ENOMEM;
            *names = more;
        }
        if (!((*names)[*n] = strdup(name))) return ENOMEM;
    }
    return errno;
}

int file_list(const char *path, char ***names, size_t *n, struct error *e)
{
    *names = NULL;
    *n = 0;
    DIR *dir = opendir(path);
    if (!dir) return error_set(e, E_IO, "cannot open folder '%s': %s", path, strerror(errno));
    const int why = list_names(dir, names, n);
    closedir(dir);
    if (why) {
        file_list_free(*names, *n);
        *names = NULL;
        *n = 0;
        return error_set(e, why == ENOMEM ? E_MEMORY : E_IO, "cannot read folder '%s': %s", path,
                         strerror(why));
    }
    if (*n) qsort(*names, *n, sizeof **names, bytewise);
    return OK;
}

/* Relative to an open folder, so that a folder that is swapped for a link meanwhile leads nowhere.
 * Returns 0 or the system's reason; `at` gets the name that could not be removed. */
static int remove_at(int parent, const char *name, char at[256])
{
    int why = 0;
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return 0;
    snprintf(at, 256, "%s", name);
    if (errno != EISDIR) return errno;
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        why = errno;
        close(fd);
        return why;
    }
    const char *inside;
    while (!why && (inside = next_name(dir))) why = remove_at(fd, inside, at);
    if (!why) why = errno;
    closedir(dir);
    if (why) return why;
    snprintf(at, 256, "%s", name);
    return unlinkat(parent, name, AT_REMOVEDIR) == 0 ? 0 : errno;
}

int file_remove_tree(const char *path, struct error *e)
{
    char at[256];
    char bare[4096]; /* a slash at the end would follow a link */
    size_t n = strlen(path);
    if (n >= sizeof bare) return error_set(e, E_IO, "path '%s' is too long", path);
    memcpy(bare, path, n + 1);
    while (n > 1 && bare[n - 1] == '/') bare[--n] = '\0';
    const int why = remove_at(AT_FDCWD, bare, at);
    if (!why) return OK;
    return strcmp(at, bare) == 0
               ? error_set(e, E_IO, "cannot remove '%s': %s", path, strerror(why))
               : error_set(e, E_IO, "cannot remove '%s' inside '%s': %s", at, path, strerror(why));
}
