/* file_map.c -- files mapped for reading, and globs. See file.h. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"

int file_map_open(struct file_map *m, const char *path, struct error *e)
{
    *m = (struct file_map){0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_set(e, E_IO, "cannot open '%s': %s", path, strerror(errno));
    struct stat st;
    int status = OK;
    if (fstat(fd, &st))
        status = error_set(e, E_IO, "cannot read '%s': %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        status = error_set(e, E_IO, "cannot read '%s': %s", path,
                           S_ISDIR(st.st_mode) ? "it is a directory" : "not a regular file");
    else if (st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            status = error_set(e, E_IO, "cannot map '%s': %s", path, strerror(errno));
        else
            *m = (struct file_map){p, (size_t)st.st_size};
    }
    close(fd);
    return status;
}

void file_map_close(struct file_map *m)
{
    if (m->data) munmap((void *)m->data, m->size);
    *m = (struct file_map){0};
}

static int bytewise(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_glob(const char *pattern, char ***names, size_t *n, struct error *e)
{
    *names = NULL;
    *n = 0;
    glob_t g;
    const int failed = glob(pattern, GLOB_NOSORT | GLOB_ERR, NULL, &g);
    if (failed == GLOB_NOMATCH)
        return strpbrk(pattern, "*?[")
                   ? error_set(e, E_IO, "no file matches '%s'", pattern)
                   : error_set(e, E_IO, "cannot open '%s': %s", pattern, strerror(ENOENT));
    if (failed == GLOB_ABORTED)
        return error_set(e, E_IO, "cannot read the folders of '%s': %s", pattern, strerror(errno));
    if (failed) return error_set(e, E_MEMORY, "no memory for the files of '%s'", pattern);
    char **list = calloc(g.gl_pathc, sizeof *list);
    size_t done = 0;
    while (list && done < g.gl_pathc && (list[done] = strdup(g.gl_pathv[done]))) done++;
    const bool whole = list && done == g.gl_pathc;
    globfree(&g);
    if (!whole) {
        file_list_free(list, done);
        return error_set(e, E_MEMORY, "no memory for the files of '%s'", pattern);
    }
    qsort(list, done, sizeof *list, bytewise);
    *names = list;
    *n = done;
    return OK;
}

void file_list_free(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++) free(names[i]);
    free(names);
}
