/* Retrieval tasks over real text: the laws of all, marks that stand once, and where text is cut. */
#include "tests/base/scratch.h"
#include "tests/data/tasks.h"

/* With every mark that a task uses, line breaks, a heading, verse, and a full stop within a
 * number. */
static const char page[] =
    "CHAPTER 1 | The Ropewalk #1;\n"
    "\n"
    "Ropes were laid in a long\nlane, twisted by hand. Too short. The | foreman said: #12345; is "
    "the\n"
    "  number!  Was 3.5 miles of it\r\nenough? \xc3\x89t\xc3\xa9 comme hiver, on cordait.\n"
    "\n"
    "No full stop ends\nthis verse\n"
    "\n";
static const char *const sentences[] = {
    "Ropes were laid in a long lane, twisted by hand.",
    "The   foreman said: #12345; is the number!",
    "Was 3.5 miles of it enough?",
    "\xc3\x89t\xc3\xa9 comme hiver, on cordait.",
};
enum { PAGE = sizeof page - 1, PAGES = 40, SENTENCES = sizeof sentences / sizeof *sentences };

static char *pages(void)
{
    char *text = malloc(PAGES * PAGE + 1);
    for (int i = 0; i < PAGES; i++) memcpy(text + (size_t)i * PAGE, page, PAGE + 1);
    return text;
}

static void open_over_text(struct fixture *f, const char *name)
{
    char yaml[100];
    snprintf(yaml, sizeof yaml, "{type: %s, text: book.txt}", name);
    open_task(f, yaml);
}

TEST(laws_of_all_tasks)
{
    static const int lengths[] = {100, 256, 1024, 5000};
    static const double depth[5] = {0, 0.25, 0.5, 0.75, 1};
    char *text = pages();
    int over_text = 0;
    for (const struct variant *const *v = retrieval_registry.types; *v; v++) {
        struct fixture f;
        struct error e;
        open_over_text(&f, (*v)->name);
        ck_assert_int_eq(task_check(f.type, f.task.opts, &e), f.type->hides ? OK : E_USAGE);
        for (int run = 0; f.type->hides && run < 4 * 3 * 10; run++) {
            const int mode = run % 3, seed = run / 12;
            const struct task_plan p = {.tokens = lengths[run / 3 % 4],
                                        .questions = f.type->single ? 1 : 5,
                                        .depth = mode == 1 ? depth : NULL,
                                        .isolated = mode > 0,
                                        .held_out = mode > 0,
                                        .filler = text,
                                        .filler_length = PAGES * PAGE};
            if (p.tokens < f.type->least(f.task.opts)) continue;
            struct task_sample s = sample(&f, &p, seed), again = sample(&f, &p, seed);
            check_shape(&f, &p, &s);
            check_evidence(&f, &s);
            ck_assert(!memcmp(s.text, again.text, (size_t)s.tokens));
            free(s.text);
            free(again.text);
            over_text++;
        }
        conf_close(f.conf);
    }
    ck_assert_int_gt(over_text, 6 * 90);
    free(text);
}
END

/* One # in the trunk, and it is the record's; all else is a piece of the text. */
TEST(a_passkey_is_the_only_one)
{
    struct fixture f;
    char *text = pages(), *cleared = pages();
    open_over_text(&f, "passkey");
    for (int i = 0; i < PAGES * PAGE; i++)
        if (cleared[i] == '#') cleared[i] = ' ';
    for (int seed = 0; seed < 300; seed++) {
        const struct task_plan p = {.tokens = f.type->least(f.task.opts) + seed,
                                    .questions = 1,
                                    .isolated = true,
                                    .filler = text,
                                    .filler_length = PAGES * PAGE};
        struct task_sample s = sample(&f, &p, seed);
        const struct task_question *q = &s.question[0];
        int marks = 0;
        for (int i = 0; i < s.trunk; i++) marks += s.text[i] == '#';
        ck_assert_int_eq(marks, 1);
        ck_assert(s.text[q->source] == '#' && s.text[q->source_end - 1] == ';');
        ck_assert(!memcmp(s.text + q->source + 1, s.text + q->answer, 5));
        ck_assert(q->answer - q->begin == 2 && !memcmp(s.text + q->begin, "?#", 2));
        bool found = false;
        for (int at = 0; at + s.trunk <= PAGES * PAGE && !found; at++)
            found = !memcmp(cleared + at, s.text, (size_t)q->source) &&
                    !memcmp(cleared + at + q->source_end, s.text + q->source_end,
                            (size_t)(s.trunk - q->source_end));
        ck_assert_msg(found, "seed %d: no piece of the text", seed);
        free(s.text);
    }
    free(text);
    free(cleared);
    conf_close(f.conf);
}
END

/* Which of the sentences a reader finds the trunk begins with and the question asks for. */
static int sentence_of(const struct task_sample *s)
{
    const struct task_question *q = &s->question[0];
    const int n = q->end - q->answer;
    ck_assert(q->source == 0 && q->source_end == n);
    ck_assert(!memcmp(s->text, s->text + q->answer, (size_t)n));
    for (int i = 0; i < SENTENCES; i++)
        if (n == (int)strlen(sentences[i]) && !memcmp(s->text, sentences[i], (size_t)n)) return i;
    ck_abort_msg("'%.*s' is no sentence of the text", n, (const char *)s->text);
    return -1;
}

TEST(documents_begin_with_a_sentence)
{
    struct fixture f;
    char *text = pages();
    const char *follows[SENTENCES] = {" Too short.", "  Was 3.5", " \xc3\x89t\xc3\xa9 comme",
                                      "\n\nNo full stop ends\nthis verse\n\nCHAPTER 1   The"};
    int times[2][SENTENCES] = {{0}};
    open_over_text(&f, "first_sentence");
    for (int seed = 0; seed < 400; seed++) {
        const int is_long = seed % 2;
        const struct task_plan p = {.tokens = is_long ? 200 : 81,
                                    .questions = 1,
                                    .isolated = true,
                                    .held_out = seed / 2 % 2,
                                    .filler = text,
                                    .filler_length = PAGES * PAGE};
        struct task_sample s = sample(&f, &p, seed);
        const int i = sentence_of(&s), n = s.question[0].source_end, left = s.trunk - n;
        const int same = (int)strlen(follows[i]);
        ck_assert(!memcmp(s.text + n, follows[i], (size_t)(left < same ? left : same)));
        for (int at = 0; at < s.trunk; at++) ck_assert(s.text[at] != '|');
        ck_assert(s.text[s.trunk] == '|' && s.symbols == 256);
        ck_assert(s.candidates >= 1 && s.candidates <= (is_long ? 6 : 3));
        times[is_long][i]++;
        free(s.text);
    }
    /* 81 tokens hold twice 40 bytes and the mark: the two long ones are left out */
    for (int i = 0; i < SENTENCES; i++) {
        ck_assert_int_gt(times[1][i], 10);
        ck_assert((times[0][i] > 10) == (i > 1));
    }
    free(text);
    conf_close(f.conf);
}
END

/* Training sees nothing of the last tenth, scoring nothing else. */
TEST(parts_of_a_file)
{
    struct fixture f;
    struct error e;
    struct task_filler_text part;
    char yaml[700], *text = pages();
    put_file("book.txt", text, PAGES * PAGE);
    snprintf(yaml, sizeof yaml, "{type: first_sentence, text: %s}", in_scratch("book.txt"));
    open_task(&f, yaml);
    const size_t border = PAGES * PAGE / 10 * 9;
    MUST(task_filler_open(&part, f.type, f.task.opts, false, 100, 500, &e), &e);
    ck_assert(part.begin == 0 && part.length == border);
    task_filler_close(&part);
    MUST(task_filler_open(&part, f.type, f.task.opts, true, 100, 500, &e), &e);
    ck_assert(part.begin == border && part.length == PAGES * PAGE - border);
    task_filler_close(&part);
    conf_close(f.conf);
    free(text);
}
END

/* A source of it: every document is a sentence, its text, the mark and the sentence. */
TEST(a_source_of_sentences)
{
    struct fixture f;
    struct error e;
    struct data *d;
    char yaml[700], *text = pages();
    put_file("book.txt", text, PAGES * PAGE);
    snprintf(yaml, sizeof yaml, "{type: first_sentence, text: %s, lengths: [100, 300]}",
             in_scratch("book.txt"));
    open_task(&f, yaml);
    struct source_config source = {.task = f.task, .tokens = 20000, .weight = 1};
    struct data_config c = {.sources = {1, &source}, .dev_fraction = 0.5};
    MUST(data_open(&d, &c, 1, &e), &e);
    const int64_t documents = data_documents(d, 0, SPLIT_DEV);
    ck_assert_int_gt(documents, 20);
    for (int64_t k = 0; k < documents; k++) {
        int32_t token[512], target[512];
        unsigned char bytes[512];
        const int n = (int)data_document_tokens(d, 0, SPLIT_DEV, k) - 1;
        data_document_read(d, 0, SPLIT_DEV, k, 0, n, token, target);
        for (int i = 0; i < n; i++) bytes[i] = (unsigned char)token[i];
        const unsigned char *mark = memchr(bytes, '|', (size_t)n);
        ck_assert_ptr_nonnull(mark);
        const int trunk = (int)(mark - bytes), answer = n - trunk - 1;
        ck_assert(answer <= trunk && !memcmp(bytes, mark + 1, (size_t)answer));
        for (int i = 0; i < n; i++) ck_assert((target[i] == NO_TARGET) == (i <= trunk));
    }
    data_close(d);
    conf_close(f.conf);
    free(text);
}
END

static void refused_over(const char *options, const char *content, const char *why)
{
    char yaml[700], message[1024];
    put_file("small.txt", content, strlen(content));
    snprintf(yaml, sizeof yaml, "{text: %s, %s}", in_scratch("small.txt"), options);
    snprintf(message, sizeof message, why, in_scratch("small.txt"));
    refused(yaml, message);
}

TEST(texts_and_options_that_cannot_be)
{
    char *text = pages();
    refused_over("type: passkey, filler: uniform", text,
                 "source 'passkey': passkey: `text` and `filler: uniform` exclude each other");
    refused_over("type: first_sentence, distinct: true, words: 2", text,
                 "source 'first_sentence': first_sentence: `text` and `distinct` exclude each "
                 "other: a text has its own sentences");
    refused_over("type: first_sentence, words: 5", text,
                 "source 'first_sentence': first_sentence: `text` and `words` exclude each other: "
                 "a text has its own sentences");
    refused_over("type: first_sentence, lengths: [80, 100]", text,
                 "source 'first_sentence': first_sentence: length 80 is not a whole number from "
                 "81 to 32768");
    refused_over("type: passkey, lengths: [64, 256]", page,
                 "source 'passkey': '%s' has 198 bytes in its first nine tenths, too few for "
                 "samples of 256");
    memset(text, 'x', PAGES * PAGE);
    refused_over("type: first_sentence, lengths: [101, 256]", text,
                 "source 'first_sentence': '%s', first nine tenths: no sentence of 20 to 50 bytes "
                 "has 256 bytes behind it");
    free(text);
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests("task over text", laws_of_all_tasks, a_passkey_is_the_only_one,
                                   documents_begin_with_a_sentence, parts_of_a_file,
                                   a_source_of_sentences, texts_and_options_that_cannot_be, NULL));
}
