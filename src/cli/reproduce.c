/* reproduce.c -- the paper's analyses, one folder of experiments/ each, run again.
 *
 * An experiment is a folder with README.md (its first line the title) and reproduce.sh, which is told
 * through the environment what to do: ROPEWALK (this program), SIZE (smoke or full), OUT (the folder
 * for tables and figures; smoke never writes into experiments/). It leaves OUT/verdicts.tsv with the
 * columns claim, paper, ours, verdict, cost; `reproduce` ends with all of these tables in one. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/conf.h"
#include "src/base/file.h"
#include "src/base/json.h"
#include "src/cli/verbs.h"

enum { EXPERIMENTS = 64, COLUMNS = 5 };
static const char *const columns[COLUMNS] = {"claim", "paper", "ours", "verdict", "cost"};

struct experiments {
    char **entry; /* what lies in the folder */
    size_t n_entries;
    const char *name[EXPERIMENTS + 1]; /* those with a reproduce.sh, NULL-terminated */
    int n;
    const char *root;
};

static int find_experiments(struct experiments *x, struct error *e)
{
    *x = (struct experiments){.root = "experiments"};
    if (!file_is_directory(x->root))
        return error_set(e, E_USAGE,
                         "reproduce: no folder '%s' here: run it in the root of the source tree",
                         x->root);
    TRY(file_list(x->root, &x->entry, &x->n_entries, e));
    for (size_t i = 0; i < x->n_entries && x->n < EXPERIMENTS; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s/reproduce.sh", x->root, x->entry[i]);
        if (file_exists(path)) x->name[x->n++] = x->entry[i];
    }
    return OK;
}

static int find_one(const struct experiments *x, const char *name, struct error *e)
{
    for (int i = 0; i < x->n; i++)
        if (!strcmp(x->name[i], name)) return OK;
    const char *near = conf_nearest(name, x->name);
    return error_set(e, E_USAGE, "reproduce: unknown experiment '%s'%s%s%s", name,
                     near ? ": did you mean '" : "; 'ropewalk reproduce' lists them",
                     near ? near : "", near ? "'?" : "");
}

/* The first line of the README without its mark; the name where there is none. */
static void title_of(const struct experiments *x, const char *name, char *out, size_t size)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s/README.md", x->root, name);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(out, (int)size, f)) snprintf(out, size, "# %s", name);
    if (f) fclose(f);
    const size_t mark = strspn(out, "# ");
    memmove(out, out + mark, strlen(out + mark) + 1);
    out[strcspn(out, "\n")] = '\0';
}

static void list_experiments(const struct experiments *x, bool json)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_array_begin(&o, NULL);
    for (int i = 0; i < x->n; i++) {
        char title[200];
        title_of(x, x->name[i], title, sizeof title);
        jsn_map_begin(&o, NULL);
        jsn_put_string(&o, "name", x->name[i]);
        jsn_put_string(&o, "summary", title);
        jsn_map_end(&o);
        if (!json) printf("%-16s %s\n", x->name[i], title);
    }
    jsn_array_end(&o);
    if (json) printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

/* Run one experiment's script to its end; its output goes to stderr, where messages belong. */
static int run_script(const struct experiments *x, const char *name, const char *size,
                      const char *out, struct error *e)
{
    char script[PATH_MAX], self[PATH_MAX];
    snprintf(script, sizeof script, "%s/%s/reproduce.sh", x->root, name);
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n < 0)
        return error_set(e, E_IO, "cannot find this program's own file: %s", strerror(errno));
    self[n] = '\0';
    TRY(file_make_directories(out, e));
    fflush(stdout);
    const pid_t pid = fork();
    if (pid < 0) return error_set(e, E_IO, "cannot start '%s': %s", script, strerror(errno));
    if (pid == 0) {
        setenv("ROPEWALK", self, 1);
        setenv("SIZE", size, 1);
        setenv("OUT", out, 1);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execlp("sh", "sh", script, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return error_set(e, E_IO, "cannot wait for '%s'", script);
    if (WIFSIGNALED(status))
        return error_set(e, E_IO, "%s: killed by signal %d", script, WTERMSIG(status));
    const int code = WEXITSTATUS(status);
    if (code == 130) return error_set(e, E_INTERRUPTED, "%s: interrupted", script);
    if (code == 75) return error_set(e, E_STOPPED, "%s: stopped; the same command goes on", script);
    return code ? error_set(e, E_IO, "%s: exit status %d", script, code) : OK;
}

/* Rows of OUT/verdicts.tsv, checked: a header that names the columns, as many cells in every row. */
static int print_verdicts(const char *name, const char *out, struct error *e)
{
    char path[PATH_MAX], *text;
    size_t n;
    TRY(file_join(path, sizeof path, out, "verdicts.tsv", e));
    TRY(file_read_all(path, &text, &n, e));
    int line = 0, status = OK;
    for (char *row = text, *end; *row && !status; row = end + (*end == '\n')) {
        char *cell[COLUMNS + 1];
        int cells = 0;
        end = row + strcspn(row, "\n");
        const bool more = *end;
        *end = '\0';
        for (char *s = row; s && cells <= COLUMNS; s = strchr(s, '\t'), s += s != NULL)
            cell[cells++] = s;
        for (int i = 1; i < cells; i++) cell[i][-1] = '\0';
        line++;
        if (cells != COLUMNS)
            status = error_set(e, E_FORMAT, "%s:%d: %d cells, not %d", path, line, cells, COLUMNS);
        else if (line == 1)
            for (int i = 0; i < COLUMNS && !status; i++)
                status = strcmp(cell[i], columns[i])
                             ? error_set(e, E_FORMAT, "%s:1: column %d is '%s', not '%s'", path,
                                         i + 1, cell[i], columns[i])
                             : OK;
        else
            printf("%s\t%s\t%s\t%s\t%s\t%s\n", name, cell[0], cell[1], cell[2], cell[3], cell[4]);
        if (more) *end = '\n';
    }
    if (!status && line < 2) status = error_set(e, E_FORMAT, "%s: no verdict in it", path);
    free(text);
    return status;
}

static int reproduce(const struct experiments *x, int n, const char *const *names, const char *size,
                     struct error *e)
{
    char out[EXPERIMENTS][256];
    const bool full = !strcmp(size, "full");
    for (int i = 0; i < n; i++) {
        snprintf(out[i], sizeof out[i], full ? "experiments/%s/results" : "sweeps/smoke/%s",
                 names[i]);
        fprintf(stderr, "== %s (%s)\n", names[i], size);
        TRY(run_script(x, names[i], size, out[i], e));
    }
    printf("experiment");
    for (int i = 0; i < COLUMNS; i++) printf("\t%s", columns[i]);
    putchar('\n');
    for (int i = 0; i < n; i++) TRY(print_verdicts(names[i], out[i], e));
    return OK;
}

static int run_reproduce(struct cli *c, struct error *e)
{
    bool all = false, json = false;
    const char *size = "smoke";
    const struct flag flags[] = {
        {"all", FLAG_BOOL, &all, 0, 0, NULL, "every experiment"},
        {"size", FLAG_STRING, &size, 0, 0, "SIZE", "smoke (minutes; the default) or full"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "the list as an array of {name, summary}"},
        {0},
    };
    struct experiments x = {0};
    TRY(cli_parse(c, flags, 0, EXPERIMENTS, e));
    if (strcmp(size, "smoke") && strcmp(size, "full"))
        return error_set(e, E_USAGE, "reproduce: --size '%s' is neither smoke nor full", size);
    int status = find_experiments(&x, e);
    for (int i = 0; i < c->argc && !status; i++) status = find_one(&x, c->argv[i], e);
    if (!status && !all && c->argc == 0)
        list_experiments(&x, json);
    else if (!status)
        status = all ? reproduce(&x, x.n, x.name, size, e)
                     : reproduce(&x, c->argc, (const char *const *)c->argv, size, e);
    file_list_free(x.entry, x.n_entries);
    return status;
}

const struct verb verb_reproduce = {
    .name = "reproduce",
    .operands = "[EXPERIMENT ...]",
    .summary = "the paper's analyses again, with verdicts",
    .help = "Without an experiment: what there is. With some, or --all: run them at smoke size\n"
            "(minutes, into sweeps/smoke) or full size (into experiments/NAME/results), and print\n"
            "a table: the paper's number or direction, ours, and whether they agree.\n\n"
            "examples:\n"
            "  ropewalk reproduce\n"
            "  ropewalk reproduce decay granularity flops\n"
            "  ropewalk reproduce --all --size full",
    .run = run_reproduce,
};
