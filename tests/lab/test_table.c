/* Columns, tables in every format with the same numbers, main effects. */
#include "src/base/file.h"
#include "src/lab/budget.h"
#include "src/lab/column.h"
#include "src/lab/document_errors.h"
#include "src/lab/effects.h"
#include "src/lab/sweep_table.h"
#include "tests/base/scratch.h"
#include "tests/lab/sweep_fixture.h"

static struct fixture f;

static const double y[12] = {3.01, 3.04, 3.09, 2.91, 2.95, 2.98, 3.21, 3.26, 3.27, 3.02, 3.03, 3.1};

static char *written(const struct table *t, enum table_format format)
{
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    table_write(out, t, format);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

static void expect_text(const struct table *t, enum table_format format, const char *wanted)
{
    char *text = written(t, format);
    ck_assert_str_eq(text, wanted);
    free(text);
}

TEST(columns_are_parsed)
{
    struct column c;
    struct error e;
    MUST(column_parse(&c, "  min eval/loss as best", &e), &e);
    ck_assert(c.fold == FOLD_MIN);
    ck_assert_str_eq(c.key, "eval/loss");
    ck_assert_str_eq(c.title, "best");
    MUST(column_parse(&c, "max eval/loss", &e), &e);
    ck_assert_str_eq(c.title, "max eval/loss");
    MUST(column_parse(&c, "min", &e), &e); /* a key of that name */
    ck_assert(c.fold == FOLD_LAST);
    static const char *const bad[] = {"", "min eval/loss best", "a as", "a b c"};
    for (int i = 0; i < 4; i++)
        FAILS(column_parse(&c, bad[i], &e), E_USAGE, &e,
              "column '%s' is not of the form '[last|first|min|max|avg] KEY [as TITLE]'", bad[i]);
}
END

static double value(const struct lab_run *run, const char *text)
{
    struct column c;
    struct error e;
    double v;
    MUST(column_parse(&c, text, &e), &e);
    MUST(column_value(&c, run, &v, &e), &e);
    return v;
}

TEST(columns_read_metrics)
{
    const struct run_value values[1] = {{"eval/loss", 2.5}};
    struct lab_run run = {"a", scratch, RUN_COMPLETE, 40, 4000, 1, values};
    const char *lines =
        "{\"step\": 10, \"eval/loss\": 4, \"x\": 1}\n{\"step\": 20, \"train/loss\": 9}\n"
        "{\"step\": 30, \"eval/loss\": 2, \"x\": null}\n"
        "{\"step\": 40, \"eval/loss\": 3}\n{\"step\": 50, \"eval/lo";
    struct error e;
    struct column c;
    double v;
    put_file("metrics.jsonl", lines, strlen(lines));
    ck_assert(value(&run, "eval/loss") == 2.5); /* summary.json wins */
    ck_assert(value(&run, "min eval/loss") == 2 && value(&run, "max eval/loss") == 4);
    ck_assert(value(&run, "first eval/loss") == 4 && value(&run, "avg eval/loss") == 3);
    ck_assert(value(&run, "train/loss") == 9 && value(&run, "last x") == 1);
    ck_assert(value(&run, "tokens") == 4000 && value(&run, "step") == 40);
    ck_assert(isnan(value(&run, "nothing")) && isnan(value(&run, "min nothing")));
    put_file("metrics.jsonl", "{\"x\": 1}\n{\"x\": }\n", 18);
    MUST(column_parse(&c, "max x", &e), &e);
    ck_assert_int_eq(column_value(&c, &run, &v, &e), E_FORMAT);
    ck_assert_ptr_nonnull(strstr(e.text, "metrics.jsonl:2"));
    run.dir = NULL;
    ck_assert(isnan(value(&run, "max x")) && isnan(value(&run, "step")));
}
END

TEST(an_unknown_column_is_an_error)
{
    struct table t;
    struct error e;
    const char *const columns[] = {"eval/los"};
    FAILS(sweep_table(&t, fix(&f, 4, 3, y), columns, 1, &e), E_USAGE, &e,
          "no run has a value 'eval/los': did you mean 'eval/loss'?");
    f.r.metric = "accuracy";
    FAILS(sweep_table(&t, &f.r, NULL, 0, &e), E_USAGE, &e, "no run has a value 'accuracy'");
}
END

TEST(the_same_numbers_in_every_format)
{
    struct table t;
    struct error e;
    const char *const columns[] = {"lr", "eval/loss as dev"};
    struct lab_results *r = fix(&f, 4, 3, y);
    strcpy(f.names[2], "yarn|_4");
    f.runs[11].status = RUN_DIVERGED;
    MUST(sweep_table(&t, r, columns, 2, &e), &e);
    t.n_notes = 1;
    expect_text(&t, TABLE_CSV,
                "arm,n,test/loss (lower is better),test/loss (lower is better) half,Δ baseline,"
                "Δ baseline half,p adjusted,wins,verdict,lr,dev,dev half\n"
                "rope,3,3.05,0.10,,,,,baseline,0.002,4.05,0.10\n"
                "alibi,3,2.947,0.087,-0.100,0.033,< 0.001,3/3,better,0.001,3.947,0.087\n"
                "yarn|_4,3,3.247,0.080,0.200,0.033,< 0.001,0/3,worse,0.002,4.247,0.080\n"
                "nope,2/3,3.025,0.064,0.000,0.040,1.00,1/2,inconclusive,-,4.025,0.064\n");
    char *md = written(&t, TABLE_MARKDOWN), *tex = written(&t, TABLE_LATEX),
         *text = written(&t, TABLE_TEXT), *json = written(&t, TABLE_JSON);
    ck_assert_ptr_nonnull(strstr(md, "| alibi | 3 | **2.947 ± 0.087** | -0.100 ± 0.033 | \\< 0.001 "
                                     "| 3/3 | better | 0.001 | 3.947 ± 0.087 |\n"));
    ck_assert_ptr_nonnull(strstr(md, "| yarn\\|\\_4 | 3 | 3.247 ± 0.080 |"));
    ck_assert_ptr_nonnull(strstr(md, "| --- | ---: | ---: |"));
    ck_assert_ptr_nonnull(strstr(tex, "alibi & 3 & \\textbf{$2.947 \\pm 0.087$} & $-0.100 \\pm "
                                      "0.033$ & $<$ 0.001 & 3/3 & better & 0.001 & "));
    ck_assert_ptr_nonnull(strstr(tex, "yarn|\\_4 & 3"));
    ck_assert_ptr_nonnull(strstr(tex, "\\begin{tabular}{lrrrrrlrr}\n\\toprule\n"));
    ck_assert_ptr_nonnull(strstr(tex, "$\\Delta$ baseline"));
    ck_assert_ptr_nonnull(strstr(tex, "95 \\% t interval"));
    ck_assert_ptr_nonnull(
        strstr(text, "alibi      3                2.947 ± 0.087  -0.100 ± 0.033"));
    ck_assert_ptr_nonnull(strstr(json, "\"text\": \"2.947 ± 0.087\""));
    ck_assert_ptr_nonnull(strstr(json, "\"value\": 2.9466666666666668"));
    free(md);
    free(tex);
    free(text);
    free(json);
    t.n_notes = 6;
    table_close(&t);
}
END

TEST(a_column_that_not_every_run_has)
{
    struct table t;
    struct error e;
    const char *const columns[] = {"eval/loss as dev"};
    fix(&f, 2, 2, y);
    f.values[3][1].value = NAN;
    MUST(sweep_table(&t, &f.r, columns, 1, &e), &e);
    ck_assert_str_eq(t.notes[t.n_notes - 1], "dev: of the 3 of 4 complete runs that have it.");
    table_close(&t);
}
END

TEST(runs_one_by_one)
{
    struct table t;
    struct error e;
    fix(&f, 2, 2, y);
    f.runs[3].status = RUN_FAILED;
    f.values[3][0].value = NAN;
    MUST(sweep_runs_table(&t, &f.r, NULL, 0, &e), &e);
    expect_text(&t, TABLE_TEXT,
                "arm    seed  id            status    step  tokens  test/loss\n"
                "rope      1  000000000001  complete   100    1000   3.010000\n"
                "rope      2  000000000002  complete   100    1000   3.040000\n"
                "alibi     1  000000000003  complete   100    1000   3.090000\n"
                "alibi     2  000000000004  failed     100    1000          -\n");
    table_close(&t);
}
END

TEST(the_budget_is_said)
{
    char text[256];
    struct error e;
    const char *lines = "{\"step\": 1, \"data/a/epochs\": 9}\n"
                        "{\"step\": 2, \"data/a/epochs\": 0.5, \"data/b/epochs\": 2.25}\n"
                        "{\"step\": 2, \"eval/loss\": 1}\n{\"data/a/epochs\": 70}";
    fix(&f, 2, 2, y);
    MUST(budget_sentence(text, &f.r, &e), &e);
    ck_assert_str_eq(text, ""); /* nothing on disk */
    put_file("metrics.jsonl", lines, strlen(lines));
    put_file("metadata.json", "{\"parameters\": 500}", 19);
    f.runs[0].status = RUN_DIVERGED;
    for (int i = 0; i < 4; i++) f.runs[i].dir = scratch;
    f.runs[2].tokens = 2048;
    MUST(budget_sentence(text, &f.r, &e), &e);
    ck_assert_str_eq(text,
                     "Runs of 0.977k to 2k tokens, 2 to 4.1 per parameter, at most 2.25 epochs "
                     "of a source.");
    f.runs[2].tokens = 1000;
    unlink(in_scratch("metadata.json"));
    unlink(in_scratch("metrics.jsonl"));
    MUST(budget_sentence(text, &f.r, &e), &e);
    ck_assert_str_eq(text, "Runs of 1e+03 tokens.");
}
END

/* Three documents: differences of the seeds' means by hand; t(0.975, 2) = 4.302653. */
TEST(documents_have_errors_of_their_own)
{
    struct table t;
    struct error e;
    double half[2];
    struct document_errors d;
    static const char *const losses[4] = {
        "source\tdocument\ttargets\tloss\na\t0\t2\t4\na\t3\t3\t9\nb b\t0\t5\t20\n",
        "source\tdocument\ttargets\tloss\na\t0\t2\t5\na\t3\t3\t9\nb b\t0\t5\t21\n",
        "source\tdocument\ttargets\tloss\na\t0\t2\t4.5\na\t3\t3\t9\nb b\t0\t5\t21\n",
        "source\tdocument\ttargets\tloss\na\t0\t2\t4.7\na\t3\t3\t9.6\nb b\t0\t5\t21\n"};
    static char folder[4][128];
    fix(&f, 2, 2, y);
    for (int i = 0; i < 4; i++) {
        char name[64];
        snprintf(name, sizeof name, "run%d", i);
        snprintf(folder[i], sizeof folder[i], "%s", in_scratch(name));
        MUST(file_make_directories(folder[i], &e), &e);
        snprintf(name, sizeof name, "run%d/test_documents.tsv", i);
        put_file(name, losses[i], strlen(losses[i]));
        f.runs[i].dir = folder[i];
    }
    MUST(document_errors(&f.r, half, &d, &e), &e);
    ck_assert(d.documents == 3 && !d.by_seed);
    ck_assert(isnan(half[0]));
    /* s = (0.1, 0.3, 0.5) over (2, 3, 5): R = 0.09, s - R n = (-0.08, 0.03, 0.05) */
    ck_assert_double_eq_tol(half[1], 4.302653 * sqrt(3 / 2. * 0.0098) / 10, 1e-6);
    MUST(sweep_table(&t, &f.r, NULL, 0, &e), &e);
    ck_assert_str_eq(t.columns[4].title, "± documents");
    ck_assert(t.cells[t.n_columns + 4].value == half[1]);
    ck_assert_str_eq(t.columns[7].title, "verdict");
    ck_assert_ptr_nonnull(strstr(t.notes[1], "over the 3 test documents"));
    table_close(&t);
    f.r.metric = "eval/loss"; /* of which nothing is known by documents */
    MUST(document_errors(&f.r, half, &d, &e), &e);
    ck_assert(d.documents == 0 && !d.by_seed);
    f.r.metric = "test/loss";
    put_file("run3/test_documents.tsv", losses[0], strlen(losses[0]) - 11); /* one is missing */
    MUST(document_errors(&f.r, half, &d, &e), &e);
    ck_assert(d.documents == 0 && !d.by_seed);
    put_file("run1/test_documents.tsv", losses[0], strlen(losses[0]) - 11); /* and of both arms */
    MUST(document_errors(&f.r, half, &d, &e), &e);
    ck_assert(d.documents == 0 && d.by_seed);
    put_file("run3/test_documents.tsv", "head\na\t0\t2\tx\n", 13);
    ck_assert_int_eq(document_errors(&f.r, half, &d, &e), E_FORMAT);
    ck_assert_ptr_nonnull(strstr(e.text, "test_documents.tsv:2: error: not a document"));
    unlink(in_scratch("run3/test_documents.tsv"));
    MUST(document_errors(&f.r, half, &d, &e), &e);
    ck_assert(d.documents == 0 && !d.by_seed);
}
END

static const double grid[18] = {2.98, 3.04, 3.05, 2.93, 2.99, 3.0,  3.1,  3.11, 3.17,
                                3.07, 3.08, 3.14, 3.22, 3.23, 3.24, 3.21, 3.22, 3.23};

TEST(main_effects)
{
    static const char *const sizes[3] = {"64", "128", "256"}, *const bases[2] = {"1e4", "5e5"};
    struct table t;
    struct error e;
    fix(&f, 6, 3, grid);
    for (int a = 0; a < 6; a++) {
        f.params[a][0] = (struct lab_param){"length", sizes[a / 2], NAN, true};
        f.params[a][1] = (struct lab_param){"base", bases[a % 2], NAN, true};
    }
    MUST(effects_table(&t, &f.r, &e), &e);
    expect_text(&t, TABLE_CSV,
                "factor,level,test/loss,effect,effect half,% of variation,p adjusted\n"
                "length,64,2.998,-0.113,0.014,96.7,< 0.001\n"
                "length,128,3.112,0.000,0.014,,\n"
                "length,256,3.225,0.113,0.014,,\n"
                "base,1e4,3.1267,0.0150,0.0096,2.5,0.012\n"
                "base,5e5,3.0967,-0.0150,0.0096,,\n"
                "length x base,largest,,0.010,,0.8,0.21\n");
    ck_assert_str_eq(t.notes[0],
                     "Effects are level means minus the grand mean, ± half-width of the 95 % t "
                     "interval; 3 of 3 seeds are complete in all 6 arms.");
    table_close(&t);
    f.runs[4].status = RUN_DIVERGED; /* the second seed of one arm */
    MUST(effects_table(&t, &f.r, &e), &e);
    ck_assert_ptr_nonnull(strstr(t.notes[0], "2 of 3 seeds are complete in all 6 arms."));
    table_close(&t);
    f.params[5][1].text = "1e4";
    FAILS(effects_table(&t, &f.r, &e), E_USAGE, &e,
          "main effects need every combination of the parameters once; these 6 arms are not such a "
          "grid");
    for (int i = 0; i < 3; i++) f.runs[i].status = RUN_FAILED;
    FAILS(effects_table(&t, &f.r, &e), E_USAGE, &e, "no seed is complete in every arm");
    f.r.n_params = 0;
    FAILS(effects_table(&t, &f.r, &e), E_USAGE, &e, "no parameter varies between the arms");
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests(
        "table", columns_are_parsed, columns_read_metrics, an_unknown_column_is_an_error,
        the_same_numbers_in_every_format, a_column_that_not_every_run_has, runs_one_by_one,
        the_budget_is_said, documents_have_errors_of_their_own, main_effects, NULL));
}
