/* Spikes and recoveries of losses that were written down by hand. */
#include "src/train/spikes.h"

#include "tests/base/scratch.h"

static char text[1 << 16];
static size_t used;
static int64_t step;

static void line(int stage, int length, int window, double loss)
{
    char more[32] = "";
    step++;
    if (window) snprintf(more, sizeof more, ", \"window\": %d", window);
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "{\"step\": %d, \"tokens\": %d, \"stage\": %d, \"train/loss\": %.17g, "
                             "\"length\": %d%s}\n",
                             (int)step, 100 * (int)step, stage, loss, length, more);
    if (step % 5 == 0) /* evaluations stand in between */
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "{\"step\": %d, \"tokens\": %d, \"eval/loss\": 9}\n", (int)step,
                                 100 * (int)step);
}

static void lines(int n, int stage, int length, double loss)
{
    for (int i = 0; i < n; i++) line(stage, length, 0, loss);
}

static void begin(void)
{
    used = 0;
    step = 0;
}

static int read_all(struct spike **y)
{
    int n;
    struct error e;
    put_file("metrics.jsonl", text, used);
    MUST(spikes_read(in_scratch("metrics.jsonl"), y, &n, &e), &e);
    return n;
}

TEST(a_spike_and_its_recovery)
{
    struct spike *y;
    begin();
    lines(30, 0, 64, 3);
    lines(10, 0, 64, 1.5);
    lines(6, 0, 64, 2.5); /* the last 16: ten of 1.5, six of 2.5: 1.875 */
    line(1, 512, 0, 4);
    line(1, 512, 0, 5);
    lines(20, 1, 512, 1); /* (4 + 5 + k) / (k + 2) <= 1.875 from k = 6 on */
    ck_assert_int_eq(read_all(&y), 1);
    ck_assert(y[0].step == 46 && y[0].tokens == 4600 && y[0].stage == 1);
    ck_assert(y[0].length_before == 64 && y[0].length_after == 512);
    ck_assert_double_eq(y[0].before, 1.875);
    ck_assert_double_eq_tol(y[0].deviation, sqrt((10 * 0.375 * 0.375 + 6 * 0.625 * 0.625) / 15),
                            1e-12);
    ck_assert_double_eq(y[0].spike, 5 - 1.875);
    ck_assert_double_eq(y[0].recovery_steps, 8);
    ck_assert_double_eq(y[0].recovery_tokens, 800);
    free(y);
}
END

TEST(a_loss_that_falls_has_no_spike)
{
    struct spike *y;
    begin();
    lines(20, 0, 64, 3);
    lines(3, 1, 64, 2);
    lines(40, 2, 64, 4); /* never comes back */
    ck_assert_int_eq(read_all(&y), 2);
    ck_assert(y[0].spike == -1 && y[0].recovery_steps == 1);
    ck_assert(y[1].before == 2 && y[1].spike == 2); /* three losses before it */
    ck_assert(isnan(y[1].recovery_steps) && isnan(y[1].recovery_tokens));
    free(y);
}
END

TEST(lengths_and_windows_switch_by_factors_of_two)
{
    struct spike *y;
    begin();
    lines(20, 0, 64, 3);
    lines(20, 0, 100, 3);                             /* less than twice */
    lines(20, 0, 200, 3);                             /* twice */
    for (int i = 0; i < 20; i++) line(0, 200, 50, 3); /* a window closes */
    for (int i = 0; i < 8; i++) line(0, 400 << (i % 2), 0, 3);
    ck_assert_int_eq(read_all(&y), 3);
    ck_assert(y[0].step == 40 && y[1].step == 60 && y[2].step == 80);
    free(y);
    begin();
    ck_assert_int_eq(read_all(&y), 0);
    free(y);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("spikes", a_spike_and_its_recovery,
                                   a_loss_that_falls_has_no_spike,
                                   lengths_and_windows_switch_by_factors_of_two, NULL));
}
