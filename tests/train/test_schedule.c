/* The learning rate at every edge of every schedule, against numbers worked out by hand. */
#include "src/train/schedule.h"
#include "tests/testing.h"

static struct stage_config stage[3];
static struct conf_variant row; /* constant, 1 token */

static struct stage_config stage_of(int64_t tokens, int64_t rewarm, double scale)
{
    static int64_t length = 1;
    row = (struct conf_variant){.type = conf_registry_find(&length_registry, "constant"),
                                .opts = &length};
    return (struct stage_config){
        .tokens = tokens, .length = row, .lr = {.rewarm = rewarm, .scale = scale}};
}

/* lr 2, warm-up 100 of 1000 tokens, floor a tenth; one stage. */
static struct run_config run_of(int schedule)
{
    stage[0] = stage_of(1000, 0, 1);
    return (struct run_config){.optim = {.lr = 2,
                                         .warmup = 100,
                                         .schedule = schedule,
                                         .min_lr = 0.1,
                                         .cooldown = 0.2,
                                         .batch_tokens = 10},
                               .stages = {1, stage}};
}

/* The rate of a step of `tokens` that begins after `from` tokens. */
static double step_lr(const struct run_config *run, int64_t from, int64_t tokens)
{
    struct timeline t;
    struct error e;
    MUST(timeline_open(&t, run, &e), &e);
    struct timeline_at at = {.tokens = from, .inside_tokens = from};
    while (at.stage + 1 < run->stages.n && at.inside_tokens >= stage[at.stage].tokens)
        at.inside_tokens -= stage[at.stage++].tokens;
    const struct timeline_step step = {.stage = at.stage, .tokens = tokens, .full = tokens};
    const double lr = schedule_lr(&t, &at, &step);
    timeline_close(&t);
    return lr;
}

/* The rate after t tokens. */
static double at(const struct run_config *run, int64_t t)
{
    return step_lr(run, t - 10, 10);
}

static void same(double is, double want)
{
    ck_assert_msg(fabs(is - want) <= 1e-12 * (1 + fabs(want)), "%.17g, not %.17g", is, want);
}

TEST(every_schedule_at_its_edges)
{
    static const struct {
        int schedule;
        int64_t t;
        double lr;
    } table[] = {
        {SCHEDULE_CONSTANT, 10, 0.2}, {SCHEDULE_CONSTANT, 50, 1},   {SCHEDULE_CONSTANT, 100, 2},
        {SCHEDULE_CONSTANT, 1000, 2}, {SCHEDULE_LINEAR, 10, 0.2},   {SCHEDULE_LINEAR, 100, 2},
        {SCHEDULE_LINEAR, 550, 1.1},  {SCHEDULE_LINEAR, 1000, 0.2}, {SCHEDULE_COSINE, 90, 1.8},
        {SCHEDULE_COSINE, 100, 2},    {SCHEDULE_COSINE, 400, 1.55}, {SCHEDULE_COSINE, 550, 1.1},
        {SCHEDULE_COSINE, 700, 0.65}, {SCHEDULE_COSINE, 1000, 0.2}, {SCHEDULE_WSD, 50, 1},
        {SCHEDULE_WSD, 110, 2},       {SCHEDULE_WSD, 800, 2},       {SCHEDULE_WSD, 900, 1.1},
        {SCHEDULE_WSD, 1000, 0.2},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct run_config run = run_of(table[i].schedule);
        same(at(&run, table[i].t), table[i].lr);
    }
}
END

TEST(a_step_is_rated_by_its_end)
{
    const struct run_config run = run_of(SCHEDULE_CONSTANT);
    same(step_lr(&run, 0, 50), 1);
    same(step_lr(&run, 60, 40), 2);
}
END

TEST(extremes)
{
    struct run_config run = run_of(SCHEDULE_COSINE);
    run.optim.warmup = 0;
    run.optim.min_lr = 0;
    same(step_lr(&run, 0, 0), 2);
    same(at(&run, 500), 1);
    same(at(&run, 1000), 0);
    run = run_of(SCHEDULE_WSD);
    run.optim.cooldown = 0;
    same(at(&run, 1000), 2);
    run.optim.cooldown = 1; /* it cannot begin before the warm-up ends */
    same(at(&run, 100), 2);
    same(at(&run, 550), 1.1);
    same(at(&run, 1000), 0.2);
}
END

/* Between neighbouring tokens the rate never jumps by more than the steepest slope. */
TEST(rates_are_continuous)
{
    for (int k = SCHEDULE_CONSTANT; k <= SCHEDULE_WSD; k++) {
        const struct run_config run = run_of(k);
        double sum = 0;
        for (int64_t t = 10; t <= 1000; t++) {
            const double step = fabs(at(&run, t) - at(&run, t - 1));
            ck_assert_msg(step <= 2.0 / 100 + 1e-12, "schedule %d jumps by %g at %d", k, step,
                          (int)t);
            sum += at(&run, t);
        }
        ck_assert(sum > 0 && sum <= 2 * 1000);
    }
}
END

TEST(stages_scale_and_warm_up_again)
{
    struct run_config run = run_of(SCHEDULE_CONSTANT);
    stage[1] = stage_of(500, 100, 0.5);
    stage[2] = stage_of(500, 200, 1.5);
    run.stages.n = 3;
    same(at(&run, 1000), 2);
    same(at(&run, 1010), 2 + (1 - 2) * 0.1); /* from the rate that the stage starts at */
    same(at(&run, 1050), 1.5);
    same(at(&run, 1100), 1);
    same(at(&run, 1500), 1);
    same(at(&run, 1600), 2);
    same(at(&run, 1700), 3);
    same(at(&run, 2000), 3);
    stage[1].lr.rewarm = 0; /* without it the rate jumps where the stage says so */
    same(at(&run, 1010), 1);
}
END

/* A restarted schedule is that of a run of its own, with its own warm-up, peak and kind. */
TEST(a_restart_is_a_run_of_its_own)
{
    struct run_config run = run_of(SCHEDULE_COSINE);
    stage[1] = stage_of(1000, 100, 0.5);
    stage[1].lr.action = LR_RESTART;
    stage[2] = stage_of(1000, 0, 1);
    stage[2].lr.action = LR_RESTART;
    stage[2].lr.schedule = 1 + SCHEDULE_LINEAR;
    run.stages.n = 3;
    for (int64_t t = 10; t <= 1000; t += 10) {
        const struct run_config alone = run_of(SCHEDULE_COSINE);
        const double first = at(&alone, t);
        stage[0] = stage_of(1000, 0, 1);
        same(at(&run, t), first);
        same(at(&run, 1000 + t), first / 2);
    }
    same(at(&run, 2000), 0.1);
    same(at(&run, 2500), 2 * 0.55);
    same(at(&run, 3000), 0.2);
}
END

/* At a switch the rate is the same from both sides wherever that is promised. */
TEST(switches_are_continuous)
{
    for (int k = SCHEDULE_CONSTANT; k <= SCHEDULE_WSD; k++) {
        double before, after;
        struct timeline t;
        struct error e;
        struct run_config run = run_of(k);
        stage[1] = stage_of(500, 0, 1);
        stage[2] = stage_of(500, 100, 3);
        run.stages.n = 3;
        MUST(timeline_open(&t, &run, &e), &e);
        schedule_switch(&t, 1, &before, &after);
        ck_assert_double_eq(before, after);
        schedule_switch(&t, 2, &before, &after); /* rescaled, but re-warmed from where it was */
        same(after, before);
        stage[2].lr.rewarm = 0;
        schedule_switch(&t, 2, &before, &after);
        same(after, 3 * before);
        timeline_close(&t);
    }
}
END

TEST(the_tokens_of_a_step_may_scale_the_rate)
{
    struct run_config run = run_of(SCHEDULE_CONSTANT);
    same(step_lr(&run, 500, 40), 2);
    stage[0].batch.lr = BATCH_LR_SQRT;
    same(step_lr(&run, 500, 40), 4);
    stage[0].batch.lr = BATCH_LR_LINEAR;
    same(step_lr(&run, 500, 40), 8);
    same(step_lr(&run, 500, 10), 2);
}
END

int main(void)
{
    return run_tests("schedule", every_schedule_at_its_edges, a_step_is_rated_by_its_end, extremes,
                     rates_are_continuous, stages_scale_and_warm_up_again,
                     a_restart_is_a_run_of_its_own, switches_are_continuous,
                     the_tokens_of_a_step_may_scale_the_rate, NULL);
}
