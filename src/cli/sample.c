/* sample.c -- generate text: a token at a time, with a cache of keys and values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/cli/model_source.h"
#include "src/cli/verbs.h"
#include "src/data/data.h"

struct choice {
    double p;
    int id;
};

struct sampler {
    double temperature, top_p;
    int top_k, vocab;
    struct rng rng;
    struct choice *choice; /* [vocab] */
};

/* Most probable first; equal ones by id, so that the order does not depend on the sort. */
static int by_probability(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Softmax at the temperature, cut to the top_k most probable and to the smallest set of at least
 * top_p; temperature 0 takes the most probable. */
static int draw(struct sampler *s, const real *logits)
{
    int n = s->vocab;
    double largest = -INFINITY, total = 0, kept = 0;
    for (int i = 0; i < n; i++) largest = fmax(largest, (double)logits[i]);
    const double t = s->temperature > 0 ? s->temperature : 1;
    for (int i = 0; i < n; i++) {
        s->choice[i] = (struct choice){exp(((double)logits[i] - largest) / t), i};
        total += s->choice[i].p;
    }
    qsort(s->choice, (size_t)n, sizeof *s->choice, by_probability);
    if (s->temperature == 0) return s->choice[0].id;
    if (s->top_k && s->top_k < n) n = s->top_k;
    if (s->top_k) {
        total = 0;
        for (int i = 0; i < n; i++) total += s->choice[i].p;
    }
    int last = 0;
    for (; last < n; last++)
        if ((kept += s->choice[last].p) >= s->top_p * total) break;
    double left = rng_uniform(&s->rng) * kept;
    int i = 0;
    for (; i < last && i < n - 1; i++)
        if ((left -= s->choice[i].p) < 0) break;
    return s->choice[i].id;
}

static void print_token(const struct tokenizer *t, int32_t id)
{
    size_t n;
    const char *text = tokenizer_text(t, id, &n);
    if (n) fwrite(text, 1, n, stdout);
    fflush(stdout);
}

/* Feed the prompt, then draw until the end of a document or `tokens`. */
static int generate(struct model *m, struct sampler *s, const struct tokenizer *t,
                    const int32_t *prompt, int n, int tokens, struct error *e)
{
    struct decoder *d;
    real *logits = malloc((size_t)s->vocab * sizeof *logits);
    s->choice = malloc((size_t)s->vocab * sizeof *s->choice);
    int status = logits && s->choice ? decoder_open(&d, m, n + tokens + 1, e)
                                     : error_set(e, E_MEMORY, "no memory for %d tokens", n);
    if (!status) {
        decoder_feed(d, prompt, n, logits);
        for (int i = 0; i < tokens && !ferror(stdout); i++) {
            const int32_t id = draw(s, logits);
            if (id == t->end_of_document) break;
            print_token(t, id);
            if (i + 1 < tokens) decoder_feed(d, &id, 1, logits);
        }
        putchar('\n');
        decoder_close(d);
    }
    free(logits);
    free(s->choice);
    return status;
}

/* An empty prompt starts where a document ended. */
static int encode_prompt(const struct tokenizer *t, const char *prompt, int32_t **ids, size_t *n,
                         struct error *e)
{
    TRY(tokenizer_encode(t, prompt, strlen(prompt), ids, n, e));
    if (*n) return OK;
    *ids = malloc(sizeof **ids);
    if (!*ids) return error_set(e, E_MEMORY, "no memory for a prompt");
    **ids = t->end_of_document;
    *n = 1;
    return OK;
}

static int run_sample(struct cli *c, struct error *e)
{
    const char *prompt = "";
    int64_t tokens = 256, top_k = 0, seed = 1;
    struct sampler s = {.temperature = 1, .top_p = 1};
    const struct flag flags[] = {
        {"prompt", FLAG_STRING, &prompt, 0, 0, "TEXT", "text to go on from"},
        {"tokens", FLAG_INT, &tokens, 1, 1 << 24, "N", "how many at most; default 256"},
        {"temperature", FLAG_REAL, &s.temperature, 0, 100, "T", "0 takes the most probable"},
        {"top-k", FLAG_INT, &top_k, 1, 1 << 24, "K", "only the K most probable"},
        {"top-p", FLAG_REAL, &s.top_p, 1e-9, 1, "P", "only the most probable that sum to P"},
        {"seed", FLAG_INT, &seed, 0, 9e15, "S", "another text; default 1"},
        {0},
    };
    struct model_source source;
    struct model *m = NULL;
    struct tokenizer *t = NULL;
    int32_t *ids = NULL;
    size_t n = 0;
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(model_source_open(&source, c, c->argv[0], e));
    s.vocab = source.hf.config.vocab_size;
    s.top_k = (int)top_k;
    s.rng = rng_open((uint64_t)seed, "sample");
    int status = model_source_tokenizer(&t, &source, e);
    if (!status) status = encode_prompt(t, prompt, &ids, &n, e);
    const int length = (int)n + (int)tokens + 1;
    if (!status) status = model_source_load(&m, &source, NULL, length, length, e);
    if (!status) {
        fputs(prompt, stdout);
        status = generate(m, &s, t, ids, (int)n, (int)tokens, e);
    }
    free(ids);
    tokenizer_close(t);
    model_close(m);
    model_source_close(&source);
    return status;
}

const struct verb verb_sample = {
    .name = "sample",
    .operands = "MODEL [--prompt TEXT]",
    .summary = "generate text",
    .help = "Goes on from the prompt, or begins a document; streams to stdout.\n\n"
            "examples:\n"
            "  ropewalk sample runs/0123456789ab --prompt 'ROMEO:'\n"
            "  ropewalk sample runs/0123456789ab --temperature 0.8 --top-k 20 --seed 7\n"
            "  ropewalk sample runs/0123456789ab --temperature 0 --tokens 100",
    .run = run_sample,
};
