/* Laws that every registered retrieval task is held to, and what a task does as a source. */
#include "tests/data/tasks.h"

enum { LENGTHS = 4 };
static const int lengths[LENGTHS] = {256, 300, 1024, 5000};

TEST(every_task_writes_what_it_says)
{
    static const double depth[5] = {0, 0.25, 0.5, 0.75, 1};
    for (const struct variant *const *v = retrieval_registry.types; *v; v++)
        for (int l = 0; l < LENGTHS; l++)
            for (int mode = 0; mode < 3; mode++) {
                struct fixture f;
                open_task(&f, (*v)->name);
                const struct task_plan p = {.tokens = lengths[l],
                                            .questions = f.type->single ? 1 : 5,
                                            .depth = mode == 1 ? depth : NULL,
                                            .isolated = mode > 0,
                                            .held_out = mode > 0};
                for (int seed = 0; seed < 5; seed++) {
                    struct task_sample s = sample(&f, &p, seed), again = sample(&f, &p, seed);
                    check_shape(&f, &p, &s);
                    check_evidence(&f, &s);
                    ck_assert(!memcmp(s.text, again.text, (size_t)s.tokens));
                    free(s.text);
                    free(again.text);
                }
                conf_close(f.conf);
            }
}
END

TEST(depths_are_where_they_were_asked_for)
{
    static const double depth[5] = {1, 0, 0.25, 0.75, 0.5};
    static const char *const names[] = {"needle_multikey", "key_value", "line_retrieval", "copy",
                                        "sentence_by_mark"};
    for (int i = 0; i < 5; i++) {
        struct fixture f;
        open_task(&f, names[i]);
        const struct task_plan p = {
            .tokens = 2048, .questions = 5, .depth = depth, .isolated = true, .held_out = true};
        struct task_sample s = sample(&f, &p, 1);
        ck_assert_int_eq(s.n, 5);
        for (int k = 0; k < 5; k++)
            ck_assert_msg(fabs(s.question[k].at - depth[k]) < 0.06, "%s: %g, not %g", names[i],
                          s.question[k].at, depth[k]);
        free(s.text);
        conf_close(f.conf);
    }
}
END

/* No value that is scored is ever trained. */
TEST(held_out_values_are_never_trained)
{
    enum { CODES = 100000 };
    static unsigned char side[CODES];
    struct fixture f;
    open_task(&f, "passkey");
    for (int held_out = 0; held_out < 2; held_out++)
        for (int seed = 0; seed < 4000; seed++) {
            const struct task_plan p = {
                .tokens = 32, .questions = 1, .isolated = true, .held_out = held_out};
            struct task_sample s = sample(&f, &p, seed + held_out * 100000);
            int code = 0;
            for (int i = s.question[0].answer; i < s.question[0].end; i++)
                code = code * 10 + s.text[i] - '0';
            side[code] |= (unsigned char)(1 << held_out);
            free(s.text);
        }
    for (int i = 0; i < CODES; i++) ck_assert_int_ne(side[i], 3);
    conf_close(f.conf);
}
END

/* mqar: each key once in the list and once asked for, near gaps far more often than far ones. */
TEST(mqar_asks_every_key_once)
{
    struct fixture f;
    open_task(&f, "{type: mqar, pairs: 16}");
    const struct task_plan p = {.tokens = 512, .questions = 4};
    int near = 0, all = 0;
    for (int seed = 0; seed < 50; seed++) {
        struct task_sample s = sample(&f, &p, seed);
        int seen[256] = {0};
        ck_assert_int_eq(s.n, 16);
        for (int i = 0; i < s.tokens; i += 2) seen[s.text[i]]++;
        for (int c = 128; c < 192; c++) ck_assert(seen[c] == 0 || seen[c] == 2);
        for (int k = 0; k < s.n; k++, all++) near += s.question[k].begin < 32 + 2 * 40;
        free(s.text);
    }
    ck_assert_int_gt(near, all * 6 / 10);
    conf_close(f.conf);
}
END

/* The last value of every key counts; a new value is never the old one. */
TEST(mqar_forgetting_asks_for_the_last_value)
{
    struct fixture f;
    open_task(&f, "{type: mqar_forgetting, pairs: 16, updates: 6, symbols: 20}");
    const struct task_plan p = {.tokens = 300, .questions = 4};
    for (int seed = 0; seed < 50; seed++) {
        struct task_sample s = sample(&f, &p, seed);
        int value[256] = {0}, updates[256] = {0}, asked[256] = {0}, updated = 0;
        for (int i = 0; i < 2 * (16 + 6); i += 2) {
            const int key = s.text[i], old = value[key];
            ck_assert(key >= 128 && key < 148 && s.text[i + 1] >= 192 && s.text[i + 1] < 212);
            ck_assert_int_ne(old, s.text[i + 1]);
            updates[key] += old > 0;
            value[key] = s.text[i + 1];
        }
        ck_assert_int_eq(s.n, 16);
        for (int k = 0; k < s.n; k++) {
            const struct task_question *q = &s.question[k];
            const int key = s.text[q->begin];
            ck_assert_int_ge(q->begin, 2 * (16 + 6));
            ck_assert_int_eq(s.text[q->answer], value[key]);
            ck_assert_int_eq(s.text[q->source], key);
            ck_assert_int_eq((int)q->at, updates[key]);
            ck_assert_int_eq(asked[key]++, 0);
            updated += updates[key];
        }
        ck_assert_int_eq(updated, 6);
        free(s.text);
    }
    conf_close(f.conf);
}
END

/* Every pair of halves once in the list and once asked for; either half alone has several
 * values. */
TEST(mqar_compositional_needs_both_halves)
{
    struct fixture f;
    open_task(&f, "{type: mqar_compositional, grid: 4}");
    const struct task_plan p = {.tokens = 256, .questions = 4};
    for (int seed = 0; seed < 50; seed++) {
        struct task_sample s = sample(&f, &p, seed);
        static int value[256][256];
        int first[256] = {0}, second[256] = {0};
        memset(value, 0, sizeof value);
        ck_assert_int_eq(s.n, 16);
        for (int i = 0; i < 3 * 16; i += 3) {
            int *v = &value[s.text[i]][s.text[i + 1]];
            ck_assert_int_eq(*v, 0);
            *v = s.text[i + 2];
            first[s.text[i]]++;
            second[s.text[i + 1]]++;
        }
        for (int c = 0; c < 256; c++) {
            ck_assert(first[c] == 0 || (first[c] == 4 && c >= 128 && c < 160));
            ck_assert(second[c] == 0 || (second[c] == 4 && c >= 160 && c < 192));
        }
        for (int k = 0; k < s.n; k++) {
            const struct task_question *q = &s.question[k];
            int *v = &value[s.text[q->begin]][s.text[q->begin + 1]];
            ck_assert_int_eq(s.text[q->answer], *v);
            ck_assert_int_ge(q->begin, 3 * 16);
            *v = -1; /* once */
        }
        free(s.text);
    }
    conf_close(f.conf);
}
END

/* Answers are those of the bits since the answer before, of runs of all lengths. */
TEST(cumulative_answers_are_those_of_their_bits)
{
    static const char *const names[] = {"cumulative_parity", "cumulative_majority"};
    for (int majority = 0; majority < 2; majority++) {
        struct fixture f;
        open_task(&f, names[majority]);
        int octave[16] = {0}, answers[2] = {0};
        for (int seed = 0; seed < 200; seed++) {
            const struct task_plan p = {.tokens = 100 + seed, .questions = 4};
            struct task_sample s = sample(&f, &p, seed);
            int at = 0;
            ck_assert_int_eq(s.tokens, p.tokens);
            for (int k = 0; k < s.n; k++) {
                const struct task_question *q = &s.question[k];
                int bits = 0, ones = 0;
                for (; s.text[at] != '='; at++, bits++) {
                    ck_assert(s.text[at] == '0' || s.text[at] == '1');
                    ones += s.text[at] == '1';
                }
                const int want = majority ? 2 * ones > bits : ones % 2;
                ck_assert(!majority || bits % 2);
                ck_assert(q->source_end == at && q->begin == at && q->answer == at + 1);
                ck_assert_int_eq(q->source_end - q->source, bits);
                ck_assert_int_eq((int)q->at, bits);
                ck_assert_int_eq(s.text[q->answer], '0' + want);
                answers[want]++;
                octave[(int)log2(bits)]++;
                at += 2;
            }
            ck_assert(s.n == TASK_QUESTIONS || at > p.tokens - 3);
            free(s.text);
        }
        for (int o = 0; o < 7; o++) ck_assert_int_gt(octave[o], 20);
        ck_assert_double_eq_tol(answers[1] / (double)(answers[0] + answers[1]), 0.5, 0.05);
        conf_close(f.conf);
    }
}
END

/* first_sentence, distinct: capitals stand in the first sentence alone, and no letter twice. */
TEST(a_distinct_sentence_stands_once)
{
    struct fixture f;
    open_task(&f, "{type: first_sentence, words: 2, distinct: true}");
    const struct task_plan p = {.tokens = 256, .questions = 1};
    for (int seed = 0; seed < 20; seed++) {
        struct task_sample s = sample(&f, &p, seed);
        int seen[256] = {0};
        for (int i = 0; i < s.trunk; i++) seen[s.text[i]]++;
        for (int i = 0; i < 8; i++) {
            ck_assert(s.text[i] >= 'A' && s.text[i] <= 'J');
            ck_assert_int_eq(seen[s.text[i]], 1);
        }
        ck_assert_int_eq(s.text[8], '.');
        ck_assert_int_eq(s.question[0].end - s.question[0].answer, 9);
        ck_assert_int_eq(s.symbols, 10);
        for (int c = 'A', all = 0; c <= 'Z'; c++) {
            all += seen[c];
            if (c == 'Z') ck_assert_int_eq(all, 8);
        }
        free(s.text);
    }
    conf_close(f.conf);
}
END

/* Of a source, answers alone are targets; every one of them, whatever the row length. */
TEST(a_source_scores_answers_alone)
{
    struct fixture f;
    struct error e;
    struct data *d;
    struct batch b;
    open_task(&f, "{type: key_value, lengths: [100, 200], questions: 3}");
    struct source_config source = {.task = f.task, .tokens = 20000, .weight = 1};
    struct data_config c = {.sources = {1, &source},
                            .packing = {.document_mask = true, .reset_positions = true},
                            .dev_fraction = 0.5,
                            .test_fraction = 0};
    MUST(data_open(&d, &c, 1, &e), &e);
    MUST(batch_open(&b, 4096, &e), &e);
    int64_t targets[2] = {0}, documents = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int64_t cursor = 0;;) {
            MUST(data_eval_next(d, 0, SPLIT_DEV, pass ? 4096 : 37, 4096, 1 << 20, &cursor, &b, &e),
                 &e);
            if (!b.tokens) break;
            for (int i = 0; i < b.tokens; i++) {
                ck_assert_int_lt(b.token[i], 257);
                documents += pass && b.token[i] == 256;
                if (b.target[i] == NO_TARGET) continue;
                ck_assert(b.target[i] >= '0' && b.target[i] <= '9');
                targets[pass]++;
            }
        }
    ck_assert_int_gt(documents, 40);
    ck_assert_int_eq(targets[0], targets[1]);
    ck_assert_int_eq(targets[1], documents * 3 * 4);
    batch_close(&b);
    data_close(d);
    conf_close(f.conf);
}
END

TEST(options_that_cannot_be)
{
    refused("{type: passkey, lengths: [8, 64]}",
            "source 'passkey': passkey: length 8 is not a whole number from 14 to 32768");
    refused("{type: passkey, lengths: [64, 32]}", "source 'passkey': passkey: lengths must ascend");
    refused("{type: passkey, digits: 11, distinct: true}",
            "source 'passkey': passkey: 11 digits cannot all differ");
    refused("{type: first_sentence, words: 3, distinct: true}",
            "source 'first_sentence': first_sentence: 12 capitals cannot all differ");
    refused("{type: passkey, samples: 3}",
            "source 'passkey': passkey: `samples` is for evaluation: a source has `tokens`");
    refused("{type: mqar, questions: 3}",
            "source 'mqar': mqar: the task itself says how many questions there are");
    refused("{type: mqar, symbols: 8, pairs: 9}",
            "source 'mqar': mqar: 9 pairs need as many keys, there are 8");
    refused("{type: mqar_forgetting, pairs: 4, updates: 5}",
            "source 'mqar_forgetting': mqar_forgetting: 5 updates of 4 keys (set `pairs`)");
    refused("{type: mqar_forgetting, pairs: 9, symbols: 8}",
            "source 'mqar_forgetting': mqar_forgetting: 9 pairs need as many keys, there are 8");
    refused("{type: mqar_compositional, grid: 1}",
            "source 'mqar_compositional': mqar_compositional: in a grid of 1 one half of a key "
            "will do");
    refused("{type: mqar_compositional, grid: 5, lengths: [149, 300]}",
            "source 'mqar_compositional': mqar_compositional: length 149 is not a whole number "
            "from 150 to 32768");
    refused("{type: copy, text: book.txt}",
            "source 'copy': copy: has no filler that could be text");
    refused("{type: copy, block: 4, cue: 4}",
            "source 'copy': copy: a cue of 4 letters leaves nothing of a block of 4");
    refused("{type: sentence_by_mark, mark: 1}",
            "source 'sentence_by_mark': sentence_by_mark: marks of one letter do not name 65 "
            "sentences");
    refused("{type: needle_multikey, key: 1}",
            "source 'needle_multikey': needle_multikey: 1 letters give 26 keys, 68 are needed");
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("task", every_task_writes_what_it_says, depths_are_where_they_were_asked_for,
                     held_out_values_are_never_trained, mqar_asks_every_key_once,
                     mqar_forgetting_asks_for_the_last_value, mqar_compositional_needs_both_halves,
                     cumulative_answers_are_those_of_their_bits, a_distinct_sentence_stands_once,
                     a_source_scores_answers_alone, options_that_cannot_be, NULL);
}
