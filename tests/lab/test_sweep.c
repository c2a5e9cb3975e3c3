/* What a sweep file means: arms in order, distributions, conditions, blocks, seeds, plans. */
#include "tests/lab/fixture.h"

#define BASE "base: base.yaml\n"

TEST(grids)
{
    expect_labels(BASE, "base");
    expect_labels(BASE "parameters:\n"
                       "  position: {values: [rope, {type: linear, factor: 4}]}\n"
                       "  optim.lr: {values: [1e-3, 3e-3]}\n",
                  "position=rope lr=1e-3 | position=rope lr=3e-3 | "
                  "position=linear(factor=4) lr=1e-3 | position=linear(factor=4) lr=3e-3");
    expect_labels(BASE "parameters:\n"
                       "  model: {parameters: {num_hidden_layers: {min: 1, max: 3}}}\n"
                       "  optim.clip: {value: 2}\n",
                  "num_hidden_layers=1 | num_hidden_layers=2 | num_hidden_layers=3");
    /* W&B: the end of q_uniform is not in the grid */
    expect_labels(BASE
                  "parameters:\n"
                  "  optim.weight_decay: {distribution: q_uniform, min: 0, max: 0.3, q: 0.1}\n",
                  "weight_decay=0 | weight_decay=0.1 | weight_decay=0.2");
    expect_labels(BASE "run_cap: 2\nparameters: {optim.clip: {values: [1, 2, 3]}}\n",
                  "clip=1 | clip=2");
}
END

TEST(zip_include_exclude)
{
    expect_labels(BASE "parameters:\n"
                       "  optim.lr: {values: [1e-3, 3e-3]}\n"
                       "  position: {values: [rope, nope]}\n"
                       "  optim.clip: {values: [1, 2]}\n"
                       "zip: [optim.clip, optim.lr]\n",
                  "lr=1e-3 position=rope clip=1 | lr=1e-3 position=nope clip=1 | "
                  "lr=3e-3 position=rope clip=2 | lr=3e-3 position=nope clip=2");
    expect_labels(BASE "parameters:\n"
                       "  position: {values: [rope, nope, alibi]}\n"
                       "  optim.clip: {values: [1, 2]}\n"
                       "exclude: [{position: [nope, alibi], optim.clip: 2.0}]\n"
                       "include: [{name: slow, optim.lr: 1e-4}, {position: rope, optim.clip: 1}]\n",
                  "position=rope clip=1 | position=rope clip=2 | position=nope clip=1 | "
                  "position=alibi clip=1 | slow");
    expect_labels(BASE "method: list\nparameters: {optim.clip: {value: 2}}\n"
                       "include: [{optim.lr: 1e-3}, {optim.lr: 2e-3, position: nope}]\n",
                  "lr=1e-3 | lr=2e-3 position=nope");
}
END

/* A parameter that is not active makes no more points, and is not in the configuration. */
TEST(conditions)
{
    expect_labels(
        BASE "parameters:\n"
             "  position.factor: {values: [2, 4], when: {position.type: linear}}\n"
             "  position: {values: [rope, {type: linear, factor: 8}]}\n",
        "position=rope | position=linear(factor=8) factor=2 | position=linear(factor=8) factor=4");
    struct sweep *s = open_sweep(BASE "parameters:\n"
                                      "  position: {values: [rope, nope]}\n"
                                      "  position.rope_theta: {values: [5, 6], when: {position: "
                                      "rope}}\n");
    ck_assert_str_eq(labels(s),
                     "position=rope rope_theta=5 | position=rope rope_theta=6 | position=nope");
    ck_assert_int_eq(s->arms[2].n, 1);
    sweep_close(s);
}
END

TEST(blocks_share_parameters)
{
    struct sweep *s =
        open_sweep(BASE "parameters: {optim.clip: {value: 2}}\n"
                        "blocks:\n"
                        "  - {name: rates, parameters: {optim.lr: {values: [1e-3, 2e-3]}}}\n"
                        "  - {parameters: {position: {values: [rope, nope]}}}\n");
    ck_assert_str_eq(labels(s), "lr=1e-3 | lr=2e-3 | position=rope | position=nope");
    ck_assert_str_eq(s->arms[0].block, "rates");
    ck_assert_str_eq(s->arms[2].block, "block2");
    ck_assert_int_eq(s->arms[3].n, 2);
    sweep_close(s);
}
END

TEST(seeds_and_baseline)
{
    struct sweep *s = open_sweep(BASE "parameters: {position: {values: [nope, rope, alibi]}}\n"
                                      "seeds: [5, 3]\nbaseline: {position: rope}\n"
                                      "limits: {timeout: 90, budget: 2h}\n");
    ck_assert_int_eq(s->n_seeds, 2);
    ck_assert_int_eq(s->seeds[0], 5);
    ck_assert_int_eq(s->baseline, 1);
    ck_assert_double_eq(s->config.limits.timeout_s, 90);
    ck_assert_double_eq(s->config.limits.budget_s, 7200);
    sweep_close(s);
    s = open_sweep(BASE "parameters: {seed: {values: [7, 8, 9]}, optim.lr: {value: 1e-3}}\n");
    ck_assert_int_eq(s->n_seeds, 3);
    ck_assert_int_eq(s->n_arms, 1);
    ck_assert_int_eq(s->seeds[2], 9);
    sweep_close(s);
    s = open_sweep(BASE "seeds: 4\n");
    ck_assert_int_eq(s->n_seeds, 4);
    ck_assert_int_eq(s->seeds[3], 4);
    sweep_close(s);
}
END

/* More points leave those before them alone, and a parameter more leaves the others alone. */
TEST(points_do_not_depend_on_each_other)
{
    static const char *const methods[] = {"random", "sobol"};
    for (int m = 0; m < 2; m++) {
        char few[512], many[512];
        static const char form[] = BASE "method: %s\nrun_cap: %d\nparameters:\n"
                                        "  optim.lr: {distribution: log_uniform_values, min: 1e-4, "
                                        "max: 1e-2}\n"
                                        "  position: {values: [rope, nope, alibi]}\n";
        snprintf(few, sizeof few, form, methods[m], 3);
        snprintf(many, sizeof many, form, methods[m], 20);
        struct sweep *a = open_sweep(few), *b = open_sweep(many);
        ck_assert_int_eq(a->n_arms, 3);
        ck_assert_int_ge(b->n_arms, 19);
        ck_assert(strncmp(labels(a), labels(b), strlen(labels(a))) == 0);
        sweep_close(a);
        sweep_close(b);
    }
    struct sweep *one = open_sweep(BASE "method: random\nrun_cap: 5\nparameters:\n"
                                        "  optim.lr: {min: 1e-4, max: 1e-2}\n");
    struct sweep *two = open_sweep(BASE "method: random\nrun_cap: 5\nparameters:\n"
                                        "  optim.clip: {min: 0.5, max: 2}\n"
                                        "  optim.lr: {min: 1e-4, max: 1e-2}\n");
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(one->arms[i].setting[0].value->text, two->arms[i].setting[1].value->text);
    sweep_close(one);
    sweep_close(two);
}
END

/* Moments and bounds of every distribution over many draws. */
TEST(distributions)
{
    static const struct {
        const char *spec;
        double mean, tolerance, min, max;
    } cases[] = {
        {"{min: 0.25, max: 0.75}", 0.5, 0.03, 0.25, 0.75},
        {"{distribution: q_uniform, min: 0, max: 1, q: 0.25}", 0.5, 0.04, 0, 1},
        {"{distribution: log_uniform, min: -3, max: -1}", 0.1590, 0.02, 0.0497, 0.368},
        {"{distribution: log_uniform_values, min: 0.01, max: 1}", 0.215, 0.04, 0.01, 1},
        {"{distribution: q_log_uniform_values, min: 0.1, max: 1, q: 0.1}", 0.391, 0.05, 0.1, 1},
        {"{distribution: inv_log_uniform, min: 1, max: 3}", 0.1590, 0.02, 0.0497, 0.368},
        {"{distribution: inv_log_uniform_values, min: 0.01, max: 1}", 0.215, 0.04, 0.01, 1},
        {"{distribution: normal, mu: 5, sigma: 0.5}", 5, 0.1, 2.5, 7.5},
        {"{distribution: q_normal, mu: 5, sigma: 0.5, q: 0.5}", 5, 0.1, 2.5, 7.5},
        {"{distribution: log_normal, mu: -2, sigma: 0.25}", 0.1396, 0.01, 0.04, 0.5},
        {"{distribution: beta, a: 2, b: 6}", 0.25, 0.03, 0, 1},
        {"{distribution: q_beta, a: 2, b: 6, q: 0.125}", 0.25, 0.03, 0, 1},
        {"{values: [0.1, 0.3], probabilities: [0.25, 0.75]}", 0.25, 0.02, 0.1, 0.3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        /* max_position of clip is 1e9: it takes all of these; include pads repeated draws */
        snprintf(text, sizeof text,
                 BASE "method: random\nrun_cap: 400\nparameters:\n  optim.clip: %s\n"
                      "  optim.lr: {min: 1e-3, max: 2e-3}\n",
                 cases[i].spec);
        struct sweep *s = open_sweep(text);
        double sum = 0;
        ck_assert_int_ge(s->n_arms, 390);
        for (int k = 0; k < s->n_arms; k++) {
            const double v = atof(s->arms[k].setting[0].value->text);
            ck_assert_msg(v >= cases[i].min && v <= cases[i].max, "%s: %g", cases[i].spec, v);
            sum += v;
        }
        ck_assert_msg(fabs(sum / s->n_arms - cases[i].mean) < cases[i].tolerance, "%s: mean %g",
                      cases[i].spec, sum / s->n_arms);
        sweep_close(s);
    }
    struct sweep *s = open_sweep(BASE "method: random\nrun_cap: 40\nparameters:\n"
                                      "  optim.clip: {min: 3, max: 5}\n"
                                      "  optim.lr: {min: 1e-3, max: 2e-3}\n");
    int of[3] = {0};
    for (int k = 0; k < s->n_arms; k++) of[atoi(s->arms[k].setting[0].value->text) - 3]++;
    ck_assert(of[0] > 5 && of[1] > 5 && of[2] > 5);
    sweep_close(s);
}
END

/* Files as W&B reads them: what says nothing here is noted, exponents of log_uniform too. */
TEST(wandb_files_load)
{
    struct sweep *s = open_sweep(BASE "program: train.py\nproject: p\nentity: e\n"
                                      "command: ['${env}', python]\n"
                                      "method: random\nrun_cap: 2\n"
                                      "metric: {goal: minimize, name: eval/loss}\n"
                                      "parameters:\n"
                                      "  optim.lr: {distribution: log_uniform, min: 0.001, max: "
                                      "0.1}\n"
                                      "  seed: {value: 4}\n");
    ck_assert_int_eq(s->n_notes, 2);
    ck_assert_str_eq(s->notes[0], "not needed here, left out: program, project, entity, command");
    ck_assert(strstr(s->notes[1], "natural logarithms") != NULL);
    ck_assert_int_eq(s->seeds[0], 4);
    sweep_close(s);
}
END

static struct sweep_plan *plan(const char *text)
{
    struct sweep_plan *p;
    struct error e;
    MUST(sweep_plan_open(&p, open_sweep(text), "sweeps", &e), &e);
    return p;
}

TEST(plans)
{
    struct sweep_plan *p = plan(BASE "parameters:\n"
                                     "  position: {values: [rope, nope, {type: rope, rope_theta: "
                                     "10000}]}\n"
                                     "seeds: 2\nbaseline: {position: nope}\n"),
                      *q = plan(BASE "parameters: {position: {values: [alibi, nope]}}\n"
                                     "seeds: [2]\n");
    ck_assert_int_eq(p->n_arms, 2); /* the third means the first */
    ck_assert_int_eq(p->n_same, 1);
    ck_assert_int_eq(p->n_runs, 4);
    ck_assert_int_eq(p->baseline, 1);
    ck_assert(p->same_weights && p->same_stream && p->same_held_out);
    ck_assert_str_eq(p->runs[3].id, q->runs[1].id); /* nope, seed 2: the same run in any sweep */
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < i; k++) ck_assert_str_ne(p->runs[i].id, p->runs[k].id);
    ck_assert(p->runs[0].cost.flops > 0 && p->runs[0].cost.disk > 0);
    ck_assert_int_eq(p->runs[0].cost.tokens, 2048);
    sweep_plan_close(q);
    q = plan(BASE "parameters: {model.hidden_size: {values: [32, 64]}, "
                  "data.packing.document_mask: {values: [true, false]}}\n");
    ck_assert(!q->same_weights && !q->same_stream && !q->same_held_out);
    sweep_plan_close(q);
    sweep_plan_close(p);
}
END

/* The same file gives the same bytes; what was planned does not change with the base. */
TEST(plans_are_files)
{
    static const char text[] = BASE "parameters: {position: {values: [rope, nope]}}\nseeds: 2\n";
    struct error e;
    char *before, *after;
    size_t n, m;
    for (int i = 0; i < 2; i++) {
        struct sweep_plan *p = plan(text);
        MUST(sweep_plan_write(p, "s.yaml", &e), &e);
        MUST(file_read_all("sweeps/s/plan.jsonl", i ? &after : &before, i ? &m : &n, &e), &e);
        if (i == 0) {
            struct conf *c;
            struct run_config run;
            MUST(sweep_load_config(&c, &run, p->runs[1].config, "plan", &e), &e);
            ck_assert_int_eq(run.seed, 2);
            ck_assert_int_eq(run.model.vocab_size, 257);
            ck_assert_str_eq(run.name, "position=rope");
            conf_close(c);
        }
        sweep_plan_close(p);
    }
    ck_assert_uint_eq(n, m);
    ck_assert_int_eq(memcmp(before, after, n), 0);
    free(before);
    free(after);
}
END

int main(void)
{
    enter_scratch();
    return scratch_close(run_tests("sweep files", grids, zip_include_exclude, conditions,
                                   blocks_share_parameters, seeds_and_baseline,
                                   points_do_not_depend_on_each_other, distributions,
                                   wandb_files_load, plans, plans_are_files, NULL));
}
