/* sweep_fixture.h -- results of a sweep without a disk. */
#ifndef TESTS_LAB_SWEEP_FIXTURE_H
#define TESTS_LAB_SWEEP_FIXTURE_H

#include "src/lab/results.h"
#include "tests/testing.h"

enum { FIX_ARMS = 8, FIX_SEEDS = 5 };

struct fixture {
    struct lab_results r;
    struct lab_arm arms[FIX_ARMS];
    struct lab_param params[FIX_ARMS][2];
    int64_t seeds[FIX_SEEDS];
    struct lab_run runs[FIX_ARMS * FIX_SEEDS];
    struct run_value values[FIX_ARMS * FIX_SEEDS][2];
    char names[FIX_ARMS][32], ids[FIX_ARMS * FIX_SEEDS][16];
};

/* All runs complete with test/loss y[arm][seed] and eval/loss 1 more; arm 0 is the baseline. */
static inline struct lab_results *fix(struct fixture *f, int arms, int seeds, const double *y)
{
    static const char *const types[] = {"rope", "alibi", "yarn", "nope",
                                        "t5",   "fire",  "pose", "xpos"};
    *f = (struct fixture){.r = {.name = "positions",
                                .metric = "test/loss",
                                .n_arms = arms,
                                .n_seeds = seeds,
                                .n_params = 2,
                                .arms = f->arms,
                                .seeds = f->seeds,
                                .runs = f->runs}};
    for (int a = 0; a < arms; a++) {
        snprintf(f->names[a], sizeof f->names[a], "%s", types[a]);
        f->params[a][0] = (struct lab_param){"position", types[a], NAN, true};
        f->params[a][1] =
            (struct lab_param){"lr", a % 2 ? "0.001" : "0.002", a % 2 ? .001 : .002, a != 3};
        f->arms[a] = (struct lab_arm){f->names[a], f->params[a]};
    }
    for (int i = 0; i < arms * seeds; i++) {
        f->seeds[i % seeds] = i % seeds + 1;
        snprintf(f->ids[i], sizeof f->ids[i], "%012x", i + 1);
        f->values[i][0] = (struct run_value){"test/loss", y[i]};
        f->values[i][1] = (struct run_value){"eval/loss", y[i] + 1};
        f->runs[i] = (struct lab_run){f->ids[i], NULL, RUN_COMPLETE, 100, 1000, 2, f->values[i]};
    }
    return &f->r;
}

#endif
