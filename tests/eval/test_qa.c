/* Metrics against values of the reference implementations (Google's rouge_score 0.1.2 without stemmer,
 * SQuAD's script); questions of a file; bad files. */
#include "src/eval/text_metrics.h"
#include "tests/base/scratch.h"
#include "tests/eval/fixture.h"

TEST(metrics_are_those_of_the_references)
{
    static const struct {
        const char *reference, *text;
        double f1, exact, rouge_1, rouge_2, rouge_l;
    } cases[] = {
        {"The quick brown fox jumps over the lazy dog.", "A quick brown dog jumps on the log",
         0.615384615, 0, 0.588235294, 0.133333333, 0.470588235},
        {"police killed the gunman", "police kill the gunman", 2 / 3., 0, 0.75, 0.333333333, 0.75},
        {"the cat sat on the mat, the cat", "the the the cat-sat", 0, 0, 0.769230769, 0.363636364,
         0.615384615},
        {"one", "one", 1, 1, 1, 0, 1},
        {"", "x", 0, 0, 0, 0, 0},
        {"r\303\251sum\303\251 42 items", "resume 42 items!", 2 / 3., 0, 0.571428571, 0.4,
         0.571428571},
        {"the Eiffel Tower", "Eiffel tower!", 1, 1, 0.8, 2 / 3., 0.8},
        {"an apple", "pear", 0, 0, 0, 0, 0},
        {"\u201cthe cat\u201d \u00c9COLE a\u2013b", "\u201c cat\u201d \u00e9cole \u2013b", 1, 1,
         0.75, 1 / 3., 0.75},
        {"x\u00a0the\u2003\u0416 th\u00e9", "x \u0436 th\u00e9", 1, 1, 0.8, 0, 0.8},
    };
    for (int i = 0; i < 10; i++) {
        struct text_metrics m;
        struct error e;
        MUST(text_metrics(cases[i].text, cases[i].reference, &m, &e), &e);
        ck_assert_msg(fabs(m.f1 - cases[i].f1) < 1e-8, "%s: f1 %.9f", cases[i].text, m.f1);
        ck_assert(m.exact == cases[i].exact);
        ck_assert_msg(fabs(m.rouge_1 - cases[i].rouge_1) < 1e-8, "%s: rouge_1 %.9f", cases[i].text,
                      m.rouge_1);
        ck_assert(fabs(m.rouge_2 - cases[i].rouge_2) < 1e-8);
        ck_assert(fabs(m.rouge_l - cases[i].rouge_l) < 1e-8);
        ck_assert(fabs(m.rouge_geo - cbrt(m.rouge_1 * m.rouge_2 * m.rouge_l)) < 1e-12);
    }
}
END

TEST(questions_are_answered)
{
    static const char file[] =
        "{\"context\": \"some words\", \"question\": \"which\", \"answers\": [\"x\", \"y\"]}\n"
        "\n"
        "{\"question\": \"b or c\", \"answers\": \"c\", \"choices\": [\"b\", \"c\", \"c\"]}\n";
    struct bench b;
    char yaml[700];
    put_file("qa.jsonl", file, sizeof file - 1);
    bench_open(&b, "{type: rope}", NULL);
    snprintf(yaml, sizeof yaml, "{type: qa, path: %s, length: 24, answer: 4}",
             in_scratch("qa.jsonl"));
    struct findings r = bench_run(&b, yaml, BENCH_PASS);
    ck_assert_int_eq(table_rows(&r, "answers"), 2);
    /* "some words Q: which, A:" has 23 bytes, 20 fit; " Q: b or c, A:" has 14 */
    ck_assert_int_eq((int)table_number(&r, "answers", 0, "cut_from_the_left"), 1);
    ck_assert_int_eq((int)table_number(&r, "answers", 1, "cut_from_the_left"), 0);
    findings_close(&r);
    /* the choice with the smallest loss, by the logits */
    int32_t text[32];
    int n = 0;
    for (const char *s = " Q: b or c, A: "; *s; s++) text[n++] = *s;
    const double loss[2] = {naive_loss(&b, text, n, 'b'), naive_loss(&b, text, n, 'c')};
    r = bench_run(&b, yaml, BENCH_PASS);
    ck_assert_int_eq((int)table_number(&r, "answers", 1, "exact"), loss[1] < loss[0]);
    findings_close(&r);
    bench_close(&b);
}
END

/* Examples stand before each question, with their answers; they are not asked. */
TEST(shots_stand_before_the_question)
{
    static const char file[] =
        "{\"context\": \"ab\", \"question\": \"p\", \"answers\": [\"x\", \"y\"]}\n"
        "{\"question\": \"q\", \"answers\": [\"z\"]}\n"
        "{\"question\": \"b or c\", \"answers\": \"c\", \"choices\": [\"b\", \"c\"]}\n";
    static const char prompt[] = "ab Q: p, A: x\n\n Q: q, A: z\n\n Q: b or c, A: ";
    struct bench b;
    char yaml[1000], own[400];
    int32_t text[64];
    int n = 0;
    put_file("shots.jsonl", file, sizeof file - 1);
    put_file("one.jsonl", strstr(file, "{\"question\": \"b or c\""),
             strlen(strstr(file, "{\"question\": \"b or c\"")));
    snprintf(own, sizeof own, "%s", in_scratch("one.jsonl"));
    bench_open(&b, "{type: rope}", NULL);
    for (const char *s = prompt; *s; s++) text[n++] = *s;
    const bool right = naive_loss(&b, text, n, 'c') < naive_loss(&b, text, n, 'b');
    int32_t led[65] = {'B'}; /* what stands before every text */
    memcpy(led + 1, text, (size_t)n * sizeof *text);
    const bool led_right = naive_loss(&b, led, n + 1, 'c') < naive_loss(&b, led, n + 1, 'b');
    for (int k = 0; k < 3; k++) {
        snprintf(yaml, sizeof yaml,
                 k ? "{type: qa, path: %s, length: 64, answer: 4, shots: 2, "
                     "examples: %s}"
                   : "{type: qa, path: %s, length: 64, answer: 4, shots: 2}",
                 k ? own : in_scratch("shots.jsonl"), in_scratch("shots.jsonl"));
        struct findings r = bench_run_bos(&b, yaml, BENCH_PASS, k == 2 ? led : NULL);
        ck_assert_int_eq(table_rows(&r, "answers"), 1);
        ck_assert_int_eq((int)table_number(&r, "answers", 0, "cut_from_the_left"), 0);
        ck_assert_int_eq((int)table_number(&r, "answers", 0, "exact"), k == 2 ? led_right : right);
        findings_close(&r);
    }
    struct task_holder t;
    struct error e;
    snprintf(yaml, sizeof yaml, "{type: qa, path: %s, shots: 2, examples: %s}", own, own);
    ck_assert_int_eq(task_check_options(task_open(&t, yaml), &e), E_USAGE);
    ck_assert_str_eq(e.text, "qa: `examples` are the lines that are asked: without it the first "
                             "lines of `path` are the examples, and are not asked");
    conf_close(t.conf);
    bench_close(&b);
}
END

static void refused(struct bench *b, const char *file, const char *why)
{
    struct error e;
    struct findings r = {0};
    struct task_holder t;
    char yaml[700], message[700];
    put_file("bad.jsonl", file, strlen(file));
    snprintf(yaml, sizeof yaml, "{type: qa, path: %s, length: 64}", in_scratch("bad.jsonl"));
    const struct eval_at at = {
        .model = b->model, .data = b->data, .train_length = 64, .length = 64, .max_tokens = 64};
    ck_assert(task_run(task_open(&t, yaml), &at, &r, &e) != OK);
    snprintf(message, sizeof message, why, in_scratch("bad.jsonl"));
    ck_assert_msg(!strncmp(e.text, message, strlen(message)), "%s", e.text);
    findings_close(&r);
    conf_close(t.conf);
}

TEST(files_that_are_none)
{
    struct bench b;
    bench_open(&b, "{type: rope}", NULL);
    refused(&b, "", "'%s' holds no question");
    refused(&b, "{\"question\": \"a\"}\n", "%s:1: there are no answers");
    refused(&b, "{\"question\": \"a\", \"answers\": \"b\"}\n{\"answers\": \"b\"}\n", "%s:2: ");
    refused(&b, "{\"question\": \"a\", \"answers\": [3]}\n",
            "%s:1: 'answers' must be a list of at most 64 texts");
    bench_close(&b);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    scratch_open();
    return scratch_close(run_tests("qa", metrics_are_those_of_the_references,
                                   questions_are_answered, shots_stand_before_the_question,
                                   files_that_are_none, NULL));
}
