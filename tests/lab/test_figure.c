/* Figures: colours by kind, thinning, scripts that no name can break, and pictures with equal bytes. */
#include "src/lab/figure.h"
#include "tests/base/scratch.h"
#include "tests/testing.h"

/* A result of n values and the given keys; the names are the keys. */
static void make(struct result *r, int64_t n, const char *const *keys)
{
    result_open(r, "test");
    result_axis(r, "distance", "tokens", n);
    for (int i = 0; keys[i]; i++) {
        struct result_series *s = result_add(r, keys[i]);
        s->key = keys[i];
        double *y = result_field(r, s, "y", "", n);
        for (int64_t k = 0; k < n; k++) y[k] = sin((double)k * (i + 1) / 10) + i;
    }
}

static bool same(struct figure_style a, struct figure_style b)
{
    return strcmp(a.colour, b.colour) == 0 && a.dash == b.dash;
}

TEST(one_style_for_each_kind)
{
    const char *const some[] = {"rope", "yarn", NULL}, *const more[] = {"alibi", "yarn", "rope",
                                                                        "rope",  "what", NULL};
    struct figure_style a[RESULT_SERIES], b[RESULT_SERIES];
    struct result r;
    make(&r, 4, some);
    figure_styles(&r, a);
    result_close(&r);
    make(&r, 4, more);
    figure_styles(&r, b);
    result_close(&r);
    ck_assert(same(a[0], b[2]) && same(a[1], b[1]));
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < i; k++) ck_assert_msg(!same(b[i], b[k]), "%d and %d look alike", i, k);
    ck_assert_str_eq(b[2].colour, b[3].colour); /* again the same kind: another dash */
}
END

/* Every extreme stays, the ends stay, and a short axis is left as it is. */
TEST(thinning_keeps_extremes)
{
    const char *const keys[] = {"a", "b", NULL};
    const enum figure_grid grids[] = {FIGURE_LINEAR, FIGURE_LOG};
    struct result r, thin;
    make(&r, 20000, keys);
    double *y = r.series[1].field[0].v;
    y[7777] = 99;
    y[13131] = -99;
    for (int g = 0; g < 2; g++) {
        figure_thin(&r, grids[g], 400, &thin);
        ck_assert_int_lt(thin.axis.n, 2500);
        bool high = false, low = false;
        for (int64_t k = 0; k < thin.axis.n; k++) {
            const int64_t at = (int64_t)thin.axis.v[k];
            ck_assert(thin.series[1].field[0].v[k] == y[at]);
            high |= at == 7777;
            low |= at == 13131;
        }
        ck_assert(high && low && thin.axis.v[0] == 0 && thin.axis.v[thin.axis.n - 1] == 19999);
        result_close(&thin);
    }
    figure_thin(&r, FIGURE_MEANS, 400, &thin);
    ck_assert_int_eq(thin.axis.n, 100);
    ck_assert_int_eq(thin.series[1].n_fields, 3);
    ck_assert(thin.series[1].field[2].v[38] == 99 && thin.series[1].field[1].v[65] == -99);
    double sum = 0, all = 0;
    for (int64_t k = 0; k < 20000; k++) all += r.series[0].field[0].v[k];
    for (int64_t k = 0; k < 100; k++) sum += 200 * thin.series[0].field[0].v[k];
    ck_assert(fabs(sum - all) < 1e-6);
    result_close(&thin);
    figure_thin(&r, FIGURE_MEANS_LOG, 400, &thin);
    ck_assert(thin.axis.v[0] == 0 && thin.axis.v[1] == 1);
    result_close(&thin);
    result_close(&r);
    make(&r, 50, keys);
    figure_thin(&r, FIGURE_LOG, 400, &thin);
    ck_assert_int_eq(thin.axis.n, 50);
    result_close(&thin);
    figure_thin(&r, FIGURE_MEANS, 400, &thin);
    ck_assert_int_eq(thin.axis.n, 50);
    ck_assert(thin.series[1].field[0].v[49] == r.series[1].field[0].v[49]);
    result_close(&thin);
    result_close(&r);
}
END

static char *read_file(const char *name, size_t *n)
{
    char *text;
    struct error e;
    MUST(file_read_all(in_scratch(name), &text, n, &e), &e);
    return text;
}

static void draw(const char *name, const char *figure, const struct result *r,
                 enum figure_outcome expected)
{
    struct error e;
    const struct figure_type *f;
    enum figure_outcome outcome;
    MUST(figure_find(figure, &f, &e), &e);
    const struct figure_options o = {
        .out = in_scratch(name), .train = 64, .title = "a 'title' `echo x` %s"};
    MUST(figure_draw(f, r, &o, &outcome, &e), &e);
    ck_assert_int_eq(outcome, expected);
}

/* A name with quotes, a shell command, a tab, an escape: text in the picture, nothing else. */
TEST(names_are_only_text)
{
    const char *const hostile[] = {"it's `touch pwned` \"x\" $y @z", "a_b^c\t\\n{/Bold=40 d}",
                                   NULL};
    char gnuplot[4096];
    struct result r;
    size_t n;
    make(&r, 100, hostile);
    const bool found = figure_gnuplot(gnuplot, sizeof gnuplot);
    draw("hostile", "roformer_bound", &r, found ? FIGURE_DRAWN : FIGURE_NO_GNUPLOT);
    ck_assert(!file_exists(in_scratch("pwned")));
    if (found) {
        char *svg = read_file("hostile.svg", &n);
        ck_assert(strstr(svg, "`touch pwned`") != NULL);
        free(svg);
    }
    result_close(&r);
}
END

TEST(equal_bytes_and_a_script_that_draws_again)
{
    const char *const keys[] = {"rope", "alibi", NULL}, *const kinds[] = {"svg", "png", "pdf"};
    char gnuplot[4096], a[64], b[64], command[900];
    struct result r;
    if (!figure_gnuplot(gnuplot, sizeof gnuplot)) return;
    make(&r, 3000, keys);
    draw("one", "roformer_bound", &r, FIGURE_DRAWN);
    char *before[3];
    size_t n[3], m;
    for (int k = 0; k < 3; k++) {
        snprintf(a, sizeof a, "one.%s", kinds[k]);
        before[k] = read_file(a, &n[k]);
        ck_assert_uint_gt(n[k], 2000);
    }
    draw("one", "roformer_bound", &r, FIGURE_DRAWN);
    for (int k = 0; k < 3; k++) {
        snprintf(b, sizeof b, "one.%s", kinds[k]);
        char *after = read_file(b, &m);
        ck_assert_msg(m == n[k] && memcmp(after, before[k], m) == 0, "%s differs", kinds[k]);
        free(after);
    }
    snprintf(command, sizeof command, "cd %s && rm one.svg one.png one.pdf && gnuplot one.gp",
             scratch);
    if (system("command -v gnuplot >/dev/null") == 0) {
        ck_assert_int_eq(system(command), 0);
        for (int k = 0; k < 2; k++) {
            snprintf(b, sizeof b, "one.%s", kinds[k]);
            char *after = read_file(b, &m);
            ck_assert(m == n[k] && memcmp(after, before[k], m) == 0);
            free(after);
        }
    }
    for (int k = 0; k < 3; k++) free(before[k]);
    result_close(&r);
}
END

TEST(without_gnuplot)
{
    const char *const keys[] = {"rope", NULL};
    struct result r;
    make(&r, 100, keys);
    setenv("GNUPLOT", "/nonexistent/gnuplot", 1);
    draw("x", "roformer_bound", &r, FIGURE_NO_GNUPLOT);
    unsetenv("GNUPLOT");
    for (int k = 0; k < 3; k++) {
        const char *const name[] = {"x.tsv", "x.gp", "x.svg"};
        ck_assert_int_eq(file_exists(in_scratch(name[k])), k < 2);
    }
    result_close(&r);
}
END

TEST(nothing_to_draw)
{
    struct error e;
    struct result r;
    const struct figure_type *f;
    enum figure_outcome outcome;
    const char *const keys[] = {"rope", NULL};
    make(&r, 10, keys);
    for (int i = 0; i < 10; i++) r.series[0].field[0].v[i] = NAN;
    MUST(figure_find("decay", &f, &e), &e);
    const struct figure_options o = {.out = "nowhere/x"};
    ck_assert_int_eq(figure_draw(f, &r, &o, &outcome, &e), E_USAGE);
    ck_assert_str_eq(e.text, "figure decay: there is no value to draw");
    ck_assert_int_eq(figure_find("decya", &f, &e), E_USAGE);
    ck_assert(strstr(e.text, "did you mean 'decay'?"));
    result_close(&r);
}
END

/* Every figure of theory draws from its own arguments, made small. */
TEST(every_figure_of_theory_draws)
{
    char gnuplot[4096], name[128];
    struct error e;
    if (!figure_gnuplot(gnuplot, sizeof gnuplot)) return;
    for (int i = 0; figure_registry.types[i]; i++) {
        const struct figure_type *f = (const struct figure_type *)figure_registry.types[i];
        const bool bound = strcmp(f->v.name, "base_bound") == 0,
                   none = strstr("helix distances flops", f->v.name) != NULL;
        char *small[] = {bound ? "length=[64, 128, 256]" : "length=256", NULL};
        struct result r;
        size_t n;
        if (f->source != FIGURE_ANALYSIS) continue;
        MUST(figure_collect(f, !none, small, &r, &e), &e);
        const struct figure_options o = {.out = in_scratch(f->v.name), .formats = "svg"};
        enum figure_outcome outcome;
        MUST(figure_draw(f, &r, &o, &outcome, &e), &e);
        snprintf(name, sizeof name, "%s.svg", f->v.name);
        char *svg = read_file(name, &n);
        ck_assert_msg(n > 3000, "%s has %zu bytes", name, n);
        free(svg);
        result_close(&r);
    }
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests("figure", one_style_for_each_kind, thinning_keeps_extremes,
                                   names_are_only_text, equal_bytes_and_a_script_that_draws_again,
                                   without_gnuplot, nothing_to_draw, every_figure_of_theory_draws,
                                   NULL));
}
