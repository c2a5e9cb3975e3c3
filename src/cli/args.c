/* args.c -- flags and operands of a verb. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf.h"
#include "src/base/parallel.h"
#include "src/cli/cli.h"
#include "src/num/matmul.h"

enum { FLAGS = 32 };

static const struct flag *find_flag(const struct flag *flags, const char *name, size_t n)
{
    for (; flags && flags->name; flags++)
        if (strlen(flags->name) == n && memcmp(flags->name, name, n) == 0) return flags;
    return NULL;
}

static int unknown_flag(const struct cli *c, const struct flag *flags, const struct flag *global,
                        const char *arg, struct error *e)
{
    char word[64];
    const char *names[2 * FLAGS + 2];
    int n = 0;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(arg + 2, "="), arg + 2);
    for (; flags && flags->name && n < FLAGS; flags++) names[n++] = flags->name;
    for (; global->name; global++) names[n++] = global->name;
    names[n++] = "help";
    names[n] = NULL;
    const char *near = conf_nearest(word, names);
    if (near)
        return error_set(e, E_USAGE, "%s: unknown flag '--%s': did you mean '--%s'?", c->verb->name,
                         word, near);
    return error_set(e, E_USAGE, "%s: unknown flag '--%s' ('ropewalk %s --help' lists them)",
                     c->verb->name, word, c->verb->name);
}

/* 64k, 20M, 1G: powers of 1024, as in configurations. */
static bool parse_count(const char *text, double *out)
{
    static const char suffix[] = "kMG";
    char *end;
    errno = 0;
    *out = (double)strtoll(text, &end, 10);
    const char *s = *end ? strchr(suffix, *end) : NULL;
    for (int i = 0; s && i <= s - suffix; i++) *out *= 1024;
    return *text && !errno && (!*end || (s && !end[1]));
}

static bool parse_real(const char *text, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return *text && !*end && !errno && !isnan(*out);
}

static int set_flag(const struct cli *c, const struct flag *f, const char *text, struct error *e)
{
    double v;
    if (f->kind == FLAG_STRING) {
        *(const char **)f->out = text;
        return OK;
    }
    if (!(f->kind == FLAG_INT ? parse_count(text, &v) : parse_real(text, &v)))
        return error_set(e, E_USAGE, "%s: --%s '%s' is not a%s number", c->verb->name, f->name,
                         text, f->kind == FLAG_INT ? " whole" : "");
    if (v < f->min || v > f->max)
        return error_set(e, E_USAGE, "%s: --%s %s is not in [%g, %g]", c->verb->name, f->name, text,
                         f->min, f->max);
    if (f->kind == FLAG_INT)
        *(int64_t *)f->out = (int64_t)v;
    else
        *(double *)f->out = v;
    return OK;
}

static void print_flags(const struct flag *flags)
{
    for (; flags && flags->name; flags++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s %s", flags->name[1] ? "--" : "-", flags->name,
                 flags->value ? flags->value : "");
        printf("  %-22s %s\n", left, flags->help);
    }
}

static void print_help(const struct cli *c, const struct flag *flags, const struct flag *global)
{
    printf("usage: ropewalk %s %s\n\n%s\n", c->verb->name, c->verb->operands, c->verb->help);
    printf("\nflags:\n");
    print_flags(flags);
    print_flags(global);
    printf("  %-22s %s\n", "--help", "this text");
}

/* One argument that begins with --; *used: how many arguments it took. */
static int read_flag(struct cli *c, const struct flag *flags, const struct flag *global,
                     char *const *arg, int left, int *used, struct error *e)
{
    const char *name = arg[0] + 2, *equals = strchr(name, '=');
    const size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const struct flag *f = find_flag(flags, name, n);
    if (!f) f = find_flag(global, name, n);
    if (!f) return unknown_flag(c, flags, global, arg[0], e);
    *used = 1;
    if (f->kind == FLAG_BOOL) {
        if (equals) return error_set(e, E_USAGE, "%s: --%s takes no value", c->verb->name, f->name);
        *(bool *)f->out = true;
        return OK;
    }
    if (equals) return set_flag(c, f, equals + 1, e);
    if (left < 2)
        return error_set(e, E_USAGE, "%s: --%s needs a value: --%s %s", c->verb->name, f->name,
                         f->name, f->value);
    *used = 2;
    return set_flag(c, f, arg[1], e);
}

/* -j 4 and -j4: a flag whose name is one letter. */
static int read_letter(struct cli *c, const struct flag *f, char *const *arg, int left, int *used,
                       struct error *e)
{
    if (arg[0][2]) return set_flag(c, f, arg[0] + 2, e);
    if (left < 2)
        return error_set(e, E_USAGE, "%s: -%s needs a value: -%s %s", c->verb->name, f->name,
                         f->name, f->value);
    *used = 2;
    return set_flag(c, f, arg[1], e);
}

static int check_operands(const struct cli *c, int least, int most, struct error *e)
{
    if (c->argc < least)
        return error_set(e, E_USAGE, "%s: missing operand\nusage: ropewalk %s %s", c->verb->name,
                         c->verb->name, c->verb->operands);
    if (most >= 0 && c->argc > most)
        return error_set(e, E_USAGE, "%s: unexpected operand '%s'\nusage: ropewalk %s %s",
                         c->verb->name, c->argv[most], c->verb->name, c->verb->operands);
    return OK;
}

int cli_parse(struct cli *c, const struct flag *flags, int least, int most, struct error *e)
{
    int64_t threads = 0;
    const struct flag global[] = {
        {"threads", FLAG_INT, &threads, 1, 4096, "N", "threads; default OMP_NUM_THREADS, or all"},
        {"quiet", FLAG_BOOL, &c->quiet, 0, 0, NULL, "no progress and no notes on stderr"},
        {0},
    };
    const struct flag *letter;
    int kept = 0;
    for (int i = 0, used; i < c->argc; i += used) {
        used = 1;
        if (strcmp(c->argv[i], "--help") == 0 || strcmp(c->argv[i], "-h") == 0) {
            print_help(c, flags, global);
            return CLI_DONE;
        }
        if (strncmp(c->argv[i], "--", 2) == 0 && c->argv[i][2])
            TRY(read_flag(c, flags, global, c->argv + i, c->argc - i, &used, e));
        else if (c->argv[i][0] == '-' && (letter = find_flag(flags, c->argv[i] + 1, 1)))
            TRY(read_letter(c, letter, c->argv + i, c->argc - i, &used, e));
        else
            c->argv[kept++] = c->argv[i];
    }
    c->argc = kept;
    c->threads = (int)threads;
    TRY(check_operands(c, least, most, e));
    parallel_init(c->threads);
    matmul_init();
    return OK;
}

void cli_threads(struct cli *c, int threads)
{
    c->threads = threads;
    parallel_init(threads);
}

void cli_note(void *data, const char *text)
{
    const struct cli *c = data;
    if (!c->quiet) fprintf(stderr, "note: %s\n", text);
}

int cli_finish_output(struct error *e)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return OK;
    return error_set(e, E_IO, "cannot write to standard output: %s", strerror(errno));
}
