/* Sources, splits and held-out rows. */
#include "src/data/data.h"

#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/data/internal.h"
#include "tests/testing.h"

static char folder[64];

static const char *in(const char *name)
{
    static char path[8][256];
    static int turn;
    char *p = path[turn++ % 8];
    snprintf(p, 256, "%s/%s", folder, name);
    return p;
}

static void put(const char *name, const void *data, size_t n)
{
    FILE *f = fopen(in(name), "wb");
    ck_assert(f && fwrite(data, 1, n, f) == n && !fclose(f));
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static struct data_config config(const char *const *paths, int n, struct source_config *s)
{
    if (n) s->path = (struct conf_strings){n, paths};
    s->weight = 1;
    if (!s->tokens) s->tokens = 100000;
    return (struct data_config){.sources = {1, s},
                                .packing = {.document_mask = true, .reset_positions = true},
                                .dev_fraction = 0.05,
                                .test_fraction = 0.05};
}

static struct data *open_path(const char *path)
{
    struct source_config s = {0};
    const struct data_config c = config(&path, 1, &s);
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    return d;
}

static void refused_config(const struct data_config *c, int status, const char *text)
{
    struct data *d;
    struct error e = {0};
    ck_assert_int_eq(data_open(&d, c, 1, &e), status);
    ck_assert(!d);
    ck_assert_str_eq(e.text, text);
}

/* %s of `text` is the folder. */
static void refused(const char *name, int status, const char *text)
{
    const char *path = in(name);
    struct source_config s = {0};
    const struct data_config c = config(&path, 1, &s);
    char want[512];
    snprintf(want, sizeof want, text, folder);
    refused_config(&c, status, want);
}

TEST(default_data_is_five_generators)
{
    static const char *const names[] = {"copy_lag", "keyed_records", "markov", "tree", "dyck"};
    const struct data_config c = {.dev_fraction = 0.05, .test_fraction = 0.05};
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    const struct mixer_source *s;
    ck_assert_int_eq(data_sources(d, &s), 5);
    ck_assert_int_eq(data_vocab_size(d), 257);
    for (int i = 0; i < 5; i++) {
        int64_t total = 0;
        ck_assert_str_eq(s[i].name, names[i]);
        ck_assert_double_eq(s[i].weight, s[0].weight);
        for (int k = 0; k < SPLITS; k++) total += data_tokens(d, i, k);
        ck_assert_int_ge(total, 16 << 20);
        ck_assert_int_le(total, (16 << 20) + 8193);
        ck_assert_int_eq(s[i].tokens, data_tokens(d, i, SPLIT_TRAIN));
    }
    data_close(d);
}
END

TEST(names_come_from_paths)
{
    put_text("notes.txt", "some words here, enough to be cut in three");
    put_text("lines.jsonl", "{\"text\":\"some words here, enough to be cut in three\"}\n");
    const char *const given[] = {"notes.txt", "lines.jsonl", "n*.txt"};
    const char *slash = strrchr(folder, '/');
    const char *const want[] = {"notes", "lines", slash + 1};
    for (int i = 0; i < 3; i++) {
        struct data *d = open_path(in(given[i]));
        const struct mixer_source *s;
        data_sources(d, &s);
        ck_assert_str_eq(s->name, want[i]);
        ck_assert(isnan(data_best_loss(d, 0, SPLIT_DEV, 8)));
        data_close(d);
    }
}
END

/* The text of a part, read in pieces of any size from any place. */
static void part_is(const struct data *d, const struct part *p, const char *want, size_t n)
{
    const struct source *s = &d->source[0];
    ck_assert_int_eq(p->end - p->begin, n);
    struct reader r;
    struct error e;
    MUST(reader_open(&r, s, &e), &e);
    for (int64_t from = 0; from < (int64_t)n; from++)
        for (int64_t step = 1; step <= 7; step += 3) {
            unsigned char out[256];
            reader_seek(&r, s, p->document, p->begin + from);
            for (int64_t at = from; at < (int64_t)n; at += step) {
                const int64_t take = (int64_t)n - at < step ? (int64_t)n - at : step;
                reader_read(&r, s, out + at, (size_t)take);
            }
            ck_assert_mem_eq(out + from, want + from, n - (size_t)from);
        }
    reader_close(&r);
}

TEST(lines_are_unescaped_where_they_are_read)
{
    put_text("escapes.jsonl",
             "{\"id\":1,\"text\":\"a\\n\\u00e9\\ud83d\\ude00\\\"z\"}\n\n \r\n"
             "{\"text\":\"plain\"}\r\n{\"text\":\"\"}\n{\"text\":\"last\\u0000one\"}");
    const char *path = in("escapes.jsonl");
    struct source_config s = {0};
    struct data_config c = config(&path, 1, &s);
    c.dev_fraction = c.test_fraction = 0;
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    const struct part_list *l = &d->source[0].split[SPLIT_TRAIN];
    ck_assert_int_eq(l->n, 3);
    ck_assert_int_eq(data_empty_documents(d, 0), 1);
    part_is(d, &l->v[0], "a\n\xC3\xA9\xF0\x9F\x98\x80\"z", 10);
    part_is(d, &l->v[1], "plain", 5);
    part_is(d, &l->v[2], "last\0one", 8);
    ck_assert_int_eq(data_tokens(d, 0, SPLIT_TRAIN), 10 + 5 + 8 + 3);
    data_close(d);
}
END

TEST(any_bytes_are_text)
{
    unsigned char all[512];
    for (int i = 0; i < 512; i++) all[i] = (unsigned char)(i * 37);
    put("bytes.txt", all, sizeof all);
    const char *path = in("bytes.txt");
    struct source_config s = {0};
    struct data_config c = config(&path, 1, &s);
    c.dev_fraction = 0, c.test_fraction = 0;
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    int32_t *token = malloc(513 * sizeof *token);
    struct reader r;
    MUST(reader_open(&r, &d->source[0], &e), &e);
    part_read(d, 0, &r, &d->source[0].split[SPLIT_TRAIN].v[0], 0, 513, token);
    for (int i = 0; i < 512; i++) ck_assert_int_eq(token[i], all[i]);
    ck_assert_int_eq(token[512], 256);
    reader_close(&r);
    free(token);
    data_close(d);
}
END

TEST(end_pieces_of_few_documents)
{
    char text[1001];
    for (int i = 0; i < 1000; i++) text[i] = (char)('a' + i % 26);
    /* a two-byte character across the border of train and dev */
    memcpy(text + 899, "\xC3\xA9", 2);
    put("few.txt", text, 1000);
    struct data *d = open_path(in("few.txt"));
    const struct part_list *l = d->source[0].split;
    for (int k = 0; k < SPLITS; k++) ck_assert_int_eq(l[k].n, 1);
    ck_assert_int_eq(l[SPLIT_TRAIN].v[0].begin, 0);
    ck_assert_int_eq(l[SPLIT_TRAIN].v[0].end, 899);
    ck_assert_int_eq(l[SPLIT_DEV].v[0].begin, 899);
    ck_assert_int_eq(l[SPLIT_DEV].v[0].end, 950);
    ck_assert_int_eq(l[SPLIT_TEST].v[0].begin, 950);
    ck_assert_int_eq(l[SPLIT_TEST].v[0].end, 1000);
    ck_assert(!l[SPLIT_TRAIN].v[0].ends && !l[SPLIT_DEV].v[0].ends && l[SPLIT_TEST].v[0].ends);
    ck_assert_int_eq(data_tokens(d, 0, SPLIT_TRAIN), 899);
    ck_assert_int_eq(data_tokens(d, 0, SPLIT_TEST), 51);
    data_close(d);
}
END

TEST(splits_are_disjoint_and_complete)
{
    const int documents = 400;
    char *lines = calloc(1, 400 * 64), *p = lines;
    for (int i = 0; i < documents; i++) p += sprintf(p, "{\"text\":\"document %d\"}\n", i % 390);
    put_text("many.jsonl", lines);
    struct data *d = open_path(in("many.jsonl"));
    int owner[400], count[SPLITS] = {0};
    memset(owner, -1, sizeof owner);
    for (int k = 0; k < SPLITS; k++) {
        const struct part_list *l = &d->source[0].split[k];
        int64_t tokens = 0;
        for (int64_t i = 0; i < l->n; i++) {
            ck_assert_int_eq(owner[l->v[i].document], -1);
            owner[l->v[i].document] = k;
            ck_assert_int_eq(l->v[i].first, tokens);
            tokens += part_tokens(&l->v[i]);
            count[k]++;
        }
        ck_assert_int_eq(tokens, l->tokens);
    }
    for (int i = 0; i < documents; i++) ck_assert_int_ne(owner[i], -1);
    /* equal documents share a split */
    for (int i = 0; i < 10; i++) ck_assert_int_eq(owner[i], owner[i + 390]);
    ck_assert_int_ge(count[SPLIT_DEV], 20);
    ck_assert_int_le(count[SPLIT_DEV], 22);
    ck_assert_int_ge(count[SPLIT_TEST], 20);
    ck_assert_int_le(count[SPLIT_TEST], 22);
    data_close(d);
    free(lines);
}
END

/* A held-out token stream, row by row. */
static int64_t held_out(struct data *d, int source, int length, int tokens, int64_t max_tokens,
                        int32_t *out, int32_t *target)
{
    struct batch b;
    struct error e;
    MUST(batch_open(&b, tokens, &e), &e);
    int64_t cursor = 0, n = 0;
    for (;;) {
        MUST(data_eval_next(d, source, SPLIT_DEV, length, tokens, max_tokens, &cursor, &b, &e), &e);
        if (!b.tokens) break;
        ck_assert_int_eq(b.row_start[b.rows], b.tokens);
        for (int r = 0; r < b.rows; r++) {
            const int size = b.row_start[r + 1] - b.row_start[r];
            ck_assert(size == length || (r == b.rows - 1 && n + b.tokens >= cursor));
        }
        memcpy(out + n, b.token, (size_t)b.tokens * sizeof *out);
        memcpy(target + n, b.target, (size_t)b.tokens * sizeof *out);
        n += b.tokens;
        ck_assert_int_eq(n, cursor);
    }
    batch_close(&b);
    return n;
}

TEST(held_out_rows_do_not_depend_on_their_length)
{
    struct source_config s = {.generate = "copy_lag", .tokens = 400000};
    struct data_config c = config(NULL, 0, &s);
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    const int64_t all = data_tokens(d, 0, SPLIT_DEV);
    int32_t *x = malloc((size_t)all * 16), *y = x + all, *z = y + all, *w = z + all;
    ck_assert_int_eq(held_out(d, 0, 64, 4096, INT64_MAX, x, y), all);
    const int lengths[] = {1, 17, 4096, 1000}, sizes[] = {1, 500, 4096, 2999};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(held_out(d, 0, lengths[i], sizes[i], INT64_MAX, z, w), all);
        ck_assert_mem_eq(x, z, (size_t)all * sizeof *x);
        ck_assert_mem_eq(y, w, (size_t)all * sizeof *x);
    }
    ck_assert_int_eq(held_out(d, 0, 64, 4096, 1234, z, w), 1234);
    ck_assert_mem_eq(x, z, 1234 * sizeof *x);
    ck_assert_mem_eq(y, w, 1233 * sizeof *x);
    ck_assert_int_eq(w[1233], NO_TARGET);
    int64_t cursor = 0;
    struct batch b = {0};
    ck_assert_int_eq(data_eval_next(d, 0, SPLIT_DEV, 65, 64, 1000, &cursor, &b, &e), E_USAGE);
    ck_assert_str_eq(e.text, "rows of 65 tokens do not fit a batch of 64");
    free(x);
    data_close(d);
}
END

TEST(rows_positions_anchors_targets)
{
    /* documents: abc|de|fghijklmno, EOD is 256 */
    put_text("rows.jsonl", "{\"text\":\"abc\"}\n{\"text\":\"de\"}\n{\"text\":\"fghijklmno\"}\n");
    const char *path = in("rows.jsonl");
    struct source_config s = {0};
    struct data_config c = config(&path, 1, &s);
    c.dev_fraction = c.test_fraction = 0;
    enum { N = 18 };
    const int32_t text[N] = {'a', 'b', 'c', 256, 'd', 'e', 256, 'f', 'g',
                             'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 256};
    const int32_t document[N] = {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    const int32_t start[N] = {0, 0, 0, 0, 4, 5, 5, 7, 7, 7, 10, 10, 10, 10, 10, 15, 15, 15};
    for (int mask = 0; mask < 2; mask++)
        for (int reset = 0; reset < 2; reset++) {
            c.packing = (struct packing_config){.document_mask = mask, .reset_positions = reset};
            struct data *d;
            struct batch b;
            struct error e;
            int64_t cursor = 0;
            MUST(data_open(&d, &c, 1, &e), &e);
            MUST(batch_open(&b, 20, &e), &e);
            MUST(data_eval_next(d, 0, SPLIT_TRAIN, 5, 20, 100, &cursor, &b, &e), &e);
            ck_assert_int_eq(b.tokens, N);
            ck_assert_int_eq(b.rows, 4);
            double weight = 0;
            for (int i = 0; i < N; i++) {
                const bool border = text[i] == 256;
                ck_assert_int_eq(b.token[i], text[i]);
                ck_assert_int_eq(b.document[i], document[i]);
                ck_assert_int_eq(b.row_start[i / 5], i / 5 * 5);
                ck_assert_int_eq(b.anchor[i], mask ? start[i] : i / 5 * 5);
                ck_assert_int_eq(b.position[i], i - (reset ? start[i] : i / 5 * 5));
                const int32_t next = i + 1 < N ? text[i + 1] : NO_TARGET;
                ck_assert_int_eq(b.target[i], border && mask ? NO_TARGET : next);
                ck_assert(b.weight[i] == (b.target[i] != NO_TARGET));
                weight += (double)b.weight[i];
            }
            ck_assert_double_eq(b.weight_sum, weight);
            batch_close(&b);
            data_close(d);
        }
}
END

TEST(fingerprint_sees_content_alone)
{
    put_text("a.txt", "the quick brown fox jumps over the lazy dog");
    put_text("b.txt", "the quick brown fox jumps over the lazy dog");
    struct source_config s = {.name = "x"};
    const char *a = in("a.txt"), *b = in("b.txt");
    struct data *d;
    struct error e;
    char first[65];
    struct data_config c = config(&a, 1, &s);
    MUST(data_open(&d, &c, 1, &e), &e);
    strcpy(first, data_fingerprint(d));
    ck_assert_uint_eq(strlen(first), 64);
    ck_assert_str_eq(data_fingerprint(d), first);
    data_close(d);
    c = config(&b, 1, &s);
    MUST(data_open(&d, &c, 2, &e), &e);
    ck_assert_str_eq(data_fingerprint(d), first);
    data_close(d);
    put_text("b.txt", "the quick brown fox jumps over the lazy cog");
    MUST(data_open(&d, &c, 1, &e), &e);
    ck_assert_str_ne(data_fingerprint(d), first);
    data_close(d);
}
END

TEST(broken_input_is_refused)
{
    put_text("empty.txt", "");
    put_text("empty.jsonl", "\n\n");
    put_text("void.jsonl", "{\"text\":\"\"}\n{\"text\":\"\"}\n");
    put_text("field.jsonl", "{\"text\":\"a\"}\n{\"txt\":\"b\"}\n");
    put_text("type.jsonl", "{\"text\":\"a\"}\n\n{\"text\": 3}\n");
    put_text("cut.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b");
    put_text("utf8.jsonl", "{\"text\":\"a\xFF\"}\n");
    put_text("x.pdf", "?");
    mkdir(in("d.txt"), 0777);
    refused("none.txt", E_IO, "cannot open '%s/none.txt': No such file or directory");
    refused("none*.txt", E_IO, "no file matches '%s/none*.txt'");
    refused("x.pdf", E_USAGE, "'%s/x.pdf' is neither .txt nor .jsonl");
    refused("d.txt", E_IO, "cannot read '%s/d.txt': it is a directory");
    refused("empty.txt", E_FORMAT, "source 'empty' holds no text: 1 empty documents in 1 files");
    refused("empty.jsonl", E_FORMAT, "source 'empty' holds no text: 0 empty documents in 1 files");
    refused("void.jsonl", E_FORMAT, "source 'void' holds no text: 2 empty documents in 1 files");
    refused("field.jsonl", E_FORMAT, "%s/field.jsonl:2:1: error: no field 'text'");
    refused("type.jsonl", E_FORMAT,
            "%s/type.jsonl:3:10: error: field 'text' is a number, not a string");
    refused("cut.jsonl", E_FORMAT,
            "%s/cut.jsonl:2:11: error: invalid JSON: the line ends inside a string");
    refused("utf8.jsonl", E_FORMAT,
            "%s/utf8.jsonl:1:11: error: invalid JSON: invalid UTF-8 in a string");
}
END

TEST(broken_configuration_is_refused)
{
    put_text("ok.txt", "abcdefghijklmnopqrstuvwxyz");
    const char *path = in("ok.txt");
    struct source_config s = {0}, two[2];
    struct data_config c = config(&path, 1, &s);
    c.tokenizer = "bpe.json";
    refused_config(
        &c, E_USAGE,
        "unknown tokenizer 'bpe.json': neither `bytes` nor a file or folder that is there");
    c = config(&path, 1, &s);
    c.dev_fraction = 0.6, c.test_fraction = 0.4;
    refused_config(&c, E_USAGE, "dev_fraction 0.6 and test_fraction 0.4 leave nothing to train");
    c = config(&path, 1, &s);
    s.generate = "copy_lag";
    refused_config(&c, E_USAGE,
                   "source 1: `path`, `generate`, `task` and `tuning` exclude each other");
    s = (struct source_config){.generate = "copylag", .tokens = 1000};
    refused_config(&c, E_USAGE,
                   "source 'copylag': unknown generator 'copylag'; valid: copy_lag, keyed_records, "
                   "markov, tree, dyck");
    s = (struct source_config){0};
    refused_config(&c, E_USAGE, "source 1: `path`, `generate`, `task` or `tuning` is missing");
    config(&path, 1, &s);
    two[0] = two[1] = s;
    c.sources = (struct conf_list){2, two};
    refused_config(&c, E_USAGE, "two sources are named 'ok': give one a `name`");
}
END

TEST(encode_and_decode)
{
    const struct data_config c = {.dev_fraction = 0.05, .test_fraction = 0.05};
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    char all[256], out[512];
    for (int i = 0; i < 256; i++) all[i] = (char)i;
    int32_t *ids;
    size_t n;
    MUST(data_encode(d, all, 256, &ids, &n, &e), &e);
    ck_assert_uint_eq(n, 256);
    for (int i = 0; i < 256; i++) {
        ck_assert_int_eq(data_decode(d, ids[i], out), 1);
        ck_assert(out[0] == all[i]);
    }
    free(ids);
    ck_assert_int_eq(data_decode(d, 256, out), 0);
    MUST(data_encode(d, "", 0, &ids, &n, &e), &e);
    ck_assert(n == 0);
    free(ids);
    data_close(d);
}
END

int main(void)
{
    strcpy(folder, "/tmp/ropewalk-test-data-XXXXXX");
    if (!mkdtemp(folder)) return EXIT_FAILURE;
    const int status = run_tests(
        "data", default_data_is_five_generators, names_come_from_paths,
        lines_are_unescaped_where_they_are_read, any_bytes_are_text, end_pieces_of_few_documents,
        splits_are_disjoint_and_complete, held_out_rows_do_not_depend_on_their_length,
        rows_positions_anchors_targets, fingerprint_sees_content_alone, broken_input_is_refused,
        broken_configuration_is_refused, encode_and_decode, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) ? EXIT_FAILURE : status;
}
