/* The training stream: one sequence of tokens whatever the batches, exact shares, every document
 * once per epoch, exact resume. */
#include <malloc.h>
#include <unistd.h>

#include "src/data/data.h"
#include "src/data/stream.h"
#include "tests/testing.h"

enum { LONGEST = 512 };

static char folder[64], lines_path[128], books_path[128];

/* 60 short documents "s<i>..." and 3 long ones, so that epochs are small. */
static void write_files(void)
{
    strcpy(folder, "/tmp/ropewalk-test-stream-XXXXXX");
    if (!mkdtemp(folder)) exit(EXIT_FAILURE);
    snprintf(lines_path, sizeof lines_path, "%s/lines.jsonl", folder);
    snprintf(books_path, sizeof books_path, "%s/b*.txt", folder);
    FILE *f = fopen(lines_path, "w");
    for (int i = 0; i < 60; i++) {
        fprintf(f, "{\"text\":\"<%d:\\u00e9", i);
        for (int k = 0; k < i * 7 % 50; k++) fputc('a' + (i + k) % 26, f);
        fprintf(f, ">\"}\n");
    }
    fclose(f);
    for (int i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/b%d.txt", folder, i);
        f = fopen(path, "w");
        for (int k = 0; k < 3000 + 1000 * i; k++) fputc('A' + (k * k + i) % 61, f);
        fclose(f);
    }
}

static struct data *open_data(struct packing_config packing, double w0, double w1)
{
    static const char *lines[1], *books[1];
    lines[0] = lines_path, books[0] = books_path;
    struct source_config s[3] = {
        {.name = "lines", .path = {1, lines}, .weight = w0},
        {.name = "books", .path = {1, books}, .weight = w1},
        {.name = "copies", .generate = "copy_lag", .tokens = 60000, .weight = 1},
    };
    const struct data_config c = {
        .sources = {3, s}, .packing = packing, .dev_fraction = 0.05, .test_fraction = 0.05};
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    return d;
}

static const struct packing_config masked = {.document_mask = true, .reset_positions = true};

static struct stream *open_stream(struct data *d)
{
    struct stream *s;
    struct error e;
    MUST(stream_open(&s, d, NULL, LONGEST, 7, &e), &e);
    return s;
}

struct tape {
    int n, capacity;
    int32_t *token, *target, *source;
};

static struct tape new_tape(int capacity)
{
    int32_t *p = calloc((size_t)capacity * 3, sizeof *p);
    return (struct tape){0, capacity, p, p + capacity, p + 2 * capacity};
}

static void record(struct tape *t, const struct batch *b)
{
    for (int i = 0; i < b->tokens && t->n < t->capacity; i++, t->n++) {
        t->token[t->n] = b->token[i];
        t->target[t->n] = b->target[i];
        t->source[t->n] = b->source[i];
    }
}

static void play(struct stream *s, struct tape *t, int tokens, int length)
{
    struct batch b;
    struct error e;
    MUST(batch_open(&b, tokens, &e), &e);
    while (t->n < t->capacity) {
        const struct data_clock clock = {t->n, 1 << 30, 0};
        MUST(stream_next(s, &clock, tokens, length, &b, &e), &e);
        ck_assert_int_eq(b.tokens, tokens);
        record(t, &b);
    }
    batch_close(&b);
}

static void same(const struct tape *a, const struct tape *b)
{
    ck_assert_int_eq(a->capacity, b->capacity);
    ck_assert_mem_eq(a->token, b->token, (size_t)a->capacity * 3 * sizeof *a->token);
}

TEST(one_stream_for_every_batch_and_length)
{
    for (int mask = 0; mask < 2; mask++) {
        struct data *d = open_data(
            (struct packing_config){.document_mask = mask, .reset_positions = mask}, 1, 1);
        struct tape first = new_tape(40000);
        struct stream *s = open_stream(d);
        play(s, &first, 4096, 512);
        stream_close(s);
        const int sizes[][2] = {{4096, 64}, {1, 1}, {1000, 512}, {517, 100}, {40000, 511}};
        for (int i = 0; i < 5; i++) {
            struct tape t = new_tape(40000);
            s = open_stream(d);
            play(s, &t, sizes[i][0], sizes[i][1]);
            same(&first, &t);
            stream_close(s);
            free(t.token);
        }
        /* targets are the next tokens, or none */
        for (int i = 0; i + 1 < first.n; i++)
            ck_assert(first.target[i] == first.token[i + 1] || first.target[i] == NO_TARGET);
        free(first.token);
        data_close(d);
    }
}
END

TEST(text_sources_lose_no_target_but_at_borders)
{
    struct data *d = open_data(masked, 1, 0);
    const double weights[] = {1, 0, 0};
    const struct conf_reals only_lines = {3, weights};
    const struct conf_variant m = {.type = conf_registry_find(&mixer_registry, "static"),
                                   .opts = (void *)&only_lines};
    struct stream *s;
    struct error e;
    MUST(stream_open(&s, d, &m, LONGEST, 7, &e), &e);
    struct tape t = new_tape(5000);
    play(s, &t, 100, 100);
    for (int i = 0; i < t.n; i++) {
        ck_assert_int_eq(t.source[i], 0);
        ck_assert_int_eq(t.target[i] == NO_TARGET, t.token[i] == 256);
    }
    free(t.token);
    stream_close(s);
    data_close(d);
}
END

TEST(shares_are_exact_at_every_prefix)
{
    struct data *d = open_data(masked, 0.07, 2);
    const double w[3] = {0.07 / 3.07, 2 / 3.07, 1 / 3.07};
    struct stream *s = open_stream(d);
    struct batch b;
    struct error e;
    MUST(batch_open(&b, 64, &e), &e);
    int64_t counted[3] = {0}, total = 0;
    struct mix_count count[3];
    const real losses[64] = {0};
    double worst = 0;
    while (total < 300000) {
        const struct data_clock clock = {total, 1 << 30, 0};
        MUST(stream_next(s, &clock, 64, 64, &b, &e), &e);
        for (int i = 0; i < b.tokens; i++) {
            counted[b.source[i]]++;
            total++;
            for (int k = 0; k < 3; k++)
                worst = fmax(worst, fabs((double)counted[k] - w[k] * (double)total));
        }
        stream_add_losses(s, &b, losses);
        stream_counts(s, count, NULL);
        for (int k = 0; k < 3; k++) {
            ck_assert_int_eq(count[k].tokens, counted[k]);
            ck_assert_double_eq_tol(count[k].weight, w[k], 1e-12);
            ck_assert_double_eq_tol(count[k].epochs * (double)data_tokens(d, k, SPLIT_TRAIN),
                                    (double)counted[k], 1e-6);
        }
    }
    /* within the bound of the rule where a slot ends, and a slot in flight moves towards its end */
    ck_assert_msg(worst <= 0.75 * LONGEST + 1e-6, "worst deviation %g", worst);
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

/* Follow the cursors: each part begins where it should and once per epoch. */
TEST(every_document_once_per_epoch)
{
    struct data *d = open_data(masked, 1, 1);
    struct stream *s = open_stream(d);
    struct batch b;
    struct error e;
    MUST(batch_open(&b, 1, &e), &e);
    int64_t seen[3][64] = {{0}};
    int order[2][64], n_order[2] = {0};
    struct stream_slot before = {.cell = -1};
    for (int64_t i = 0; i < 120000; i++) {
        const struct data_clock clock = {i, 1 << 30, 0};
        MUST(stream_next(s, &clock, 1, 1, &b, &e), &e);
        const struct stream_slot *now = &s->slot;
        if (now->cell != before.cell || now->document != before.document || now->at < before.at) {
            if (now->at == 1 || i == 0) { /* the first call reads two */
                const int64_t n = d->source[now->cell].split[SPLIT_TRAIN].n,
                              epoch = seen[now->cell][now->document]++;
                /* none is begun again before all were */
                for (int64_t k = 0; k < n; k++) ck_assert_int_ge(seen[now->cell][k], epoch);
                if (now->cell == 0 && epoch < 2)
                    order[epoch][n_order[epoch]++] = (int)now->document;
            }
        }
        before = *now;
    }
    for (int k = 0; k < 3; k++) ck_assert_int_ge(seen[k][0], k == 2 ? 1 : 3);
    ck_assert_int_eq(n_order[0], n_order[1]);
    ck_assert(memcmp(order[0], order[1], (size_t)n_order[0] * sizeof(int)));
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

/* A text that is drawn in pieces is whole again when its tokens are put together. */
TEST(pieces_make_the_document)
{
    struct data *d = open_data(masked, 1, 1);
    struct stream *s = open_stream(d);
    struct tape t = new_tape(200000);
    play(s, &t, 1000, 100);
    const struct part_list *l = &d->source[1].split[SPLIT_TRAIN];
    int32_t *want = malloc((size_t)l->tokens * sizeof *want);
    struct reader r;
    struct error e;
    MUST(reader_open(&r, &d->source[1], &e), &e);
    int64_t at = 0, n = 0;
    for (int64_t next = 0; next < l->n; next++) {
        const struct stream_cursor c = {.next = next};
        const struct part *p = &l->v[stream_part(s, 1, &c)];
        part_read(d, 1, &r, p, 0, (int)part_tokens(p), want + n);
        n += part_tokens(p);
    }
    ck_assert_int_eq(n, l->tokens);
    for (int i = 0; i < t.n && at < n; i++)
        if (t.source[i] == 1) ck_assert_int_eq(t.token[i], want[at++]);
    ck_assert_int_eq(at, n);
    reader_close(&r);
    free(want);
    free(t.token);
    stream_close(s);
    data_close(d);
}
END

/* Cut sources: the text that trains is the same, in documents of at most `piece`, no character is
 * cut, and held-out text is whole. */
TEST(cut_documents_are_the_same_text)
{
    static const char *paths[2];
    paths[0] = lines_path, paths[1] = books_path;
    struct data *d[2];
    struct error e;
    for (int cut = 0; cut < 2; cut++) {
        struct source_config s[2] = {{.name = "lines", .path = {1, paths}, .weight = 1},
                                     {.name = "books", .path = {1, paths + 1}, .weight = 1}};
        for (int i = 0; i < 2; i++) s[i].piece = cut ? 7 : 0;
        const struct data_config c = {
            .sources = {2, s}, .packing = masked, .dev_fraction = 0.05, .test_fraction = 0.05};
        MUST(data_open(&d[cut], &c, 1, &e), &e);
    }
    for (int i = 0; i < 2; i++) {
        const struct source *whole = &d[0]->source[i], *cut = &d[1]->source[i];
        const struct part_list *a = &whole->split[SPLIT_TRAIN], *b = &cut->split[SPLIT_TRAIN];
        ck_assert_int_eq(a->tokens, b->tokens);
        ck_assert_int_ge(b->n, a->tokens / 8);
        int32_t token[8];
        for (int64_t k = 0, p = 0; k < b->n; k++) {
            if (k && b->v[k].document != b->v[k - 1].document) p++;
            ck_assert_int_eq(b->v[k].document, a->v[p].document);
            const bool first = !k || b->v[k].document != b->v[k - 1].document;
            ck_assert_int_eq(b->v[k].begin, first ? a->v[p].begin : b->v[k - 1].end);
            ck_assert_int_le(b->v[k].end - b->v[k].begin, 7);
            part_read(d[1], i, &d[1]->reader[i], &b->v[k], 0, 1, token);
            ck_assert((token[0] & 0xC0) != 0x80 || token[0] > 255);
        }
        for (int split = SPLIT_TRAIN + 1; split < SPLITS; split++)
            for (int64_t k = 0; k < whole->split[split].n; k++)
                ck_assert(whole->split[split].n == cut->split[split].n &&
                          whole->split[split].v[k].begin == cut->split[split].v[k].begin &&
                          whole->split[split].v[k].end == cut->split[split].v[k].end);
    }
    data_close(d[0]);
    data_close(d[1]);
}
END

/* Pieces of long documents fill rows of the longest length: such a row holds one document. */
TEST(long_documents_fill_rows)
{
    struct data *d = open_data(masked, 0, 1);
    struct stream *s = open_stream(d);
    struct batch b;
    struct error e;
    MUST(batch_open(&b, LONGEST, &e), &e);
    int whole = 0, books = 0;
    for (int i = 0; i < 200; i++) {
        const struct data_clock clock = {i * LONGEST, 1 << 30, 0};
        MUST(stream_next(s, &clock, LONGEST, LONGEST, &b, &e), &e);
        books += b.source[0] == 1;
        whole += b.source[0] == 1 && b.document[LONGEST - 1] == 0;
    }
    ck_assert_msg(whole > books * 3 / 4, "%d of %d rows that begin with a book are whole", whole,
                  books);
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

TEST(resumes_anywhere)
{
    struct data *d = open_data(masked, 1, 2);
    struct tape whole = new_tape(30000);
    struct stream *s = open_stream(d);
    play(s, &whole, 37, 16);
    stream_close(s);
    struct batch b;
    struct error e;
    MUST(batch_open(&b, 997, &e), &e);
    for (int stop = 0; stop < 60; stop++) {
        struct tape t = new_tape(30000);
        s = open_stream(d);
        const int step = 1 + stop * 13;
        for (int i = 0; i < stop; i++) {
            const struct data_clock clock = {t.n, 1 << 30, 0};
            MUST(stream_next(s, &clock, step, 16, &b, &e), &e);
            record(&t, &b);
        }
        const size_t size = stream_state_size(s);
        unsigned char *state = malloc(size);
        stream_save(s, state);
        stream_close(s);
        s = open_stream(d);
        MUST(stream_load(s, state, size, &e), &e);
        play(s, &t, 512, 512);
        same(&whole, &t);
        stream_close(s);
        free(state);
        free(t.token);
    }
    batch_close(&b);
    free(whole.token);
    data_close(d);
}
END

static void load_fails(struct stream *s, const void *state, size_t size, const char *text)
{
    struct error e = {0};
    ck_assert_int_eq(stream_load(s, state, size, &e), E_FORMAT);
    ck_assert_str_eq(e.text, text);
}

TEST(a_foreign_state_is_refused)
{
    struct data *d = open_data(masked, 1, 1);
    struct stream *s = open_stream(d), *other;
    struct tape t = new_tape(5000);
    struct error e;
    play(s, &t, 500, 100);
    const size_t size = stream_state_size(s);
    unsigned char *state = malloc(size), *bad = malloc(size);
    stream_save(s, state);
    load_fails(s, state, 10, "the saved training stream is cut short (10 bytes)");
    char text[128];
    snprintf(text, sizeof text, "the saved training stream has %zu bytes, not %zu", size - 1, size);
    load_fails(s, state, size - 1, text);
    memcpy(bad, state, size);
    bad[0] ^= 1;
    load_fails(s, bad, size, "the saved training stream has an unknown format");
    MUST(stream_open(&other, d, NULL, 256, 7, &e), &e);
    load_fails(other, state, size, "the training stream was saved with longest row 512, not 256");
    stream_close(other);
    MUST(stream_open(&other, d, NULL, LONGEST, 8, &e), &e);
    load_fails(other, state, size, "the training stream was saved with seed 7, not 8");
    stream_close(other);
    /* any byte may be wrong: refused or harmless, never out of bounds */
    for (size_t i = 0; i < size; i++) {
        memcpy(bad, state, size);
        bad[i] ^= 0x81;
        other = open_stream(d);
        struct batch b;
        MUST(batch_open(&b, 700, &e), &e);
        const struct data_clock clock = {0, 1 << 30, 0};
        if (!stream_load(other, bad, size, &e))
            MUST(stream_next(other, &clock, 700, 512, &b, &e), &e);
        batch_close(&b);
        stream_close(other);
    }
    free(state);
    free(bad);
    free(t.token);
    stream_close(s);
    data_close(d);
}
END

TEST(a_new_mixer_keeps_the_cursors)
{
    struct data *d = open_data(masked, 1, 1);
    struct stream *s = open_stream(d);
    struct tape t = new_tape(10000);
    struct error e;
    play(s, &t, 500, 100);
    const double weights[] = {0, 1, 0};
    const struct conf_reals only_books = {3, weights};
    const struct conf_variant m = {.type = conf_registry_find(&mixer_registry, "static"),
                                   .opts = (void *)&only_books};
    const struct stream_cursor before = s->cursor[1];
    MUST(stream_set_mixer(s, &m, &e), &e);
    ck_assert_mem_eq(&before, &s->cursor[1], sizeof before);
    struct tape u = new_tape(4000);
    play(s, &u, 500, 100);
    for (int i = LONGEST; i < u.n; i++) ck_assert_int_eq(u.source[i], 1);
    const struct conf_reals bad = {2, weights};
    const struct conf_variant wrong = {.type = m.type, .opts = (void *)&bad};
    ck_assert_int_eq(stream_set_mixer(s, &wrong, &e), E_USAGE);
    ck_assert_str_eq(e.text, "mixer static: 2 weights for 3 sources");
    free(t.token);
    free(u.token);
    stream_close(s);
    data_close(d);
}
END

TEST(order_depends_on_the_seed)
{
    struct data *d = open_data(masked, 1, 1);
    struct stream *a = open_stream(d), *b;
    struct error e;
    MUST(stream_open(&b, d, NULL, LONGEST, 8, &e), &e);
    struct tape x = new_tape(5000), y = new_tape(5000);
    play(a, &x, 500, 100);
    play(b, &y, 500, 100);
    ck_assert(memcmp(x.token, y.token, 5000 * sizeof *x.token));
    free(x.token);
    free(y.token);
    stream_close(a);
    stream_close(b);
    data_close(d);
}
END

TEST(rows_longer_than_the_run_allows_are_refused)
{
    struct data *d = open_data(masked, 1, 1);
    struct stream *s = open_stream(d);
    const struct data_clock clock = {0, 1, 0};
    struct batch b = {0};
    struct error e;
    ck_assert_int_eq(stream_next(s, &clock, 1024, 1024, &b, &e), E_USAGE);
    ck_assert_str_eq(e.text, "rows of 1024 tokens in a run whose longest row is 512");
    stream_close(s);
    data_close(d);
}
END

TEST(steps_do_not_allocate)
{
    struct data *d = open_data(masked, 1, 1);
    struct stream *s = open_stream(d);
    struct batch b;
    struct error e;
    MUST(batch_open(&b, 4096, &e), &e);
    const struct data_clock clock = {0, 1 << 30, 0};
    MUST(stream_next(s, &clock, 4096, 512, &b, &e), &e);
    const size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 50; i++) MUST(stream_next(s, &clock, 4096, 512, &b, &e), &e);
    ck_assert_uint_eq(mallinfo2().uordblks, before);
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

int main(void)
{
    write_files();
    const int status = run_tests(
        "stream", one_stream_for_every_batch_and_length, text_sources_lose_no_target_but_at_borders,
        shares_are_exact_at_every_prefix, every_document_once_per_epoch, pieces_make_the_document,
        cut_documents_are_the_same_text, long_documents_fill_rows, resumes_anywhere,
        a_foreign_state_is_refused, a_new_mixer_keeps_the_cursors, order_depends_on_the_seed,
        rows_longer_than_the_run_allows_are_refused, steps_do_not_allocate, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) ? EXIT_FAILURE : status;
}
