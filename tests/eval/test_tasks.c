/* What every registered task is held to: the same bytes for any number of threads and of tokens per
 * pass, a result that says how to repeat it, and numbers in it. */
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

/* Text for fillers; the last tenth is what is scored. */
static void put_book(void)
{
    static char text[20000];
    static const char sentence[] = "The lane | was long, #1;\nand so was the rope. ";
    for (size_t i = 0; i < sizeof text; i++) text[i] = sentence[i % (sizeof sentence - 1)];
    put_file("book.txt", text, sizeof text);
}

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

static void whatever_it_runs_on(struct bench *b, const char *yaml, const char *name)
{
    const int reach = reach_of(yaml);
    ck_assert_msg(reach <= BENCH_PASS, "%s reaches %d tokens", yaml, reach);
    same_anyhow(b, yaml, reach);
    says_what_it_is(b, yaml, name);
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
        whatever_it_runs_on(&b, yaml, (*v)->name);
    }
    bench_close(&b);
}
END

TEST(every_filler_that_may_be_text)
{
    struct bench b;
    put_book();
    bench_open(&b, "{type: rope}", NULL);
    for (const struct variant *const *v = retrieval_registry.types; *v; v++) {
        char yaml[700];
        if (!((const struct retrieval_type *)*v)->hides) continue;
        snprintf(yaml, sizeof yaml, "{type: %s, text: %s, lengths: [100, 160], samples: 2}",
                 (*v)->name, in_scratch("book.txt"));
        whatever_it_runs_on(&b, yaml, (*v)->name);
    }
    bench_close(&b);
}
END

/* Probes hide the record where scoring does: in the text that is named, which must be there. */
TEST(retrieval_heads_reads_the_text)
{
    static const char *const texts[] = {"", "text: no-such-file, ", "text: %s, "};
    struct bench b;
    char *is[3];
    put_book();
    bench_open(&b, "{type: rope}", NULL);
    for (int i = 0; i < 3; i++) {
        struct error e;
        struct findings r = {0};
        struct task_holder t;
        char yaml[900], text[600];
        snprintf(text, sizeof text, texts[i], in_scratch("book.txt"));
        snprintf(
            yaml, sizeof yaml,
            "{type: retrieval_heads, samples: 2, draws: 1, length: 96, task: {%stype: needle}}",
            text);
        const struct conf_variant *task = task_open(&t, yaml);
        const struct eval_at at = {.model = b.model,
                                   .data = b.data,
                                   .seed = 1,
                                   .train_length = 96,
                                   .length = 96,
                                   .max_tokens = BENCH_PASS};
        ck_assert_int_eq(task_run(task, &at, &r, &e), i == 1 ? E_IO : OK);
        is[i] = i == 1 ? NULL : result_text_of(&r);
        findings_close(&r);
        conf_close(t.conf);
    }
    ck_assert_str_ne(strstr(is[0], "masking"), strstr(is[2], "masking"));
    free(is[0]);
    free(is[2]);
    bench_close(&b);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    scratch_open();
    return scratch_close(run_tests("tasks", every_task, every_filler_that_may_be_text,
                                   retrieval_heads_reads_the_text, NULL));
}
