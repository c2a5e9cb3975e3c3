/* What every registered task is held to: the same bytes for any number of threads and of tokens per pass,
 * a result that says how to repeat it, and numbers in it. */
#include "src/data/task.h"
#include "tests/base/scratch.h"
#include "tests/eval/fixture.h"

/* Tasks whose bare name asks for much, or for a file. */
static const struct {
    const char *name, *options;
} lean[] = {
    {"loss_by_context", "chunks: 6, replicates: 20"},
    {"attention", "sequences: 3, repeated: 2"},
    {"band_ablation", "sequences: 3, bands: 2"},
    {"slices", "sequences: 4"},
    {"offset_invariance", "sequences: 3"},
    {"retrieval_heads", "samples: 3, draws: 1, length: 96"},
};

static void options_of(const struct variant *v, char *yaml, size_t size)
{
    if (!strcmp(v->name, "qa")) {
        snprintf(yaml, size, "{type: qa, path: %s, answer: 4}", in_scratch("qa.jsonl"));
        return;
    }
    if (conf_registry_find(&retrieval_registry, v->name)) {
        snprintf(yaml, size, "{type: %s, lengths: [80, 160], samples: 2}", v->name);
        return;
    }
    snprintf(yaml, size, "{type: %s}", v->name);
    for (size_t i = 0; i < sizeof lean / sizeof *lean; i++)
        if (!strcmp(lean[i].name, v->name))
            snprintf(yaml, size, "{type: %s, %s}", v->name, lean[i].options);
}

static int reach_of(const char *yaml)
{
    struct task_holder t;
    task_open(&t, yaml);
    const struct eval_at at = {.train_length = 64, .length = 64};
    const int reach = task_reach(&t.list.task, &at);
    conf_close(t.conf);
    return reach;
}

static void says_what_it_is(struct bench *b, const char *yaml, const char *name)
{
    struct findings r = bench_run(b, yaml, BENCH_PASS);
    int finite = 0;
    ck_assert_str_eq(r.facts.v[0].name, "task");
    ck_assert_str_eq(r.facts.v[0].text, name);
    for (int i = 0; i < r.scalars.n; i++) finite += isfinite(r.scalars.v[i].number);
    ck_assert_msg(r.n_tables > 0, "%s has no table", name);
    ck_assert_msg(r.scalars.n == 0 || finite > 0, "%s found no number", name);
    findings_close(&r);
}

TEST(every_task)
{
    static const char question[] = "{\"question\": \"b or c\", \"answers\": \"c\"}\n";
    struct bench b;
    put_file("qa.jsonl", question, sizeof question - 1);
    bench_open(&b, "{type: rope}", NULL);
    for (const struct variant *const *v = task_registry.types; *v; v++) {
        char yaml[700];
        options_of(*v, yaml, sizeof yaml);
        const int reach = reach_of(yaml);
        ck_assert_msg(reach <= BENCH_PASS, "%s reaches %d tokens", yaml, reach);
        same_anyhow(&b, yaml, reach);
        says_what_it_is(&b, yaml, (*v)->name);
    }
    bench_close(&b);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    scratch_open();
    return scratch_close(run_tests("tasks", every_task, NULL));
}
