/* The rules of the house, held by a machine: who may include whom, how long files are,
 * what no text may say, that the lists of variants are whole, that headers stand alone. */
#include "src/base/file.h"
#include "tests/testing.h"

enum { FILE_LINES = 600, FILES = 4000 };

struct text {
    char path[256];
    char *text;
    size_t n;
};

/* Every text file of the tree, by path; binary ones and what git ignores are left out. */
static struct text files[FILES];
static int n_files;
static int complaints;

static void complain(const char *path, int line, const char *what, const char *word)
{
    complaints++;
    printf("%s:%d: %s %s\n", path, line, what, word);
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    const size_t n = strlen(text), m = strlen(with);
    return n >= m && strcmp(text + n - m, with) == 0;
}

static bool is_code(const char *path)
{
    return ends(path, ".c") || ends(path, ".h");
}

static void walk(const char *folder)
{
    static const char *const ignored[] = {"build", "runs", "sweeps", "config.mk", "corpora"};
    struct error e;
    char **names;
    size_t n;
    MUST(file_list(*folder ? folder : ".", &names, &n, &e), &e);
    for (size_t i = 0; i < n; i++) {
        char path[256];
        bool skip = names[i][0] == '.' && strcmp(names[i], ".ci");
        for (size_t k = 0; !*folder && k < sizeof ignored / sizeof *ignored; k++)
            skip |= strcmp(names[i], ignored[k]) == 0;
        if (skip) continue;
        ck_assert_int_lt(
            snprintf(path, sizeof path, "%s%s%s", folder, *folder ? "/" : "", names[i]),
            (int)sizeof path);
        if (file_is_directory(path)) {
            walk(path);
            continue;
        }
        struct text *t = &files[n_files];
        strcpy(t->path, path);
        MUST(file_read_all(path, &t->text, &t->n, &e), &e);
        if (memchr(t->text, '\0', t->n))
            free(t->text);
        else
            ck_assert_int_lt(++n_files, FILES);
    }
    file_list_free(names, n);
}

static const struct text *find(const char *path)
{
    for (int i = 0; i < n_files; i++)
        if (strcmp(files[i].path, path) == 0) return &files[i];
    return NULL;
}

/* ---- who may include whom ---- */

/* Layers: a folder, and the folders of src/ that it may include. train measures its held-out loss
 * with eval's code. */
static const char *const layers[][2] = {
    {"src/base/", "base"},
    {"src/stat/", "base stat"},
    {"src/num/", "base num"},
    {"src/model/", "base num model"},
    {"src/data/", "base num data"},
    {"src/eval/", "base num stat model data eval"},
    {"src/theory/", "base num stat model data theory"},
    {"src/train/", "base num model data eval train"},
    {"src/lab/", "base num stat model data eval theory train lab"},
    {"src/cli/", "base num stat model data eval theory train lab cli"},
    {"rope/", "base num"},
    {"curriculum/", "base"},
};

static bool has_word(const char *words, const char *word, size_t n)
{
    for (const char *w = words; *w; w += strcspn(w, " "), w += *w == ' ')
        if (strcspn(w, " ") == n && memcmp(w, word, n) == 0) return true;
    return false;
}

/* Why `file` must not include "target"; NULL if it may. */
static const char *refuse_own(const char *file, const char *target)
{
    if (starts(file, "tests/")) return NULL;
    const bool variant = starts(file, "rope/") || starts(file, "curriculum/");
    if (starts(target, "rope/") || starts(target, "curriculum/")) {
        const size_t folder = (size_t)(strchr(target, '/') - target) + 1;
        if (!variant || strncmp(file, target, folder))
            return "the core and the other variants do not know this";
        return ends(target, ".def") && !ends(file, "/registry.c") ? "only the registry reads lists"
                                                                  : NULL;
    }
    if (starts(file, "rope/") && strcmp(target, "src/model/position.h") == 0) return NULL;
    if (starts(file, "curriculum/") &&
        (strcmp(target, "src/data/mixer.h") == 0 || strcmp(target, "src/data/length.h") == 0))
        return NULL;
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        if (!starts(file, layers[i][0]) || !starts(target, "src/")) continue;
        const char *folder = target + strlen("src/");
        return has_word(layers[i][1], folder, strcspn(folder, "/"))
                   ? NULL
                   : "a layer that it stands below";
    }
    return "no folder of the house";
}

/* Headers of others, each with the files that may include them: the one wrapper. */
static const char *const wrappers[][2] = {
    {"blis.h", "src/num/matmul.c"},        {"gsl/", "src/base/rng.c src/stat/ src/theory/"},
    {"yaml.h", "src/base/yaml.c"},         {"jansson.h", "src/base/json_read.c"},
    {"sqlite3.h", "src/lab/index.c"},      {"pcre2.h", "src/data/tokenizer"},
    {"check.h", "tests/testing.h"},        {"dnnl.h", "src/num/matmul"},
    {"immintrin.h", "src/base/ src/num/"}, {"omp.h", "src/base/ src/num/ tests/"},
    {"zlib.h", "src/data/compressed"},     {"zstd.h", "src/data/compressed"},
};

/* ISO C, POSIX, Linux. */
static const char system_headers[] =
    "assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h "
    "math.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h "
    "stdlib.h stdnoreturn.h string.h tgmath.h threads.h time.h uchar.h wchar.h wctype.h "
    "dirent.h dlfcn.h fcntl.h fnmatch.h getopt.h glob.h langinfo.h libgen.h link.h malloc.h poll.h "
    "pthread.h pwd.h regex.h sched.h semaphore.h spawn.h strings.h termios.h unistd.h wordexp.h";

static const char *refuse_other(const char *file, const char *target)
{
    if (has_word(system_headers, target, strlen(target)) || starts(target, "sys/")) return NULL;
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        if (!starts(target, wrappers[i][0])) continue;
        for (const char *w = wrappers[i][1]; *w; w += strcspn(w, " "), w += *w == ' ')
            if (strncmp(file, w, strcspn(w, " ")) == 0) return NULL;
        return "another's header outside of its wrapper";
    }
    return "a header that the house does not know";
}

/* The name in an #include line, and whether it stands in angle brackets; false for other lines. */
static bool read_include(const char *line, char name[128], bool *angle)
{
    line += strspn(line, " \t");
    if (*line++ != '#') return false;
    line += strspn(line, " \t");
    if (!starts(line, "include")) return false;
    line += strlen("include");
    line += strspn(line, " \t");
    *angle = *line == '<';
    if (*line != '<' && *line != '"') return false;
    const size_t n = strcspn(++line, ">\"\n");
    ck_assert_uint_lt(n, 128);
    memcpy(name, line, n);
    name[n] = '\0';
    return true;
}

TEST(includes)
{
    complaints = 0;
    for (int i = 0; i < n_files; i++) {
        int line = 1;
        if (!is_code(files[i].path)) continue;
        for (const char *s = files[i].text; s; s = strchr(s, '\n'), s += s != NULL, line++) {
            char name[128];
            bool angle;
            if (!read_include(s, name, &angle)) continue;
            const char *why =
                angle ? refuse_other(files[i].path, name) : refuse_own(files[i].path, name);
            if (why) complain(files[i].path, line, name, why);
            if (!angle && !find(name)) complain(files[i].path, line, name, "is not in the tree");
        }
    }
    ck_assert_int_eq(complaints, 0);
}
END

TEST(the_rules_refuse)
{
    static const char *const bad[][2] = {
        {"src/base/file.c", "src/num/matmul.h"},    {"src/num/norm.c", "src/stat/fit.h"},
        {"src/num/norm.c", "src/model/model.h"},    {"src/model/plan.c", "src/data/data.h"},
        {"src/data/data.c", "src/model/model.h"},   {"src/eval/loss.c", "src/train/train.h"},
        {"src/theory/decay.c", "src/eval/loss.h"},  {"src/lab/plan.c", "src/cli/cli.h"},
        {"src/model/plan.c", "rope/frequency.h"},   {"rope/yarn.c", "src/model/model.h"},
        {"rope/yarn.c", "src/data/mixer.h"},        {"rope/yarn.c", "rope/encodings.def"},
        {"rope/yarn.c", "curriculum/mixers.def"},   {"curriculum/static.c", "src/data/data.h"},
        {"curriculum/static.c", "src/num/batch.h"}, {"src/base/file.c", "file.h"},
        {"src/stat/fit.c", "src/num/norm.h"},
    };
    static const char *const good[][2] = {
        {"src/cli/train.c", "src/base/file.h"},      {"src/model/plan.c", "src/num/batch.h"},
        {"src/eval/loss.c", "src/stat/fit.h"},       {"rope/yarn.c", "src/model/position.h"},
        {"rope/yarn.c", "rope/frequency.h"},         {"rope/registry.c", "rope/encodings.def"},
        {"curriculum/static.c", "src/data/mixer.h"}, {"curriculum/static.c", "src/base/error.h"},
        {"tests/base/test_file.c", "src/cli/cli.h"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(refuse_own(bad[i][0], bad[i][1]) != NULL, "%s may include %s", bad[i][0],
                      bad[i][1]);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(!refuse_own(good[i][0], good[i][1]), "%s may not include %s", good[i][0],
                      good[i][1]);
    ck_assert(refuse_other("src/base/conf.c", "yaml.h") &&
              !refuse_other("src/base/yaml.c", "yaml.h"));
    ck_assert(refuse_other("src/lab/fit.c", "gsl/gsl_fit.h"));
    ck_assert(!refuse_other("src/stat/fit.c", "gsl/gsl_fit.h"));
    ck_assert(refuse_other("src/base/file.c", "curl/curl.h"));
    ck_assert(!refuse_other("src/base/file.c", "sys/stat.h"));
    ck_assert(refuse_other("src/base/file.c", "stat.h"));
}
END

/* ---- length and words ---- */

TEST(files_are_short)
{
    complaints = 0;
    for (int i = 0; i < n_files; i++) {
        int line = 0;
        if (!is_code(files[i].path)) continue;
        for (const char *s = files[i].text; *s; line++) {
            const size_t n = strcspn(s, "\n");
            s += n + (s[n] == '\n');
        }
        if (line > FILE_LINES) complain(files[i].path, line, "more lines than", "600");
        if (files[i].n && files[i].text[files[i].n - 1] != '\n')
            complain(files[i].path, line, "the last line", "has no end");
    }
    ck_assert_int_eq(complaints, 0);
}
END

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The word by itself: not inside a longer one, nor (for a path) inside a longer path. */
static const char *find_word(const char *text, const char *word)
{
    const size_t n = strlen(word);
    for (const char *s = text; (s = strstr(s, word)); s += n) {
        const char before = s == text ? ' ' : s[-1];
        const bool inside = letter(before) || (*word == '/' && strchr(".-~/)}", before));
        if (!inside && !letter(s[n]) && s[n] != '-') return s;
    }
    return NULL;
}

/* In two parts, so that this file does not say them. */
static const char *const forbidden[] = {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "X"
                                        "XX",
                                        "/wo"
                                        "rk"};

TEST(words_that_no_text_says)
{
    complaints = 0;
    for (int i = 0; i < n_files; i++)
        for (size_t k = 0; k < sizeof forbidden / sizeof *forbidden; k++)
            for (const char *s = files[i].text; (s = find_word(s, forbidden[k])); s++) {
                int line = 1;
                for (const char *c = files[i].text; c < s; c++) line += *c == '\n';
                complain(files[i].path, line, "says", forbidden[k]);
            }
    ck_assert_int_eq(complaints, 0);
    char text[64];
    for (size_t k = 0; k < sizeof forbidden / sizeof *forbidden; k++) {
        snprintf(text, sizeof text, "a (%s: b)", forbidden[k]);
        ck_assert(find_word(text, forbidden[k]) == text + 3);
        snprintf(text, sizeof text, "a%s", forbidden[k]);
        ck_assert(!find_word(text, forbidden[k]));
        snprintf(text, sizeof text, "%sX", forbidden[k]);
        ck_assert(!find_word(text, forbidden[k]));
    }
}
END

/* ---- variants ---- */

/* How often a list names a variant. */
static int listed(const char *list, const char *macro, const char *name)
{
    const struct text *t = find(list);
    char entry[128];
    int count = 0;
    ck_assert_ptr_nonnull(t);
    snprintf(entry, sizeof entry, "%s(%s)\n", macro, name);
    for (const char *s = t->text; (s = strstr(s, entry)); s++)
        count += s == t->text || s[-1] == '\n';
    return count;
}

/* Every entry of a list has its file, and no other stands beside it. */
static void check_list(const char *list, const char *macro, const char *folder)
{
    const struct text *t = find(list);
    const size_t skip = strlen(macro) + 1;
    int line = 1;
    ck_assert_ptr_nonnull(t);
    for (const char *s = t->text; *s; s += strcspn(s, "\n"), s += *s == '\n', line++) {
        char name[64], path[128];
        if (!starts(s, macro) || s[skip - 1] != '(') continue;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(s + skip, ")\n"), s + skip);
        snprintf(path, sizeof path, "%s%s%s.c", folder, ends(folder, "_") ? "" : "/", name);
        if (!find(path)) complain(list, line, path, "is missing");
        if (listed(list, macro, name) != 1) complain(list, line, name, "is not listed once");
    }
}

/* A file without a header of its own is a variant; what variants share has one. */
TEST(variants_are_listed)
{
    complaints = 0;
    check_list("rope/encodings.def", "ENCODING", "rope");
    check_list("curriculum/mixers.def", "MIXER", "curriculum");
    check_list("curriculum/lengths.def", "LENGTH", "curriculum");
    check_list("src/data/tasks.def", "RETRIEVAL", "src/data/task_");
    for (int i = 0; i < n_files; i++) {
        const char *path = files[i].path;
        const bool rope = starts(path, "rope/"), curriculum = starts(path, "curriculum/");
        if ((!rope && !curriculum) || !ends(path, ".c") || ends(path, "/registry.c")) continue;
        const char *base = strchr(path, '/') + 1;
        char name[64], header[256];
        snprintf(name, sizeof name, "%.*s", (int)strlen(base) - 2, base);
        snprintf(header, sizeof header, "%.*s.h", (int)strlen(path) - 2, path);
        if (find(header)) continue;
        if (!(rope ? listed("rope/encodings.def", "ENCODING", name)
                   : listed("curriculum/mixers.def", "MIXER", name) +
                         listed("curriculum/lengths.def", "LENGTH", name)))
            complain(path, 1, name, "is in no list");
    }
    ck_assert_int_eq(complaints, 0);
}
END

/* ---- headers and heads ---- */

TEST(files_say_what_they_are)
{
    complaints = 0;
    for (int i = 0; i < n_files; i++) {
        const char *path = files[i].path, *base = strrchr(path, '/');
        char head[300];
        if (!is_code(path) || !base || starts(path, "tests/")) continue;
        snprintf(head, sizeof head, "/* %s -- ", base + 1);
        if (!starts(files[i].text, head)) complain(path, 1, "does not begin with", head);
    }
    ck_assert_int_eq(complaints, 0);
}
END

TEST(headers_stand_alone)
{
    static char command[1 << 16];
    size_t n = (size_t)snprintf(command, sizeof command, "printf '%%s\\n'");
    for (int i = 0; i < n_files; i++)
        if (ends(files[i].path, ".h") && n < sizeof command)
            n += (size_t)snprintf(command + n, sizeof command - n, " %s", files[i].path);
    if (n < sizeof command)
        n += (size_t)snprintf(command + n, sizeof command - n,
                              " | xargs -n 8 -P 2 ${CC:-cc} -std=gnu11 -x c -I. -fsyntax-only"
                              " -Wno-psabi");
    ck_assert_uint_lt(n, sizeof command);
    ck_assert_msg(system(command) == 0, "a header does not compile alone");
}
END

TEST(the_tree_is_there)
{
    walk("");
    ck_assert_int_gt(n_files, 100);
    ck_assert(find("src/base/error.h") && find("Makefile") && find("tests/house/test_house.c"));
}
END

int main(void)
{
    const int status = run_tests("house", the_tree_is_there, includes, the_rules_refuse,
                                 files_are_short, words_that_no_text_says, variants_are_listed,
                                 files_say_what_they_are, headers_stand_alone, NULL);
    for (int i = 0; i < n_files; i++) free(files[i].text);
    return status;
}
