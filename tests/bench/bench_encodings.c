/* bench_encodings.c -- what a training step costs under every encoding, beside rope's.
 *
 *   bench_encodings                     all of them, rows of 1024 and 4096
 *   bench_encodings LENGTH [TYPE ...]   rows of LENGTH, the types named or all
 *
 * Reads configs/position/<type>.yaml, so run it from the root. Each encoding's steps alternate with
 * rope's, in pairs; printed are the medians and the median ratio of a pair, of the time and of the
 * processors' time (which a busy machine disturbs less). 6 x 256, 4 heads, 4096 tokens a step.
 * Environment: PAIRS, default 9; TOKENS, default 4096. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/base/file.h"
#include "src/num/matmul.h"
#include "tests/bench/step.h"

enum { VOCAB = 4096, PAIRS = 64 };

static int tokens = 4096;

struct contender {
    struct conf *conf;
    struct stack {
        struct conf_variants position;
    } stack;
    struct model *m;
};

static const struct conf_field fields[] = {
    CONF_VARIANTS(struct stack, position, &position_registry, ""),
    CONF_END,
};
static const struct conf_schema schema = {"bench", sizeof(struct stack), fields};

static int open_contender(struct contender *x, const char *type, int length, struct error *e)
{
    char path[256];
    struct model_config c = {.hidden_size = 256,
                             .num_hidden_layers = 6,
                             .num_attention_heads = 4,
                             .intermediate_size = 704,
                             .vocab_size = VOCAB,
                             .rms_norm_eps = 1e-5,
                             .initializer_range = 0.02};
    const struct model_use use = {
        .gradients = true, .max_tokens = tokens, .max_length = length, .train_length = length};
    snprintf(path, sizeof path, "configs/position/%s.yaml", type);
    TRY(conf_open(&x->conf, path, e));
    conf_bind(x->conf, &schema, &x->stack);
    TRY(conf_finish(x->conf, e));
    TRY(model_config_resolve(&c, e));
    TRY(model_open(&x->m, &c, &x->stack.position, &use, e));
    model_init(x->m, 1);
    return OK;
}

static void close_contender(struct contender *x)
{
    model_close(x->m);
    conf_close(x->conf);
}

struct seconds {
    double wall, cpu;
};

/* A step on this batch; types that draw positions draw them. */
static struct seconds timed(struct model *m, struct batch *b, int t)
{
    struct rng r = rng_open((uint64_t)t, "position");
    for (int row = 0; row < b->rows; row++)
        for (int i = b->row_start[row]; i < b->row_start[row + 1]; i++)
            b->position[i] = i - b->row_start[row];
    model_position_ids(m, b, true, &r);
    const clock_t before = clock();
    const double wall = step(m, b, t);
    return (struct seconds){wall, (double)(clock() - before) / CLOCKS_PER_SEC};
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, ascending);
    return x[n / 2];
}

static int measure(const char *type, int length, int pairs, struct error *e)
{
    struct contender rope = {0}, own = {0};
    struct batch b;
    double first[PAIRS], second[PAIRS], ratio[PAIRS], cpu[PAIRS];
    TRY(open_contender(&rope, "rope", length, e));
    TRY(open_contender(&own, type, length, e));
    TRY(batch_open(&b, tokens, e));
    if (fill_rows(&b, tokens, length, VOCAB)) return error_set(e, E_MEMORY, "no memory");
    for (int i = -1; i < pairs; i++) {
        const struct seconds r = timed(rope.m, &b, i + 2), o = timed(own.m, &b, i + 2);
        if (i < 0) continue; /* maps every page */
        first[i] = r.wall;
        second[i] = o.wall;
        ratio[i] = o.wall / r.wall;
        cpu[i] = o.cpu / r.cpu;
    }
    printf("%-18s %6d %9.1f %9.1f   %6.3f %6.3f\n", type, length, 1e3 * median(first, pairs),
           1e3 * median(second, pairs), median(ratio, pairs), median(cpu, pairs));
    fflush(stdout);
    batch_close(&b);
    close_contender(&rope);
    close_contender(&own);
    return OK;
}

int main(int argc, char **argv)
{
    const int lengths[] = {1024, 4096}, given = argc > 1 ? atoi(argv[1]) : 0,
              pairs = getenv("PAIRS") ? atoi(getenv("PAIRS")) : 9;
    struct error e;
    if (getenv("TOKENS")) tokens = atoi(getenv("TOKENS"));
    if (argc > 1 && (given < 1 || tokens % given)) return 2;
    parallel_init(0);
    matmul_init();
    printf("%d threads\n%-18s %6s %9s %9s   %6s %6s\n", parallel_threads(), "encoding", "T",
           "rope ms", "own ms", "ratio", "cpu");
    for (int i = 0; i < (given ? 1 : 2); i++)
        for (int k = 0; position_types[k] || argc > 2; k++) {
            if (argc > 2 && k + 2 >= argc) break;
            const char *type = argc > 2 ? argv[k + 2] : position_types[k]->v.name;
            if (!measure(type, given ? given : lengths[i], pairs < PAIRS ? pairs : PAIRS, &e))
                continue;
            fprintf(stderr, "bench_encodings: %s: %s\n", type, e.text);
            return 1;
        }
    return 0;
}
