/* Positions simulated in a stage (PoSE): short rows at the positions of long ones. The stream, the
 * tokens and the held-out loss are those of the run without it. */
#include "src/base/json.h"
#include "tests/train/fixture.h"

enum { LINES = 64 };

struct run_lines {
    int n;
    struct jsn_doc line[LINES]; /* of metrics.jsonl */
};

static void open_run(struct run_lines *x, const char *name, const char *first, const char *rate)
{
    char stages[256];
    size_t size;
    struct error e;
    snprintf(stages, sizeof stages,
             "stages=[{tokens: 2k, length: 32, position: %s}, {tokens: 1k, length: 64, position: "
             "{type: rope}}]",
             first);
    const struct outcome *o = train_small(name, 0, false, WITH(stages, rate));
    expect_status(o, OK);
    char *text = contents(o->result.dir, "metrics.jsonl", &size);
    x->n = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
        ck_assert_int_lt(x->n, LINES);
        MUST(jsn_open_text(&x->line[x->n++], "metrics.jsonl", line, (size_t)(end - line), &e), &e);
    }
    free(text);
}

static void close_run(struct run_lines *x)
{
    for (int i = 0; i < x->n; i++) jsn_close(&x->line[i]);
}

static double value(const struct run_lines *x, int i, const char *key)
{
    struct error e;
    double v = NAN;
    MUST(jsn_double(&x->line[i], x->line[i].root, key, false, &v, &e), &e);
    return v;
}

static void same_value(const struct run_lines *a, const struct run_lines *b, int i, const char *key)
{
    const double x = value(a, i, key), y = value(b, i, key);
    ck_assert_msg(x == y || (isnan(x) && isnan(y)), "%s of line %d: %.17g and %.17g", key, i, x, y);
}

static const char skips[] = "[{type: rope}, {type: pose, max_position_embeddings: 256}]";

/* With a rate of 0 the weights of both runs stay equal, so that whatever differs is the
 * positions'. */
TEST(a_stage_of_simulated_positions)
{
    static const char *const kept[] = {"tokens",
                                       "stage",
                                       "length",
                                       "data/copy_lag/tokens",
                                       "data/keyed_records/tokens",
                                       "data/lost_tokens",
                                       "flops/exact",
                                       "eval/loss",
                                       "eval/copy_lag/loss",
                                       "eval/keyed_records/loss"};
    struct run_lines plain, pose;
    int stages[2] = {0}, evaluations = 0;
    open_run(&plain, "plain", "{type: rope}", "optim.lr=0");
    open_run(&pose, "pose", skips, "optim.lr=0");
    ck_assert_int_eq(plain.n, pose.n);
    for (int i = 0; i < plain.n; i++) {
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
            same_value(&plain, &pose, i, kept[k]);
        evaluations += !isnan(value(&pose, i, "eval/copy_lag/loss"));
        const double loss = value(&pose, i, "train/loss");
        if (isnan(loss)) continue;
        const int stage = (int)value(&pose, i, "stage");
        ck_assert_msg((loss != value(&plain, i, "train/loss")) == (stage == 0), "line %d", i);
        ck_assert_double_eq(value(&pose, i, "data/copy_lag/tokens") +
                                value(&pose, i, "data/keyed_records/tokens"),
                            value(&pose, i, "tokens"));
        stages[stage]++;
    }
    ck_assert_int_gt(stages[0], 4);
    ck_assert_int_gt(stages[1], 2);
    ck_assert_int_gt(evaluations, 3);
    close_run(&plain);
    close_run(&pose);
}
END

/* It trains, and evaluation is at full length throughout: as many positions in every line. */
TEST(evaluation_is_of_the_longest_rows)
{
    struct run_lines pose;
    int evaluations = 0;
    size_t bins = 0;
    double first = NAN, last = NAN;
    open_run(&pose, "learns", skips, "optim.lr=3e-3");
    for (int i = 0; i < pose.n; i++) {
        const double loss = value(&pose, i, "train/loss");
        if (isnan(first)) first = loss;
        if (!isnan(loss)) last = loss;
        const jsn *by = jsn_get(pose.line[i].root, "eval/copy_lag/by_position");
        if (!by) continue;
        if (!evaluations++) bins = jsn_length(by);
        ck_assert_uint_eq(jsn_length(by), bins);
    }
    ck_assert_int_gt(evaluations, 3);
    ck_assert_double_lt(last, first);
    close_run(&pose);
}
END

int main(void)
{
    parallel_init(1);
    matmul_init();
    scratch_open();
    return scratch_close(run_tests("simulated positions", a_stage_of_simulated_positions,
                                   evaluation_is_of_the_longest_rows, NULL));
}
