/* Readers of measured figures: evaluations, grids, metrics; names, replicates, what is refused. */
#include "src/lab/analysis_run.h"
#include "src/lab/figure.h"
#include "src/lab/figure_sources.h"
#include "tests/base/scratch.h"

static void put(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
}

static void put_evaluation(const char *name, const char *model, double a, double b)
{
    char text[2048];
    snprintf(text, sizeof text,
             "{\"model\": \"%s\", \"train_length\": 64, \"results\": ["
             "{\"facts\": {\"task\": \"loss_by_position\"}, \"scalars\": {}, \"tables\": "
             "{\"by_position\": [{\"position\": \"0\", \"books\": %g, \"code\": 9}, "
             "{\"position\": \"64-127\", \"books\": %g, \"code\": null}]}},"
             "{\"facts\": {\"task\": \"passkey\"}, \"scalars\": {}, \"tables\": {\"lengths\": ["
             "{\"length\": 64, \"accuracy\": 1, \"nll\": 0.5, \"nll_low\": 0.25, \"nll_high\": "
             "1}], \"grid\": [{\"length\": 64, \"cell\": 0, \"depth\": 0.5, \"accuracy\": 0.75, "
             "\"answers\": 4}, {\"length\": 64, \"cell\": 0, \"depth\": 0.5, \"accuracy\": 0.25}]}}"
             "]}",
             model, a, b);
    put(name, text);
}

static int collect(const char *figure, struct result *r, struct error *e, int n,
                   const char *const *sources)
{
    const struct figure_type *f;
    TRY(figure_find(figure, &f, e));
    return figure_collect(f, n, (char *const *)sources, r, e);
}

static const char *source(const char *name, const char *file)
{
    static char text[8][600];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(text[turn], sizeof text[turn], "%s%s%s", name, *name ? "=" : "", in_scratch(file));
    return text[turn];
}

TEST(names_of_sources)
{
    char name[256];
    const char *path;
    figure_source_name("a=b/c", name, &path);
    ck_assert(strcmp(name, "a") == 0 && strcmp(path, "b/c") == 0);
    figure_source_name("position=rope lr=1e-3=/x/y=z", name, &path);
    ck_assert(strcmp(name, "position=rope lr=1e-3") == 0 && strcmp(path, "/x/y=z") == 0);
    figure_source_name("/x/y=z", name, &path);
    ck_assert(*name == '\0' && strcmp(path, "/x/y=z") == 0);
    ck_assert_str_eq(figure_key("position=rope lr=1e-3"), "rope");
    ck_assert_str_eq(figure_key("YaRN factor 4"), "yarn");
    ck_assert_ptr_null(figure_key("roped"));
}
END

/* Two files of one name are replicates: mean, and Student's interval of two values. */
TEST(evaluations_as_points)
{
    struct error e;
    struct result r;
    put_evaluation("a.json", "nowhere", 1, 2);
    put_evaluation("b.json", "nowhere", 3, 4);
    const char *const sources[] = {source("rope", "a.json"), source("rope", "b.json"),
                                   source("", "b.json")};
    MUST(collect("loss_by_position", &r, &e, 3, sources), &e);
    ck_assert_int_eq(r.n_series, 2);
    ck_assert_str_eq(r.series[0].name, "rope (n = 2)");
    ck_assert_str_eq(r.series[0].key, "rope");
    ck_assert_str_eq(r.series[1].name, "nowhere");
    ck_assert(r.axis.n == 2 && r.axis.v[0] == 0 && r.axis.v[1] == 127);
    const double half = 12.706204736; /* t of one degree of freedom, deviation sqrt 2, n 2 */
    ck_assert(r.series[0].field[0].v[1] == 3);
    ck_assert(fabs(r.series[0].field[2].v[1] - 3 - half) < 1e-6);
    ck_assert(r.series[1].field[0].v[0] == 3 && isnan(r.series[1].field[1].v[0]));
    ck_assert(r.series[0].field[3].v[0] == 9 && isnan(r.series[0].field[3].v[1]));
    result_close(&r);
    /* one value keeps the interval that the evaluation gave */
    MUST(collect("retrieval_loss", &r, &e, 1, sources), &e);
    ck_assert(r.series[0].field[0].v[0] == 0.5 && r.series[0].field[1].v[0] == 0.25 &&
              r.series[0].field[2].v[0] == 1);
    result_close(&r);
    MUST(collect("retrieval_grid", &r, &e, 1, sources), &e);
    ck_assert_str_eq(r.series[0].name, "rope, passkey");
    ck_assert(r.series[0].field[2].n == 1 && r.series[0].field[2].v[0] == 0.5);
    result_close(&r);
}
END

TEST(what_evaluations_refuse)
{
    struct error e;
    struct result r;
    put_evaluation("a.json", "nowhere", 1, 2);
    put("broken.json", "{\"model\": ");
    put("other.json", "{\"model\": \"x\", \"results\": []}");
    const char *none[] = {source("", "other.json")}, *broken[] = {source("", "broken.json")},
               *gone[] = {source("", "gone.json")}, *task[] = {source("", "a.json"), "task=copy"};
    FAILS(collect("loss_by_position", &r, &e, 1, none), E_USAGE, &e,
          "'%s' has no table 'by_position' of an evaluation", none[0]);
    FAILS(collect("retrieval_by_length", &r, &e, 2, task), E_USAGE, &e,
          "'%s' has no table 'lengths' of an evaluation by task copy", task[0]);
    ck_assert_int_eq(collect("loss_by_position", &r, &e, 1, broken), E_FORMAT);
    ck_assert_int_ne(collect("loss_by_position", &r, &e, 1, gone), OK);
    ck_assert(strstr(e.text, "gone.json"));
    FAILS(collect("loss_by_position", &r, &e, 0, NULL), E_USAGE, &e,
          "no source: name files of `ropewalk eval --json`");
}
END

static void put_run(const char *folder, const char *name, double loss)
{
    char path[64], text[4096];
    size_t n = 0;
    struct error e;
    MUST(file_make_directories(in_scratch(folder), &e), &e);
    for (int i = 1; i <= 20; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "{\"step\": %d, \"tokens\": %d, \"length\": %d, \"train/loss\": "
                              "%g}\n",
                              i, 100 * i, i < 9 ? 64 : 128, loss + i);
    snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
    put(path, text);
    snprintf(path, sizeof path, "%s/summary.json", folder);
    snprintf(text, sizeof text, "{\"name\": \"%s\"}", name);
    put(path, text);
}

/* A folder of runs: runs of one name are replicates; every step's value is kept. */
TEST(metrics_of_runs)
{
    struct error e;
    struct result r;
    put_run("runs/1", "alibi", 0);
    put_run("runs/2", "alibi", 2);
    put_run("runs/3", "rope", 5);
    const char *runs[] = {in_scratch("runs")}, *norm[] = {in_scratch("runs"), "metrics=no/such"},
               *empty[] = {in_scratch("runs/1/none")};
    MUST(collect("learning_curves", &r, &e, 1, runs), &e);
    ck_assert_int_eq(r.n_series, 2);
    ck_assert_str_eq(r.fact[1].name, "mark_1");
    ck_assert(r.fact[0].v == 1 && r.fact[1].v == 900);
    ck_assert_str_eq(r.series[0].name, "alibi (n = 2)");
    ck_assert_int_eq(r.axis.n, 20);
    for (int i = 0; i < 20; i++) {
        ck_assert(fabs(r.series[0].field[0].v[i] - (i + 2)) < 1e-12);
        ck_assert(fabs(r.series[1].field[0].v[i] - (i + 6)) < 1e-12);
        ck_assert(fabs(r.axis.v[i] - 100 * (i + 1)) < 10);
    }
    result_close(&r);
    FAILS(collect("learning_curves", &r, &e, 2, norm), E_USAGE, &e, "no run logged 'no/such'");
    MUST(file_make_directories(empty[0], &e), &e);
    FAILS(collect("learning_curves", &r, &e, 1, empty), E_USAGE, &e,
          "'%s' is no run, and holds none", empty[0]);
}
END

/* Pairs and FLOPs of a run's own schedule: half of the tokens in rows of 64, half in rows of 256. */
TEST(analyses_of_a_run)
{
    struct error e;
    struct result r;
    const struct analysis_type *a;
    char config[700];
    put("run.yaml", "model: {hidden_size: 48, num_hidden_layers: 2, num_attention_heads: 2}\n"
                    "position: {type: rope}\n"
                    "data: {sources: [{generate: copy_lag, tokens: 100k}], packing: "
                    "{document_mask: false, reset_positions: false}}\n"
                    "optim: {lr: 3e-3, batch_tokens: 1024}\n"
                    "stages: [{tokens: 64k, length: {type: staged, lengths: [64, 256], at: "
                    "[0.5]}}]\n");
    snprintf(config, sizeof config, "config=%s", in_scratch("run.yaml"));
    char *const arguments[] = {config, "tokens=64k"};
    MUST(analysis_find("distances", &a, &e), &e);
    MUST(analysis_run(a, 2, arguments, &r, &e), &e);
    const double *pairs = r.series[0].field[0].v;
    ck_assert_int_eq(r.axis.n, 256);
    ck_assert(pairs[0] == 65536 && pairs[63] == 512 + 128 * 193 && pairs[64] == 128 * 192 &&
              pairs[255] == 128);
    result_close(&r);
    MUST(analysis_find("flops", &a, &e), &e);
    MUST(analysis_run(a, 1, arguments, &r, &e), &e);
    const double h = 48, whole = 72 * 2 * h * h * (1 + 256 / (6 * h)),
                 half = 72 * 2 * h * h * (1 + 64 / (6 * h));
    ck_assert(fabs(result_value(&r.series[0], "flops") / (32768 * (whole + half)) - 1) < 1e-12);
    result_close(&r);
    MUST(analysis_find("decay", &a, &e), &e);
    FAILS(analysis_run(a, 1, arguments, &r, &e), E_USAGE, &e,
          "analyze decay: it takes no config=FILE");
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests("figure sources", names_of_sources, evaluations_as_points,
                                   what_evaluations_refuse, metrics_of_runs, analyses_of_a_run,
                                   NULL));
}
