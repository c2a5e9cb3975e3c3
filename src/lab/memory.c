/* memory.c -- see memory.h. */
#include "src/lab/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A limit in a file of the control group; 0: none. */
static int64_t limit_in(const char *path)
{
    long long bytes = 0;
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    if (fscanf(f, "%lld", &bytes) != 1) bytes = 0; /* "max" */
    fclose(f);
    return bytes;
}

/* The least limit of a control group and of those that it lies in. */
static int64_t least_limit(const char *root, char *group, const char *file, int64_t least)
{
    for (char *end = group + strlen(group); end; end = strrchr(group, '/')) {
        char path[4300];
        *end = 0;
        snprintf(path, sizeof path, "%s%s/%s", root, group, file);
        const int64_t own = limit_in(path);
        if (own > 0 && (!least || own < least)) least = own;
    }
    return least;
}

/* A line is "0::/path" in version 2, "4:memory:/path" in version 1. */
static int64_t group_limit(void)
{
    char line[4096], *group;
    int64_t least = 0;
    FILE *f = fopen("/proc/self/cgroup", "r");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "0::", 3) == 0)
            least = least_limit("/sys/fs/cgroup", line + 3, "memory.max", least);
        else if ((group = strstr(line, ":memory:")))
            least = least_limit("/sys/fs/cgroup/memory", group + strlen(":memory:"),
                                "memory.limit_in_bytes", least);
    }
    if (f) fclose(f);
    return least;
}

int64_t memory_of_machine(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGE_SIZE);
    const int64_t physical = pages > 0 && size > 0 ? (int64_t)pages * size : 0,
                  limit = group_limit();
    return limit > 0 && (!physical || limit < physical) ? limit : physical;
}

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x < y) - (x > y);
}

static bool is_left(const struct store_run *r, bool again)
{
    if (r->state == STORE_FAILED || r->state == STORE_TIMEOUT) return again;
    return !store_is_final(r->state);
}

static double gib(int64_t bytes)
{
    return (double)bytes / (1 << 30);
}

int memory_check_jobs(const struct store *s, int jobs, bool again, int64_t bytes, struct error *e)
{
    int64_t *size = malloc(((size_t)s->n_runs + 1) * sizeof *size), sum = 0;
    int n = 0, fit = 0;
    if (!size) return error_set(e, E_MEMORY, "no memory for %d runs", s->n_runs);
    for (int i = 0; i < s->n_runs; i++)
        if (is_left(&s->runs[i], again)) size[n++] = s->runs[i].memory;
    qsort(size, (size_t)n, sizeof *size, by_size);
    if (n > jobs) n = jobs;
    for (int i = 0; i < n; i++) {
        sum += size[i];
        fit += sum <= bytes;
    }
    const int64_t largest = n ? size[0] : 0;
    free(size);
    if (!bytes || sum <= bytes) return OK;
    if (!fit)
        return error_set(e, E_USAGE,
                         "a run of %.1f GiB does not fit this machine, which has %.1f GiB "
                         "(`recompute`, a smaller `optim.batch_tokens` or shorter rows need less)",
                         gib(largest), gib(bytes));
    return error_set(e, E_USAGE,
                     "-j %d may need %.1f GiB at a time (runs of up to %.1f GiB), this machine has "
                     "%.1f GiB: -j %d fits",
                     jobs, gib(sum), gib(largest), gib(bytes), fit);
}
