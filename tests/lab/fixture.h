/* fixture.h -- a small base for sweeps, and sweep files beside it. */
#ifndef TESTS_LAB_FIXTURE_H
#define TESTS_LAB_FIXTURE_H

#include "src/lab/sweep_plan.h"
#include "tests/base/scratch.h"

static const char sweep_base[] =
    "model: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2}\n"
    "position: {type: rope}\n"
    "data: {sources: [{generate: copy_lag, tokens: 2k}]}\n"
    "optim: {lr: 3e-3, batch_tokens: 256}\n"
    "stages: [{tokens: 2k, length: 64}]\n"
    "eval: {tokens: 300}\n";

/* Tests run inside the scratch folder, so that messages name no folder. */
static inline void enter_scratch(void)
{
    scratch_open();
    FILE *f = chdir(scratch) ? NULL : fopen("base.yaml", "w");
    if (!f || fputs(sweep_base, f) < 0 || fclose(f)) exit(EXIT_FAILURE);
}

static inline struct sweep *open_sweep(const char *text)
{
    struct sweep *s;
    struct error e;
    put_file("s.yaml", text, strlen(text));
    MUST(sweep_open(&s, "s.yaml", 0, NULL, &e), &e);
    return s;
}

/* Labels of all arms, separated by " | ". */
static inline const char *labels(struct sweep *s)
{
    const char *all = "";
    for (int i = 0; i < s->n_arms; i++)
        all = conf_text(s->conf, "%s%s%s", all, i ? " | " : "", s->arms[i].label);
    return all;
}

static inline void expect_labels(const char *text, const char *want)
{
    struct sweep *s = open_sweep(text);
    ck_assert_str_eq(labels(s), want);
    sweep_close(s);
}

#endif
