/* bench_step.c -- whole training steps against the matrix product that they are made of.
 *
 *   bench_step                    every row, each in a process of its own
 *   bench_step ROW                one row, 0 ...
 *
 * Prints for each row tokens/s, GFLOP/s, the best rate of BLIS's own threaded product (three
 * transposes, sizes 2048 and 4096) measured between the steps with the same threads, their ratio,
 * and peak memory. A step is everything: gradients zeroed, forward, backward, clipping by the global
 * norm, AdamW; its time is the median. FLOPs by model_flops_per_token with T/2 visible keys. */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/num/matmul.h"
#include "tests/bench/step.h"

static const struct row {
    int layers, width, heads, ffn, vocab, length, tokens, recompute, steps;
} rows[] = {
    {6, 256, 4, 704, 4096, 256, 4096, RECOMPUTE_NONE, 24},
    {6, 256, 4, 704, 4096, 1024, 4096, RECOMPUTE_NONE, 24},
    {6, 256, 4, 704, 4096, 4096, 4096, RECOMPUTE_NONE, 18},
    {12, 512, 8, 1408, 8192, 1024, 4096, RECOMPUTE_NONE, 9},
    {6, 256, 4, 704, 4096, 32768, 32768, RECOMPUTE_LINEAR, 3},
};
enum { ROWS = sizeof rows / sizeof *rows, PEAKS = 6 };

static int fail(const struct error *e)
{
    fprintf(stderr, "bench_step: %s\n", e->text);
    return 1;
}

static double peak_memory(void)
{
    char line[256];
    double kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lf", &kib) == 1) break;
    if (f) fclose(f);
    return kib / (1 << 20);
}

static void measure(const struct row *r, struct model *m, const struct batch *b)
{
    double seconds[64], peak = 0;
    step(m, b, 1); /* maps every page */
    const double memory = peak_memory();
    for (int i = 0; i < r->steps; i++) {
        seconds[i] = step(m, b, i + 2);
        for (int k = i % PEAKS; k < PEAKS; k += r->steps) /* all of them, however few the steps */
            peak = fmax(peak, matmul_peak(k < 3 ? 2048 : 4096, k % 3, 1, parallel_threads()));
    }
    qsort(seconds, (size_t)r->steps, sizeof *seconds, ascending);
    const double rate = r->tokens / seconds[r->steps / 2];
    const double flops = 1e-9 * rate * model_flops_per_token(model_config(m), r->length / 2.0);
    printf("%2d x %-4d %5d %6d  %9.0f %8.1f %8.1f   %5.3f  %7.3f GiB\n", r->layers, r->width,
           r->vocab, r->length, rate, flops, peak, flops / peak, memory);
}

static int run_row(const struct row *r)
{
    struct error e;
    struct batch b;
    struct model *m;
    struct conf *c;
    struct {
        struct conf_variants position;
    } stack;
    const struct conf_field fields[] = {
        {"position", CONF_KIND_VARIANTS, 0, 0, 0, 0, 0, 0, 0, 0, &position_registry, ""}, CONF_END};
    const struct conf_schema schema = {"bench", sizeof stack, fields};
    struct model_config config = {.hidden_size = r->width,
                                  .num_hidden_layers = r->layers,
                                  .num_attention_heads = r->heads,
                                  .intermediate_size = r->ffn,
                                  .vocab_size = r->vocab,
                                  .rms_norm_eps = 1e-5,
                                  .initializer_range = 0.02,
                                  .recompute = r->recompute};
    const struct model_use use = {.gradients = true,
                                  .max_tokens = r->tokens,
                                  .max_length = r->length,
                                  .train_length = r->length};
    if (conf_open_text(&c, "bench", "position: {type: rope}", &e)) return fail(&e);
    conf_bind(c, &schema, &stack);
    if (conf_finish(c, &e) || model_config_resolve(&config, &e) ||
        model_open(&m, &config, &stack.position, &use, &e) || batch_open(&b, r->tokens, &e))
        return fail(&e);
    model_init(m, 1);
    if (fill_rows(&b, r->tokens, r->length, r->vocab)) return 1;
    measure(r, m, &b);
    batch_close(&b);
    model_close(m);
    conf_close(c);
    return 0;
}

static int run_apart(const char *program, int row)
{
    char number[16];
    int status;
    snprintf(number, sizeof number, "%d", row);
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        execl(program, program, number, (char *)NULL);
        _exit(127);
    }
    return child < 0 || waitpid(child, &status, 0) < 0 || status != 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        const int row = atoi(argv[1]);
        if (row < 0 || row >= ROWS) return 2;
        parallel_init(0);
        matmul_init();
        return run_row(&rows[row]);
    }
    parallel_init(0);
    printf("%d threads\n%-9s %5s %6s  %9s %8s %8s   %5s  %s\n", parallel_threads(), "layers",
           "vocab", "T", "tokens/s", "GFLOP/s", "BLIS", "ratio", "peak memory");
    for (int i = 0; i < ROWS; i++)
        if (run_apart("/proc/self/exe", i)) return 1;
    return 0;
}
