/* Packings: what becomes of every token of every document, whatever the rows. */
#include "src/data/stream.h"

#include <unistd.h>

#include "tests/testing.h"

enum { LONGEST = 256, SEEN = 1 << 15 };

static const int packings[] = {PACK_CONCAT, PACK_POWER_OF_TWO, PACK_PAD, PACK_BEST_FIT,
                               PACK_DECOMPOSE};

static struct data *open_data(struct packing_config p, bool classes)
{
    static const double edges[] = {600};
    struct source_config s[2] = {
        {.name = "a", .generate = "copy_lag", .tokens = 20000, .weight = 1},
        {.name = "b", .generate = "keyed_records", .tokens = 90000, .weight = 2}};
    const struct data_config c = {.sources = {2, s},
                                  .packing = p,
                                  .dev_fraction = 0.05,
                                  .test_fraction = 0.05,
                                  .length_classes = {classes, edges}};
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    return d;
}

static struct packing_config packing(int type)
{
    return (struct packing_config){
        .type = type, .document_mask = true, .reset_positions = true, .shortest = 1};
}

/* Row length and tokens of the steps that follow one another; pools have powers of two alone. */
static int row_length(int type, int step)
{
    static const int any[] = {256, 64, 100, 256, 7, 128}, powers[] = {256, 64, 128, 256, 8, 128};
    return type == PACK_DECOMPOSE ? powers[step % 6] : any[step % 6];
}

static int step_tokens(int type, int step)
{
    static const int any[] = {1000, 512, 999, 256, 70, 2048},
                     whole[] = {1024, 512, 1024, 256, 64, 2048};
    return type == PACK_DECOMPOSE ? whole[step % 6] : any[step % 6];
}

static void count_batch(const struct stream *s, const struct batch *b, int64_t *given)
{
    for (int i = 0; i < b->tokens; i++)
        if (b->length_class[i] != NO_CLASS)
            given[b->source[i] * s->data->classes + b->length_class[i]]++;
}

/* Under every packing and any sequence of rows and batches, and a change of the mix on the way: the tokens given out and those that
 * wait are exactly those drawn, and what is drawn is whole documents in the order of the cell. */
TEST(nothing_is_lost_or_repeated)
{
    const double shares[] = {3, 1};
    const struct conf_reals weights = {2, shares};
    const struct conf_variant other_mix = {.type = conf_registry_find(&mixer_registry, "static"),
                                           .opts = (void *)&weights};
    for (int k = 0; k < 5; k++)
        for (int classes = 0; classes < 2; classes++) {
            struct data *d = open_data(packing(packings[k]), classes);
            struct stream *s;
            struct batch b;
            struct error e;
            int64_t given[4] = {0}, at = 0;
            MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
            MUST(batch_open(&b, 2048, &e), &e);
            for (int step = 0; step < 120; step++) {
                const struct data_clock clock = {at, 1 << 30, step};
                if (step == 50) MUST(stream_set_mixer(s, &other_mix, &e), &e);
                MUST(stream_next(s, &clock, step_tokens(packings[k], step),
                                 row_length(packings[k], step), &b, &e),
                     &e);
                ck_assert_int_eq(b.tokens, step_tokens(packings[k], step));
                at += b.tokens;
                count_batch(s, &b, given);
                struct mix_count count[4];
                stream_counts(s, NULL, count);
                for (int cell = 0; cell < s->cells; cell++) {
                    int64_t waiting = 0, drawn = 0;
                    for (int i = 0; i < s->pieces; i++)
                        if (s->piece[i].cell == cell) waiting += s->piece[i].left;
                    ck_assert_int_eq(count[cell].waiting, waiting);
                    if (s->slot.cell == cell) waiting += s->slot.left;
                    if (s->ahead.exists && s->ahead_cell == cell) waiting++;
                    const struct stream_cursor *c = &s->cursor[cell];
                    drawn = c->epoch * d->cell[cell].tokens + c->offset;
                    const struct part_list *l =
                        &d->source[stream_source(s, cell)].split[SPLIT_TRAIN];
                    for (int64_t n = 0; n < c->next; n++) {
                        struct stream_cursor before = *c;
                        before.next = n;
                        drawn += part_tokens(&l->v[stream_part(s, cell, &before)]);
                    }
                    ck_assert_int_eq(c->drawn, drawn);
                    ck_assert_int_eq(given[cell] + waiting, drawn);
                }
            }
            ck_assert_int_ge(s->cursor[0].epoch, 1);
            batch_close(&b);
            stream_close(s);
            data_close(d);
        }
}
END

/* The symbols, too: what is given out of a cell, piece by piece, is its documents. */
TEST(documents_come_whole)
{
    for (int k = 0; k < 5; k++) {
        struct data *d = open_data(packing(packings[k]), false);
        struct stream *s;
        struct batch b;
        struct error e;
        MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
        MUST(batch_open(&b, 2048, &e), &e);
        int64_t histogram[257] = {0}, want[257] = {0}, at = 0;
        for (int step = 0; step < 40; step++) {
            const struct data_clock clock = {at, 1 << 30, step};
            MUST(stream_next(s, &clock, step_tokens(packings[k], step),
                             row_length(packings[k], step), &b, &e),
                 &e);
            at += b.tokens;
            for (int i = 0; i < b.tokens; i++)
                if (b.source[i] == 1 && b.length_class[i] != NO_CLASS) histogram[b.token[i]]++;
        }
        /* add what waits, and compare with the documents drawn */
        const struct part_list *l = &d->source[1].split[SPLIT_TRAIN];
        struct reader r;
        int32_t *token = malloc(SEEN * sizeof *token);
        MUST(reader_open(&r, &d->source[1], &e), &e);
        for (int i = 0; i <= s->pieces; i++) {
            const struct stream_slot *p = i < s->pieces ? &s->piece[i] : &s->slot;
            if (p->cell != 1 || !p->left) continue;
            part_read(d, 1, &r, &l->v[p->document], p->at, (int)p->left, token);
            for (int j = 0; j < p->left; j++) histogram[token[j]]++;
        }
        if (s->ahead.exists && s->ahead_cell == 1) histogram[s->ahead.token]++;
        const struct stream_cursor *c = &s->cursor[1];
        for (struct stream_cursor at_part = {0}; at_part.epoch <= c->epoch; at_part.epoch++)
            for (at_part.next = 0; at_part.next < l->n; at_part.next++) {
                const bool last = at_part.epoch == c->epoch && at_part.next == c->next;
                if (at_part.epoch == c->epoch && at_part.next > c->next) break;
                const struct part *p = &l->v[stream_part(s, 1, &at_part)];
                const int n = last ? (int)c->offset : (int)part_tokens(p);
                if (n) part_read(d, 1, &r, p, 0, n, token);
                for (int j = 0; j < n; j++) want[token[j]]++;
            }
        ck_assert_mem_eq(histogram, want, sizeof want);
        reader_close(&r);
        free(token);
        batch_close(&b);
        stream_close(s);
        data_close(d);
    }
}
END

TEST(rows_are_what_the_packing_says)
{
    for (int k = 0; k < 4; k++) {
        struct data *d = open_data(packing(packings[k]), false);
        struct stream *s;
        struct batch b;
        struct error e;
        int64_t padding = 0, tokens = 0;
        MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
        MUST(batch_open(&b, 4096, &e), &e);
        for (int step = 0; step < 20; step++) {
            const struct data_clock clock = {tokens, 1 << 30, step};
            MUST(stream_next(s, &clock, 4000, LONGEST, &b, &e), &e);
            tokens += b.tokens;
            ck_assert_int_eq(b.row_start[b.rows], 4000);
            for (int r = 0; r < b.rows; r++) {
                const int from = b.row_start[r], to = b.row_start[r + 1];
                int pads = 0, documents = 1, wrong = 0; /* counted: many tokens */
                for (int i = from; i < to; i++) {
                    const bool pad = b.length_class[i] == NO_CLASS;
                    pads += pad;
                    wrong += pads && !pad; /* padding ends a row */
                    wrong += pad && b.target[i] != NO_TARGET;
                    wrong += b.position[i] != i - b.anchor[i];
                    documents += i > from && !pad && b.document[i] != b.document[i - 1];
                }
                ck_assert_int_eq(wrong, 0);
                padding += pads;
                if (packings[k] == PACK_POWER_OF_TWO) {
                    ck_assert_int_eq((to - from) & (to - from - 1), 0);
                    ck_assert_int_le(to - from, LONGEST);
                } else {
                    ck_assert_int_eq(from, r * LONGEST);
                }
                if (packings[k] == PACK_POWER_OF_TWO || packings[k] == PACK_PAD)
                    ck_assert_int_eq(documents, 1);
            }
        }
        const double waste = (double)padding / (double)tokens;
        if (packings[k] == PACK_CONCAT || packings[k] == PACK_POWER_OF_TWO)
            ck_assert_int_eq(padding, 0);
        if (packings[k] == PACK_PAD) ck_assert_double_gt(waste, 0.03);
        if (packings[k] == PACK_BEST_FIT) ck_assert_double_lt(waste, 0.02);
        struct mix_count count[2];
        real *loss = calloc(4096, sizeof *loss);
        stream_add_losses(s, &b, loss);
        stream_counts(s, count, NULL);
        ck_assert_int_eq(count[0].padded + count[1].padded, padding);
        free(loss);
        batch_close(&b);
        stream_close(s);
        data_close(d);
    }
}
END

/* n = sum of its binary digits, largest first, within the row length. */
TEST(binary_decomposition_sums_to_the_document)
{
    struct data *d = open_data(packing(PACK_POWER_OF_TWO), false);
    struct stream *s;
    struct batch b;
    struct error e;
    const double one_source[] = {0, 1};
    const struct conf_reals weights = {2, one_source};
    const struct conf_variant m = {.type = conf_registry_find(&mixer_registry, "static"),
                                   .opts = (void *)&weights};
    MUST(stream_open(&s, d, &m, LONGEST, 5, &e), &e);
    MUST(batch_open(&b, 30000, &e), &e);
    const struct data_clock clock = {0, 1 << 30, 0};
    MUST(stream_next(s, &clock, 30000, LONGEST, &b, &e), &e);
    int documents = 0;
    for (int r = 0; r < b.rows;) {
        const int document = b.document[b.row_start[r]];
        int64_t sum = 0, before = LONGEST;
        int first = r;
        for (; r < b.rows && b.document[b.row_start[r]] == document; r++) {
            const int n = b.row_start[r + 1] - b.row_start[r];
            ck_assert(n < before || n == LONGEST || first == r);
            ck_assert_int_le(n, before);
            before = n;
            sum += n;
        }
        if (r == b.rows) break; /* cut by the end of the batch */
        const int last = b.row_start[r] - 1;
        ck_assert_int_eq(b.token[last], 256);
        ck_assert_int_eq(b.target[last], NO_TARGET);
        int64_t rest = sum % LONGEST, rows = sum / LONGEST;
        for (; rest; rest &= rest - 1) rows++;
        ck_assert_int_eq(r - first, rows);
        documents++;
    }
    ck_assert_int_gt(documents, 5);
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

/* Every document is cut once, whatever rows are asked for: within an epoch no piece comes twice,
 * each row is one, and what the pools cannot give is an error. */
TEST(pools_of_decomposed_documents)
{
    struct packing_config p = packing(PACK_DECOMPOSE);
    p.shortest = 16;
    struct data *d = open_data(p, false);
    struct stream *s;
    struct batch b;
    struct error e;
    static unsigned char taken[4096][64]; /* by document and piece of 16 */
    int64_t tokens = 0;
    MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
    MUST(batch_open(&b, 2048, &e), &e);
    for (int step = 0; step < 12; step++) {
        const struct data_clock clock = {tokens, 1 << 30, step};
        const int length = 16 << (step % 5), before = s->pieces;
        MUST(stream_next(s, &clock, 1024, length, &b, &e), &e);
        ck_assert_int_eq(b.rows, 1024 / length);
        for (int r = 0; r < b.rows; r++)
            for (int i = b.row_start[r]; i < b.row_start[r + 1]; i++) {
                ck_assert_int_eq(b.position[i], i - b.row_start[r]);
                ck_assert_int_eq(b.document[i], r);
                ck_assert_int_ne(b.length_class[i], NO_CLASS);
            }
        ck_assert(s->pieces > 0 || before > 0);
        for (int i = 0; i < s->pieces; i++) {
            const struct stream_slot *w = &s->piece[i];
            if (!w->left) continue; /* given out */
            ck_assert_int_eq(w->left & (w->left - 1), 0);
            ck_assert_int_ge(w->left, 16);
            ck_assert_int_le(w->left, LONGEST);
        }
        tokens += b.tokens;
    }
    /* what waits is disjoint */
    memset(taken, 0, sizeof taken);
    for (int i = 0; i < s->pieces && !s->cursor[1].epoch; i++) {
        const struct stream_slot *w = &s->piece[i];
        if (!w->left || w->cell != 1 || w->document >= 4096 || w->at >= 1024) continue;
        unsigned char *mark = &taken[w->document][w->at / 16];
        ck_assert_int_eq(*mark, 0);
        *mark = 1;
    }
    const struct data_clock clock = {tokens, 1 << 30, 12};
    ck_assert_int_eq(stream_next(s, &clock, 1024, 8, &b, &e), E_USAGE);
    ck_assert_str_eq(e.text,
                     "decomposed documents have no pieces of 8 tokens: powers of two from 16 "
                     "are valid");
    ck_assert_int_eq(stream_next(s, &clock, 1024, 96, &b, &e), E_USAGE);
    stream_close(s);
    MUST(stream_open(&s, d, NULL, 1 << 20, 5, &e), &e);
    ck_assert_int_eq(stream_next(s, &clock, 2048, 1 << 15, &b, &e), E_USAGE);
    ck_assert_str_eq(e.text, "no document that may be drawn has a piece of 32768 tokens");
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

/* While lengths that no step asks for pile up, and when their turn comes: a pool's mark never
 * passes what waits in it, pieces given out are at most half, and the oldest of a length comes
 * next. */
TEST(pools_that_pile_up_are_passed_once)
{
    struct data *d = open_data(packing(PACK_DECOMPOSE), false);
    struct stream *s;
    struct batch b;
    struct error e;
    int64_t tokens = 0;
    int most = 0;
    MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
    MUST(batch_open(&b, 1024, &e), &e);
    for (int step = 0; step < 200; step++) {
        const struct data_clock clock = {tokens, 1 << 30, step};
        const int length = step < 100 ? 64 : step < 180 ? 1 << step % 4 : 256;
        int oldest = 0;
        while (oldest < s->pieces && s->piece[oldest].left != length) oldest++;
        const bool waits = oldest < s->pieces;
        const int64_t cell = waits ? s->piece[oldest].cell : 0;
        int32_t first = 0;
        if (waits)
            part_read(d, (int)cell, &s->reader[cell],
                      &d->source[cell].split[SPLIT_TRAIN].v[s->piece[oldest].document],
                      s->piece[oldest].at, 1, &first);
        MUST(stream_next(s, &clock, length < 64 ? 16 * length : 1024, length, &b, &e), &e);
        if (waits) ck_assert_int_eq(b.source[0], cell);
        if (waits) ck_assert_int_eq(b.token[0], first);
        tokens += b.tokens;
        int given_out = 0, passed = 0; /* counted: an assertion is a call of the system */
        for (int i = 0; i < s->pieces; i++) {
            const int64_t left = s->piece[i].left;
            given_out += !left;
            for (int j = 0; j <= 8; j++) passed += left == 1 << j && i < s->pool_at[j];
        }
        ck_assert_int_eq(passed, 0);
        ck_assert_int_eq(given_out, s->given_out);
        ck_assert_int_le(given_out, s->pieces / 2);
        if (s->pieces > most) most = s->pieces;
    }
    ck_assert_int_gt(most, 1000);
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

TEST(every_packing_resumes_anywhere)
{
    for (int k = 0; k < 5; k++) {
        struct data *d = open_data(packing(packings[k]), true);
        struct stream *whole, *s;
        struct batch b, c;
        struct error e;
        MUST(stream_open(&whole, d, NULL, LONGEST, 5, &e), &e);
        MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
        MUST(batch_open(&b, 2048, &e), &e);
        MUST(batch_open(&c, 2048, &e), &e);
        for (int step = 0, at = 0; step < 40; step++) {
            const struct data_clock clock = {at, 1 << 30, step};
            const size_t size = stream_state_size(s);
            unsigned char *state = malloc(size);
            stream_save(s, state);
            stream_close(s);
            MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
            MUST(stream_load(s, state, size, &e), &e);
            free(state);
            MUST(stream_next(whole, &clock, step_tokens(packings[k], step),
                             row_length(packings[k], step), &b, &e),
                 &e);
            MUST(stream_next(s, &clock, step_tokens(packings[k], step),
                             row_length(packings[k], step), &c, &e),
                 &e);
            const size_t n = (size_t)b.tokens;
            ck_assert_mem_eq(b.token, c.token, n * sizeof *b.token);
            ck_assert_mem_eq(b.target, c.target, n * sizeof *b.target);
            ck_assert_mem_eq(b.anchor, c.anchor, n * sizeof *b.anchor);
            ck_assert_mem_eq(b.length_class, c.length_class, n * sizeof *b.length_class);
            ck_assert_int_eq(b.rows, c.rows);
            at += b.tokens;
            const size_t after = stream_state_size(s);
            unsigned char *states = malloc(2 * after);
            ck_assert_uint_eq(after, stream_state_size(whole));
            stream_save(s, states);
            stream_save(whole, states + after);
            ck_assert_mem_eq(states, states + after, after);
            free(states);
        }
        batch_close(&b);
        batch_close(&c);
        stream_close(s);
        stream_close(whole);
        data_close(d);
    }
}
END

TEST(truncated_documents_are_counted)
{
    for (int k = 2; k < 4; k++) {
        struct packing_config p = packing(packings[k]);
        p.long_documents = LONG_TRUNCATE;
        struct data *d = open_data(p, false);
        struct stream *s;
        struct batch b;
        struct error e;
        MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
        MUST(batch_open(&b, 2048, &e), &e);
        real *loss = calloc(2048, sizeof *loss);
        for (int step = 0; step < 30; step++) {
            const struct data_clock clock = {step * 2048, 1 << 30, step};
            MUST(stream_next(s, &clock, 2048, LONGEST, &b, &e), &e);
            stream_add_losses(s, &b, loss);
        }
        struct mix_count count[2];
        stream_counts(s, count, NULL);
        for (int i = 0; i < 2; i++) {
            /* whole documents: kept, dropped, or waiting */
            int64_t waiting = 0, documents = 0;
            for (int j = 0; j < s->pieces; j++)
                if (s->piece[j].cell == i) waiting += s->piece[j].left;
            const struct part_list *l = &d->source[i].split[SPLIT_TRAIN];
            struct stream_cursor c = {0};
            for (; c.epoch < s->cursor[i].epoch || c.next < s->cursor[i].next;) {
                documents += part_tokens(&l->v[stream_part(s, i, &c)]);
                if (++c.next == l->n) c.next = 0, c.epoch++;
            }
            ck_assert_int_eq(count[i].tokens + count[i].dropped + waiting, documents);
            ck_assert_int_gt(count[i].dropped, count[i].tokens);
        }
        free(loss);
        batch_close(&b);
        stream_close(s);
        data_close(d);
    }
}
END

/* 200 texts of 10 to 300 bytes. */
static struct data *open_texts(struct packing_config p)
{
    static char path[64];
    static const char *paths[] = {path};
    struct source_config s = {.name = "t", .path = {1, paths}, .weight = 1};
    const struct data_config c = {.sources = {1, &s}, .packing = p};
    struct data *d;
    struct error e;
    snprintf(path, sizeof path, "/tmp/ropewalk-test-packing-%ld.jsonl", (long)getpid());
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 200; i++) fprintf(f, "{\"text\": \"%0*d\"}\n", 10 + i * 97 % 290, i);
    fclose(f);
    MUST(data_open(&d, &c, 1, &e), &e);
    remove(path);
    return d;
}

/* Nothing is predicted across a tail that was cut off; the first token of the next document in the
 * row is, from the end of one that came whole, if first tokens are predicted. */
TEST(a_truncated_tail_is_nobodys_target)
{
    for (int k = 2; k < 4; k++)
        for (int first = FIRST_PREDICT; first <= FIRST_DROP; first++) {
            struct packing_config p = packing(packings[k]);
            p.long_documents = LONG_TRUNCATE;
            p.first_token = first;
            struct data *d = open_texts(p);
            struct stream *s;
            struct batch b;
            struct error e;
            int cut = 0, joined = 0;
            MUST(stream_open(&s, d, NULL, LONGEST, 5, &e), &e);
            MUST(batch_open(&b, 2048, &e), &e);
            for (int step = 0; step < 60; step++) {
                const int length = step % 2 ? LONGEST : 64;
                const struct data_clock clock = {2000 * step, 1 << 30, step};
                MUST(stream_next(s, &clock, 2000, length, &b, &e), &e);
                for (int r = 0; r < b.rows; r++)
                    for (int i = b.row_start[r]; i < b.row_start[r + 1]; i++) {
                        const bool last = i + 1 == b.row_start[r + 1],
                                   pad = b.length_class[i] == NO_CLASS, ended = b.token[i] == 256,
                                   goes_on = !last && b.document[i + 1] == b.document[i],
                                   follows = !last && !goes_on && b.length_class[i + 1] != NO_CLASS,
                                   joins = ended && follows && first == FIRST_PREDICT;
                        ck_assert_int_eq(b.target[i],
                                         !pad && (goes_on || joins) ? b.token[i + 1] : NO_TARGET);
                        cut += !pad && !goes_on && !ended;
                        joined += !pad && joins;
                    }
            }
            ck_assert_int_gt(cut, 50);
            ck_assert((joined > 0) == (first == FIRST_PREDICT && packings[k] == PACK_BEST_FIT));
            batch_close(&b);
            stream_close(s);
            data_close(d);
        }
}
END

/* The four switches move alone. */
TEST(switches_are_separate)
{
    for (int mask = 0; mask < 2; mask++)
        for (int first = FIRST_AUTO; first <= FIRST_DROP; first++)
            for (int k = 0; k < 4; k++) {
                struct packing_config p = {.type = packings[k],
                                           .document_mask = mask,
                                           .reset_positions = true,
                                           .first_token = first,
                                           .loss = WEIGH_SEQUENCES};
                static const char *text[1] = {"/tmp/ropewalk-test-packing.jsonl"};
                FILE *f = fopen(text[0], "w");
                for (int i = 0; i < 40; i++) fprintf(f, "{\"text\": \"document %d\"}\n", i);
                fclose(f);
                struct source_config c = {.name = "t", .path = {1, text}, .weight = 1};
                const struct data_config config = {.sources = {1, &c}, .packing = p};
                struct data *d;
                struct stream *s;
                struct batch b;
                struct error e;
                MUST(data_open(&d, &config, 1, &e), &e);
                MUST(stream_open(&s, d, NULL, 64, 5, &e), &e);
                MUST(batch_open(&b, 640, &e), &e);
                const struct data_clock clock = {0, 1 << 30, 0};
                MUST(stream_next(s, &clock, 640, 64, &b, &e), &e);
                const bool drop = first == FIRST_DROP || (first == FIRST_AUTO && mask);
                int crossing = 0, sequences = 0;
                double weight = 0;
                for (int i = 0; i < b.tokens; i++) {
                    if (b.token[i] == 256 && b.target[i] != NO_TARGET) crossing++;
                    sequences += i == 0 || b.document[i] != b.document[i - 1];
                    sequences -= b.length_class[i] == NO_CLASS &&
                                 (i == 0 || b.document[i] != b.document[i - 1]);
                    weight += (double)b.weight[i];
                }
                ck_assert_msg((crossing > 0) == (!drop && packings[k] != PACK_PAD),
                              "packing %d mask %d first %d: %d", k, mask, first, crossing);
                ck_assert_double_eq_tol(weight, b.weight_sum, 1e-4);
                ck_assert_double_eq_tol(b.weight_sum, sequences,
                                        1.0001); /* one may be cut to a token */
                batch_close(&b);
                stream_close(s);
                data_close(d);
                remove(text[0]);
            }
}
END

int main(void)
{
    return run_tests("packing", nothing_is_lost_or_repeated, documents_come_whole,
                     rows_are_what_the_packing_says, binary_decomposition_sums_to_the_document,
                     pools_of_decomposed_documents, pools_that_pile_up_are_passed_once,
                     every_packing_resumes_anywhere, truncated_documents_are_counted,
                     a_truncated_tail_is_nobodys_target, switches_are_separate, NULL);
}
