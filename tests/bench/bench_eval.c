/* What evaluation costs beside a plain forward pass: 64 sequences of 2048 tokens. Prints seconds and
 * ratios; the bounds that hold on a quiet machine are 1.05 without probes and 2 with all of them. An argument is another number
 * of sequences (even). */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/base/parallel.h"
#include "src/eval/attention_table.h"
#include "src/eval/feed.h"
#include "src/num/matmul.h"

enum { SEQUENCES = 64, LENGTH = 2048, PASS = 2 * LENGTH, VOCAB = 257, REPEATS = 3, BUCKETS = 16 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct positions {
    double sum[BUCKETS];
    long count[BUCKETS];
};

static void by_position(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    struct positions *p = self;
    (void)tag;
    for (int i = 0; i < n; i++) {
        if (target[i] == NO_TARGET) continue;
        int k = 0;
        for (int position = i; position; position >>= 1) k++;
        p->sum[k] += (double)loss[i];
        p->count[k]++;
    }
}

/* mode 0: model_eval alone; 1: loss by position; 2: the same under all probes. */
static double run(struct model *m, const int32_t *token, int sequences, int mode, struct error *e)
{
    struct positions p = {0};
    struct head_sums sums;
    struct feed f;
    struct batch b;
    static real loss[PASS];
    if (batch_open(&b, PASS, e) || feed_open(&f, m, PASS, by_position, &p, e) ||
        head_sums_open(&sums, m, PASS, LENGTH, e))
        exit(EXIT_FAILURE);
    const struct model_lens lens = {.self = &sums, .attend = head_sums_attend};
    const double start = now();
    if (mode == 2) model_set_lens(m, &lens);
    for (int s = 0; s < sequences; s++) {
        const int32_t *t = token + (size_t)s * (LENGTH + 1);
        if (mode) {
            if (feed_row(&f, t, t + 1, LENGTH, 0, s, e)) exit(EXIT_FAILURE);
            continue;
        }
        for (int i = 0; i < LENGTH; i++) {
            const int at = b.tokens + i;
            b.token[at] = t[i];
            b.target[at] = t[i + 1];
            b.weight[at] = 1;
            b.position[at] = i;
            b.anchor[at] = b.tokens;
        }
        b.row_start[b.rows++] = b.tokens;
        b.tokens += LENGTH;
        b.row_start[b.rows] = b.tokens;
        if (b.tokens < PASS) continue;
        model_eval(m, &b, loss);
        b.tokens = b.rows = 0;
    }
    if (mode) feed_flush(&f);
    model_set_lens(m, NULL);
    const double seconds = now() - start;
    head_sums_close(&sums);
    feed_close(&f);
    batch_close(&b);
    return seconds;
}

/* One sequence per LENGTH tokens, two of them a pass. */
int main(int argc, char **argv)
{
    const int sequences = argc > 1 ? atoi(argv[1]) : SEQUENCES;
    struct error e;
    struct conf *conf;
    struct holder {
        struct conf_variants position;
    } holder;
    static const struct conf_field fields[] = {
        CONF_VARIANTS(struct holder, position, &position_registry, "the stack"),
        CONF_END,
    };
    static const struct conf_schema schema = {"stack", sizeof(struct holder), fields};
    struct model_config c = {.hidden_size = 256,
                             .num_hidden_layers = 4,
                             .num_attention_heads = 4,
                             .vocab_size = VOCAB,
                             .rms_norm_eps = 1e-5,
                             .initializer_range = 0.02};
    const struct model_use use = {.max_tokens = PASS, .max_length = LENGTH, .train_length = LENGTH};
    struct model *m;
    parallel_init(0);
    matmul_init();
    if (conf_open_text(&conf, "stack", "position: {type: rope}\n", &e)) return EXIT_FAILURE;
    conf_bind(conf, &schema, &holder);
    if (conf_finish(conf, &e) || model_config_resolve(&c, &e) ||
        model_open(&m, &c, &holder.position, &use, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return EXIT_FAILURE;
    }
    model_init(m, 1);
    int32_t *token = malloc((size_t)sequences * (LENGTH + 1) * sizeof *token);
    if (!token) return EXIT_FAILURE;
    struct rng r = rng_open(1, "bench");
    for (int i = 0; i < sequences * (LENGTH + 1); i++) token[i] = (int32_t)rng_below(&r, VOCAB);
    static const char *const names[] = {"forward", "loss by position", "with all probes"};
    double best[3] = {1e30, 1e30, 1e30};
    for (int k = 0; k < REPEATS; k++)
        for (int mode = 0; mode < 3; mode++) {
            const double seconds = run(m, token, sequences, mode, &e);
            if (seconds < best[mode]) best[mode] = seconds;
        }
    printf("%d sequences of %d tokens, 4 layers of 256 channels, %d threads\n", sequences, LENGTH,
           parallel_threads());
    for (int mode = 0; mode < 3; mode++)
        printf("%-18s %8.3f s   %5.2f of a forward pass\n", names[mode], best[mode],
               best[mode] / best[0]);
    free(token);
    model_close(m);
    conf_close(conf);
    return EXIT_SUCCESS;
}
