/* Runs laid out: budgets in every unit, what is held constant, and the counts of FLOPs. */
#include "src/train/timeline.h"

#include "src/train/segments.h"
#include "tests/base/scratch.h"

static const char small[] =
    "model: {hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 2, vocab_size: 257}\n"
    "position: {type: rope}\n"
    "optim: {batch_tokens: 1k}\n";

static struct conf *load(struct run_config *run, const char *more)
{
    char text[1024];
    struct conf *c;
    struct error e;
    snprintf(text, sizeof text, "%s%s", small, more);
    put_file("run.yaml", text, strlen(text));
    MUST(run_config_load(&c, run, in_scratch("run.yaml"), 0, NULL, &e), &e);
    return c;
}

static struct conf *open_timeline(struct timeline *t, struct run_config *run, const char *more)
{
    struct error e;
    struct conf *c = load(run, more);
    MUST(timeline_open(t, run, &e), &e);
    return c;
}

TEST(budgets_in_every_unit)
{
    static const struct {
        const char *yaml;
        int64_t steps[2], tokens[2];
    } cases[] = {
        {"stages: [{tokens: 2500, length: 64}, {tokens: 1k}]", {3, 1}, {2500, 1024}},
        {"stages: [{steps: 3, length: 64}, {steps: 1}]", {3, 1}, {3072, 1024}},
        {"budget: {tokens: 10k}\nstages: [{fraction: 0.3, length: 64}, {length: 128}]",
         {3, 7},
         {3072, 7168}},
        {"budget: {steps: 10}\nstages: [{length: 64}, {fraction: 0.4}]", {6, 4}, {6144, 4096}},
        {"stages: [{tokens: 2k, length: 64, batch: {rows: 8}}, {steps: 3}]", {4, 3}, {2048, 1536}},
        {"stages: [{tokens: 2k, length: 64, batch: {tokens: 512}}, {tokens: 2k, batch: {tokens: "
         "2k}}]",
         {4, 1},
         {2048, 2048}},
        {"stages: [{tokens: 4k, length: 64, batch: {tokens: {type: staged, lengths: [512, 1024], "
         "at: [0.5]}}}, {steps: 2, batch: {tokens: 256}}]",
         {6, 2},
         {4096, 512}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run_config run;
        struct timeline t;
        struct conf *c = open_timeline(&t, &run, cases[i].yaml);
        int64_t step = 0, token = 0;
        for (int k = 0; k < 2; k++) {
            ck_assert_msg(t.stage[k].steps == cases[i].steps[k] &&
                              t.stage[k].tokens == cases[i].tokens[k],
                          "%s: stage %d has %lld steps, %lld tokens", cases[i].yaml, k,
                          (long long)t.stage[k].steps, (long long)t.stage[k].tokens);
            ck_assert_int_eq(t.stage[k].first_step, step);
            ck_assert_int_eq(t.stage[k].first_token, token);
            step += t.stage[k].steps;
            token += t.stage[k].tokens;
        }
        ck_assert(t.steps == step && t.tokens == token);
        timeline_close(&t);
        conf_close(c);
    }
}
END

/* Arms with one budget of FLOPs meet it, whatever their schedules are. */
TEST(flops_are_met)
{
    static const char *const stages[] = {
        "stages: [{length: 1024}]",
        "stages: [{fraction: 0.4, length: 64}, {length: 1024}]",
        "stages: [{length: {type: linear, from: 64, to: 1024}}]",
        "stages: [{length: 1024, window: {type: linear, from: 8, to: 1024, over: 0.6}}]",
        "stages: [{length: 1024, window: 100, mask: sliding, batch: {rows: 3}}]",
        "stages: [{length: {type: exponential, from: 16, to: 1024}, batch: {flops: 1e9}}]",
    };
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        char yaml[256];
        struct run_config run;
        struct timeline t;
        snprintf(yaml, sizeof yaml, "budget: {flops: 3e10}\n%s", stages[i]);
        struct conf *c = open_timeline(&t, &run, yaml);
        const double token = flops_causal(&run.model, 1024, WINDOW_NONE, 0);
        ck_assert_msg(t.flops >= 3e10 * (1 - 1e-12) && t.flops < 3e10 + 2 * token, "%s: %.12g",
                      stages[i], t.flops);
        const struct timeline_at at = timeline_to(&run, t.steps);
        ck_assert(at.tokens == t.tokens && at.flops == t.flops);
        timeline_close(&t);
        conf_close(c);
    }
}
END

/* The stream cuts long documents where the longest rows end; no stage of a shared budget shifts the
 * rows of the next ones against that. */
TEST(shared_budgets_end_with_whole_rows)
{
    static const char *const budgets[] = {"budget: {tokens: 100k}", "budget: {flops: 6e10}"};
    for (int i = 0; i < 2; i++) {
        char yaml[256];
        struct run_config run;
        struct timeline t;
        snprintf(yaml, sizeof yaml,
                 "%s\nstages: [{fraction: 0.21, length: 64}, {fraction: 0.33, length: 512}, "
                 "{length: 1024}]",
                 budgets[i]);
        struct conf *c = open_timeline(&t, &run, yaml);
        ck_assert_int_eq(t.stage[1].first_token % 1024, 0);
        ck_assert_int_eq(t.stage[2].first_token % 1024, 0);
        if (i == 0) ck_assert_int_eq(t.tokens, 100 << 10);
        ck_assert_double_eq_tol(t.stage[1].first_flops, 0.21 * t.flops, i ? 2e9 : 1e11);
        timeline_close(&t);
        conf_close(c);
    }
}
END

/* Steps of one cost: no step is dearer than asked, and none could hold one row more. */
TEST(flops_of_a_step_are_held)
{
    struct run_config run;
    struct conf *c =
        load(&run, "stages: [{steps: 50, length: {type: linear, from: 16, to: 512}, batch: {flops: "
                   "1e9}}]");
    struct timeline_at at = {0};
    struct timeline_step s;
    const int64_t most = run_config_step_tokens(&run);
    for (; timeline_next(&run, &at, &s); timeline_take(&at, &s)) {
        const double row = s.flops / (double)s.tokens * s.length;
        ck_assert(s.flops <= 1e9 && s.flops + row > 1e9 && s.tokens % s.length == 0);
        ck_assert_int_le(s.tokens, most);
    }
    ck_assert_int_eq(at.step, 50);
    conf_close(c);
}
END

TEST(a_window_as_wide_as_the_row_is_none)
{
    struct run_config run;
    struct conf *c = load(&run, "stages: [{tokens: 8k, length: 64, window: {type: linear, from: 16,"
                                " to: 64, over: 0.5}}]");
    struct timeline_at at = {0};
    struct timeline_step s;
    for (; timeline_next(&run, &at, &s); timeline_take(&at, &s))
        ck_assert_int_eq(s.window, at.step < 4 ? 16 + 12 * at.step : 0);
    conf_close(c);
}
END

TEST(truncation_counts_what_is_lost)
{
    int n;
    struct run_config run;
    struct timeline t;
    struct segment *y;
    struct error e;
    struct conf *c =
        open_timeline(&t, &run,
                      "stages: [{steps: 4, length: {type: staged, lengths: [64, 256], at:"
                      " [0.5]}, cut: truncate, batch: {rows: 4}}]");
    MUST(segments_list(&t, &y, &n, &e), &e);
    ck_assert_int_eq(n, 2);
    ck_assert(y[0].tokens == 512 && y[0].lost == 8 * (256 - 64) && y[0].steps == 2);
    ck_assert(y[1].tokens == 2048 && y[1].lost == 0);
    free(y);
    timeline_close(&t);
    conf_close(c);
}
END

/* ---- FLOPs ---- */

/* Table 10 of Xiong et al. 2023: 32 layers of 4096, 10^5 steps of 2^22 tokens, 4096 then 32768. */
TEST(the_papers_table)
{
    static const struct {
        double fraction;
        const char *want;
    } rows[] = {{0, "3.783e+22"}, {0.2, "3.405e+22"}, {0.4, "3.026e+22"}, {0.8, "2.270e+22"}};
    const double tokens = 1e5 * 4194304;
    for (int i = 0; i < 4; i++) {
        char text[32];
        const double p = rows[i].fraction;
        snprintf(text, sizeof text, "%.3e",
                 tokens *
                     (p * flops_paper(32, 4096, 4096) + (1 - p) * flops_paper(32, 4096, 32768)));
        ck_assert_str_eq(text, rows[i].want);
        const double all = flops_paper_causal(32, 4096, 32768),
                     saved = p * (1 - flops_paper_causal(32, 4096, 4096) / all);
        ck_assert_double_eq_tol(saved, 0.35 * p, 1e-12); /* 7, 14, 28 % */
    }
}
END

TEST(visible_keys)
{
    ck_assert_double_eq(flops_visible(64, WINDOW_NONE, 0), 32);
    ck_assert_double_eq(flops_visible(64, WINDOW_BLOCK, 64), 32);
    ck_assert_double_eq(flops_visible(64, WINDOW_BLOCK, 16), 8);
    ck_assert_double_eq(flops_visible(64, WINDOW_BLOCK, 48), (48.0 * 48 + 16 * 16) / 128);
    ck_assert_double_eq(flops_visible(64, WINDOW_SLIDING, 16), 16 * (1 - 16.0 / 128));
    ck_assert_double_eq(flops_visible(64, WINDOW_SLIDING, 100), 32);
}
END

/* The exact count of plain rows is the causal one with a token's own key counted whole. */
TEST(exact_counts)
{
    struct run_config run;
    struct conf *c = load(&run, "stages: [{tokens: 1k, length: 64}]");
    int32_t anchor[100];
    int rows[] = {0, 64, 100};
    for (int i = 0; i < 100; i++) anchor[i] = i < 64 ? 0 : 64;
    struct batch b = {.tokens = 100, .rows = 2, .row_start = rows, .anchor = anchor};
    const double product = 6.0 * (double)model_product_parameters(&run.model) * 100,
                 key = 12.0 * 2 * 64;
    const double full = 64 * 65 / 2 + 36 * 37 / 2;
    ck_assert_double_eq(flops_exact(&run.model, &b, WINDOW_NONE, 0), product + key * full);
    ck_assert_double_eq(flops_exact(&run.model, &b, WINDOW_SLIDING, 4),
                        product + key * (4 * 100 - 2 * 6));
    ck_assert_double_eq(flops_exact(&run.model, &b, WINDOW_BLOCK, 16),
                        product + key * (6 * 136 + 10));
    for (int i = 10; i < 64; i++) anchor[i] = 10; /* two documents */
    ck_assert_double_eq(flops_exact(&run.model, &b, WINDOW_NONE, 0),
                        product + key * (55 + 54 * 55 / 2 + 36 * 37 / 2));
    conf_close(c);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests(
        "timeline", budgets_in_every_unit, flops_are_met, shared_budgets_end_with_whole_rows,
        flops_of_a_step_are_held, a_window_as_wide_as_the_row_is_none,
        truncation_counts_what_is_lost, the_papers_table, visible_keys, exact_counts, NULL));
}
