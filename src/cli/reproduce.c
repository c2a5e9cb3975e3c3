/* reproduce.c -- the paper's analyses, one folder of experiments/ each, run again.
 *
 * An experiment is a folder with README.md (its first line the title) and reproduce.sh, which is told
 * through the environment what to do: ROPEWALK (this program), SIZE (smoke or full), OUT (the folder
 * for tables and figures; smoke never writes into experiments/), and, for those that train (they have
 * a sweep.yaml), RUNS (the folder of the runs), CORPORA (a folder of real text; empty: generated
 * data) and JOBS (runs at a time). It leaves OUT/verdicts.tsv with the columns claim, paper, ours,
 * verdict, cost; `reproduce` ends with all of these tables in one. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/conf.h"
#include "src/base/file.h"
#include "src/base/json.h"
#include "src/cli/reproduce.h"
#include "src/cli/verbs.h"

enum { EXPERIMENTS = 64 };

struct request {
    const char *size, *corpora; /* corpora "": generated data */
    int64_t jobs;               /* 0: as many as there are processors */
    bool markdown;              /* the table */
};

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

static bool trains(const struct experiments *x, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s/sweep.yaml", x->root, name);
    return file_exists(path);
}

static const char *data_of(const struct request *q)
{
    return *q->corpora ? "text" : "generated";
}

/* Where tables and figures go. */
static void results_folder(const struct experiments *x, const struct request *q, const char *name,
                           char *out, size_t size)
{
    if (!strcmp(q->size, "smoke"))
        snprintf(out, size, "sweeps/smoke/%s", name);
    else if (trains(x, name))
        snprintf(out, size, "%s/%s/results/%s", x->root, name, data_of(q));
    else
        snprintf(out, size, "%s/%s/results", x->root, name);
}

static void tell(const struct request *q, const char *self, const char *name, const char *out)
{
    char runs[PATH_MAX], jobs[32];
    snprintf(runs, sizeof runs, "sweeps/%s/%s/%s", q->size, name, data_of(q));
    snprintf(jobs, sizeof jobs, "%" PRId64, q->jobs);
    setenv("ROPEWALK", self, 1);
    setenv("SIZE", q->size, 1);
    setenv("OUT", out, 1);
    setenv("RUNS", runs, 1);
    setenv("CORPORA", q->corpora, 1);
    if (q->jobs)
        setenv("JOBS", jobs, 1);
    else
        unsetenv("JOBS");
}

/* Run one experiment's script to its end; its output goes to stderr, where messages belong. */
static int run_script(const struct experiments *x, const char *name, const struct request *q,
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
        tell(q, self, name, out);
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

static int reproduce(const struct experiments *x, int n, const char *const *names,
                     const struct request *q, struct error *e)
{
    char out[EXPERIMENTS][256];
    for (int i = 0; i < n; i++) {
        results_folder(x, q, names[i], out[i], sizeof out[i]);
        fprintf(stderr, "== %s (%s, %s)\n", names[i], q->size,
                trains(x, names[i]) ? data_of(q) : "no training");
        TRY(run_script(x, names[i], q, out[i], e));
    }
    verdicts_head(q->markdown);
    for (int i = 0; i < n; i++) TRY(verdicts_print(names[i], out[i], q->markdown, e));
    return OK;
}

/* The final table from results that are there, nothing run: of each corpus, where it trains. */
static int print_results(const struct experiments *x, int n, const char *const *names,
                         const struct request *q, struct error *e)
{
    static const char *const folders[] = {"results", "results/generated", "results/text"};
    static const char *const of[] = {"", " (generated)", " (text)"};
    verdicts_head(q->markdown);
    for (int i = 0; i < n; i++) {
        bool any = false;
        for (int k = 0; k < 3; k++) {
            char out[PATH_MAX], path[PATH_MAX], title[256];
            snprintf(out, sizeof out, "%s/%s/%s", x->root, names[i], folders[k]);
            TRY(file_join(path, sizeof path, out, "verdicts.tsv", e));
            if (!file_exists(path)) continue;
            any = true;
            snprintf(title, sizeof title, "%.200s%s", names[i], of[k]);
            TRY(verdicts_print(title, out, q->markdown, e));
        }
        if (!any) fprintf(stderr, "%s: no results at full size\n", names[i]);
    }
    return OK;
}

static int check_request(const struct request *q, struct error *e)
{
    if (strcmp(q->size, "smoke") && strcmp(q->size, "full"))
        return error_set(e, E_USAGE, "reproduce: --size '%s' is neither smoke nor full", q->size);
    static const char *const parts[] = {"books", "rfcs.jsonl", "tldr.jsonl"};
    for (size_t i = 0; *q->corpora && i < sizeof parts / sizeof *parts; i++) {
        char path[PATH_MAX];
        TRY(file_join(path, sizeof path, q->corpora, parts[i], e));
        if (!file_exists(path))
            return error_set(e, E_USAGE,
                             "reproduce: no '%s': --corpora names a folder with books/*.txt, "
                             "rfcs.jsonl and tldr.jsonl",
                             path);
    }
    return OK;
}

/* What is asked for: the list, the table of results there are, or to run something. */
struct asked {
    bool all, json, results;
    const char *size, *corpora; /* NULL: not named */
};

/* Options that what is asked for would not heed. */
static int check_heeded(const struct asked *a, const struct request *q, int names, struct error *e)
{
    const bool runs = !a->results && (a->all || names), list = !a->results && !runs;
    if (a->all && names)
        return error_set(e, E_USAGE, "reproduce: --all and experiments by name exclude each other");
    if (a->json && !list)
        return error_set(e, E_USAGE, "reproduce: --json is of the list alone: no %s beside it",
                         a->results ? "--results" : "experiment");
    if (q->markdown && list)
        return error_set(e, E_USAGE,
                         "reproduce: --markdown is of tables: name an experiment, --all or "
                         "--results");
    const char *idle = runs ? NULL : a->size ? "--size" : a->corpora ? "--corpora" : NULL;
    if (!idle && !runs && q->jobs) idle = "-j";
    if (!idle) return OK;
    return error_set(e, E_USAGE,
                     a->results ? "reproduce: --results runs nothing: no %s beside it"
                                : "reproduce: %s is of runs: name an experiment or --all",
                     idle);
}

static int run_reproduce(struct cli *c, struct error *e)
{
    struct asked a = {0};
    struct request q = {0};
    const struct flag flags[] = {
        {"all", FLAG_BOOL, &a.all, 0, 0, NULL, "every experiment"},
        {"size", FLAG_STRING, &a.size, 0, 0, "SIZE", "smoke (minutes; the default) or full"},
        {"corpora", FLAG_STRING, &a.corpora, 0, 0, "DIR", "real text instead of generated data"},
        {"j", FLAG_INT, &q.jobs, 1, 1024, "N", "runs at a time; default: the processors"},
        {"results", FLAG_BOOL, &a.results, 0, 0, NULL,
         "run nothing: the table of the results there are"},
        {"markdown", FLAG_BOOL, &q.markdown, 0, 0, NULL, "the table for a README"},
        {"json", FLAG_BOOL, &a.json, 0, 0, NULL, "the list as an array of {name, summary}"},
        {0},
    };
    struct experiments x = {0};
    TRY(cli_parse(c, flags, 0, EXPERIMENTS, e));
    TRY(check_heeded(&a, &q, c->argc, e));
    q.size = a.size ? a.size : "smoke";
    q.corpora = a.corpora ? a.corpora : "";
    TRY(check_request(&q, e));
    int status = find_experiments(&x, e);
    for (int i = 0; i < c->argc && !status; i++) status = find_one(&x, c->argv[i], e);
    if (!status && a.results)
        status = c->argc ? print_results(&x, c->argc, (const char *const *)c->argv, &q, e)
                         : print_results(&x, x.n, x.name, &q, e);
    else if (!status && !a.all && c->argc == 0)
        list_experiments(&x, a.json);
    else if (!status)
        status = a.all ? reproduce(&x, x.n, x.name, &q, e)
                       : reproduce(&x, c->argc, (const char *const *)c->argv, &q, e);
    file_list_free(x.entry, x.n_entries);
    return status;
}

const struct verb verb_reproduce = {
    .name = "reproduce",
    .operands = "[EXPERIMENT ...]",
    .summary = "the paper's analyses again, with verdicts",
    .help =
        "Without an experiment: what there is. With some, or --all: run them at smoke size\n"
        "(minutes, into sweeps/smoke) or full size (into experiments/NAME/results), and print\n"
        "a table: the paper's number or direction, ours, and whether they agree. What trains\n"
        "does so on generated data, or on the text of --corpora (books/*.txt, rfcs.jsonl,\n"
        "tldr.jsonl); its runs lie in sweeps/SIZE/NAME, and the same command goes on with them.\n\n"
        "examples:\n"
        "  ropewalk reproduce\n"
        "  ropewalk reproduce decay granularity flops\n"
        "  ropewalk reproduce encodings --size full --corpora corpora -j 16\n"
        "  ropewalk reproduce --all --size full\n"
        "  ropewalk reproduce --results --markdown",
    .run = run_reproduce,
};
