/* The learning rate at every edge of every schedule, against numbers worked out by hand. */
#include "src/train/schedule.h"
#include "tests/testing.h"

static struct stage_config stage[3];

/* lr 2, warm-up 100 of 1000 tokens, floor a tenth; one stage. */
static struct run_config run_of(int schedule)
{
    stage[0] = (struct stage_config){.tokens = 1000, .lr = {0, 1}};
    return (struct run_config){
        .optim = {.lr = 2, .warmup = 100, .schedule = schedule, .min_lr = 0.1, .cooldown = 0.2},
        .stages = {1, stage}};
}

/* The rate after t tokens. */
static double at(const struct run_config *run, int64_t t)
{
    return schedule_lr(run, t - 10, 10);
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
    same(schedule_lr(&run, 0, 50), 1);
    same(schedule_lr(&run, 60, 40), 2);
}
END

TEST(extremes)
{
    struct run_config run = run_of(SCHEDULE_COSINE);
    run.optim.warmup = 0;
    run.optim.min_lr = 0;
    same(schedule_lr(&run, 0, 0), 2);
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
    stage[1] = (struct stage_config){.tokens = 500, .lr = {100, 0.5}};
    stage[2] = (struct stage_config){.tokens = 500, .lr = {200, 1.5}};
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

TEST(the_stage_of_a_token)
{
    struct run_config run = run_of(SCHEDULE_CONSTANT);
    stage[1] = (struct stage_config){.tokens = 500, .lr = {0, 1}};
    run.stages.n = 2;
    static const int64_t want[][3] = {{0, 0, 0},      {999, 0, 999},  {1000, 1, 0},   {1001, 1, 1},
                                      {1499, 1, 499}, {1500, 1, 500}, {9999, 1, 8999}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        int64_t inside;
        ck_assert_int_eq(schedule_stage(&run, want[i][0], &inside), want[i][1]);
        ck_assert_int_eq(inside, want[i][2]);
    }
}
END

int main(void)
{
    return run_tests("schedule", every_schedule_at_its_edges, a_step_is_rated_by_its_end, extremes,
                     rates_are_continuous, stages_scale_and_warm_up_again, the_stage_of_a_token,
                     NULL);
}
