/* Records of a prompt and an answer: what is a target, what records are made of, bad files. */
#include "src/data/data.h"
#include "tests/base/scratch.h"

static struct data *open_tuning(struct tuning_config t, int64_t tokens, struct error *e)
{
    struct data *d = NULL;
    struct source_config source = {.tuning = t, .tokens = tokens, .weight = 1};
    struct data_config c = {.sources = {1, &source},
                            .packing = {.document_mask = true, .reset_positions = true},
                            .dev_fraction = 0.5,
                            .test_fraction = 0};
    return data_open(&d, &c, 1, e) ? NULL : d;
}

/* Text of document k; targets as capitals (scored) or dots. */
static void show(struct data *d, int64_t k, char *text, char *targets)
{
    static int32_t token[20000], target[20000];
    const int n = (int)data_document_tokens(d, 0, SPLIT_DEV, k);
    data_document_read(d, 0, SPLIT_DEV, k, 0, n, token, target);
    for (int i = 0; i < n; i++) {
        text[i] = i + 1 < n ? (char)token[i] : '$';
        targets[i] = target[i] == NO_TARGET ? '.' : 'T';
    }
    text[n] = targets[n] = '\0';
}

TEST(answers_are_targets)
{
    struct error e;
    char file[4000];
    int n = 0;
    for (int i = 0; i < 40; i++)
        n += snprintf(file + n, sizeof file - (size_t)n,
                      "{\"prompt\": \"p%02d?\", \"answer\": \"a%d\"}\n", i, i % 7);
    put_file("pairs.jsonl", file, (size_t)n);
    for (int loss = 0; loss < 2; loss++) {
        const char *path[1] = {in_scratch("pairs.jsonl")};
        struct data *d = open_tuning((struct tuning_config){.pairs = {1, path},
                                                            .prompt = "prompt",
                                                            .answer = "answer",
                                                            .length = 1024,
                                                            .chunk = 32,
                                                            .loss = loss},
                                     1000, &e);
        ck_assert_msg(d != NULL, "%s", e.text);
        ck_assert_int_eq(data_documents(d, 0, SPLIT_DEV), 20);
        for (int k = 0; k < 20; k++) {
            char text[64], targets[64];
            show(d, k, text, targets);
            ck_assert(text[0] == 'p' && text[3] == '?' && text[4] == 'a' && text[6] == '$');
            ck_assert_str_eq(targets, loss == TUNING_LOSS_ALL ? "TTTTTTT" : "....TTT");
        }
        data_close(d);
    }
}
END

/* Of a record made from a text, the answer stands in the piece behind the cue. */
TEST(made_records_ask_for_what_is_there)
{
    struct error e;
    static char book[30000], text[3000], targets[3000];
    struct rng rng = rng_open(1, "book");
    int n = 0;
    while (n < 29000) {
        const int letters = 2 + (int)rng_below(&rng, 7);
        for (int i = 0; i < letters; i++) book[n++] = (char)('a' + rng_below(&rng, 26));
        book[n++] = rng_below(&rng, 9) ? ' ' : '\n';
    }
    put_file("book.txt", book, (size_t)n);
    const char *path[1] = {in_scratch("book.txt")};
    struct data *d = open_tuning(
        (struct tuning_config){.documents = {1, path}, .length = 1000, .chunk = 24}, 60000, &e);
    ck_assert_msg(d != NULL, "%s", e.text);
    ck_assert_int_gt(data_documents(d, 0, SPLIT_DEV), 20);
    for (int k = 0; k < 20; k++) {
        show(d, k, text, targets);
        char *ask = strstr(text, " Q: what follows \""), *then = strstr(text, "\"?, A: ");
        ck_assert(ask && then && strlen(text) <= 1001);
        char line[200];
        snprintf(line, sizeof line, "%.*s %s", (int)(then - ask) - 18, ask + 18, then + 7);
        line[strlen(line) - 1] = '\0'; /* the end of the document */
        *ask = '\0';
        for (char *s = text; *s; s++)
            if (*s == '\n') *s = ' ';
        ck_assert_msg(strstr(text, line) != NULL, "'%s' is not in '%s'", line, text);
        ck_assert_int_ge(strlen(then + 7), 24);
        const size_t answer = (size_t)(then + 7 - text);
        ck_assert(strspn(targets, ".") == answer &&
                  strspn(targets + answer, "T") == strlen(targets + answer));
    }
    data_close(d);
}
END

static void refused(struct tuning_config t, const char *why)
{
    struct error e;
    ck_assert(open_tuning(t, 1000, &e) == NULL);
    ck_assert_msg(strstr(e.text, why) != NULL, "%s", e.text);
}

TEST(what_cannot_be)
{
    const char *path[1] = {in_scratch("bad.jsonl")};
    const struct conf_strings one = {1, path};
    put_file("bad.jsonl", "{\"prompt\": \"a\"}\n", 16);
    struct tuning_config t = {
        .pairs = one, .prompt = "prompt", .answer = "answer", .length = 1024, .chunk = 32};
    refused(t, "bad.jsonl:1");
    put_file("bad.jsonl", "{\"prompt\": \"a\", \"answer\": \"\"}\n", 31);
    refused(t, "bad.jsonl:1: the answer is empty");
    t.documents = one;
    refused(t, "`pairs` and `documents` exclude each other");
    t.pairs.n = 0;
    refused(t, "no document has room for a chunk of 32 bytes and its question");
    t.length = 100;
    refused(t, "records of 100 bytes are too short to ask for 32 of them");
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests("tuning", answers_are_targets,
                                   made_records_ask_for_what_is_there, what_cannot_be, NULL));
}
