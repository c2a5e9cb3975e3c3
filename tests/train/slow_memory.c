/* Peak memory of a run against what was predicted for it, for plans of more than 200 MiB: the process
 * grows by the prediction, within a twentieth; rows of a task, longer than any that is trained,
 * take no room for gradients. */
#include <sys/resource.h>

#include "src/train/sizes.h"
#include "tests/train/fixture.h"

static const char large_run[] =
    "model: {hidden_size: 256, num_hidden_layers: 6, num_attention_heads: 4, vocab_size: 4096}\n"
    "position: {type: rope}\n"
    "data: {sources: [{generate: copy_lag, tokens: 200k}]}\n"
    "optim: {batch_tokens: 8k}\n"
    "stages: [{steps: 2, length: 256}, {steps: 2, length: 2048, window: 128, position: [{type: "
    "rope, rope_theta: 500000}, {type: kerple_log}], moments: reset}]\n"
    "eval: {tokens: 4k, tasks: [{type: passkey, lengths: [64, 16384], samples: 1, questions: "
    "1}]}\n";

/* KiB of the process that ever were in memory. */
static double peak(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)u.ru_maxrss;
}

TEST(peak_memory_is_predicted)
{
    struct conf *c;
    struct run_config run;
    struct model_memory memory;
    struct train_result result;
    struct error e;
    size_t batches;
    char runs[600];
    snprintf(runs, sizeof runs, "runs=%s", in_scratch("large"));
    char *const arguments[] = {runs};
    /* code, libraries and what the products' library keeps are there before the measurement */
    train_small("warm", 512, false, NULL);
    put_file("run.yaml", large_run, strlen(large_run));
    MUST(run_config_load(&c, &run, in_scratch("run.yaml"), 1, arguments, &e), &e);
    MUST(model_config_resolve(&run.model, &e), &e);
    MUST(run_memory(&run, &memory, &batches, &e), &e);
    const double planned = (double)(memory.parameters + memory.activations + batches) / (1 << 20);
    const double before = peak() / 1024;
    const struct train_options options = {.quiet = true, .messages = stderr};
    MUST(train_run(&run, &options, &result, &e), &e);
    const double grown = peak() / 1024 - before;
    printf("planned %.1f MiB, grown by %.1f MiB\n", planned, grown);
    ck_assert_double_gt(planned, 200);
    ck_assert_msg(fabs(grown - planned) < 0.05 * planned, "planned %.1f MiB, grown by %.1f MiB",
                  planned, grown);
    conf_close(c);
}
END

int main(void)
{
    scratch_open();
    parallel_init(2);
    matmul_init();
    return scratch_close(run_tests("memory", peak_memory_is_predicted, NULL));
}
