/* Losses by context and by protocol against straightforward computations, the same tokens at every
 * context, the same bytes anyhow, bad options. */
#include "src/eval/chunks.h"
#include "src/eval/window.h"
#include "src/stat/power_law.h"
#include "tests/base/scratch.h"
#include "tests/eval/fixture.h"

/* Three documents of text; the test split is their ends. */
static const char *write_text(void)
{
    static char text[6000];
    for (int k = 0; k < 3; k++) {
        char name[32];
        const int n = 3000 + 1000 * k;
        struct rng rng = rng_open((uint64_t)k, "text");
        for (int i = 0; i < n; i++) text[i] = (char)('a' + rng_below(&rng, 20));
        snprintf(name, sizeof name, "%d.txt", k);
        put_file(name, text, (size_t)n);
    }
    return in_scratch("*.txt");
}

static int read_document(struct bench *b, int64_t k, int32_t *token, int32_t *target)
{
    const int n = (int)data_document_tokens(b->data, 0, SPLIT_DEV, k);
    data_document_read(b->data, 0, SPLIT_DEV, k, 0, n, token, target);
    return n;
}

/* By the definition: every scored token by a pass of its own, over the tokens of its window. */
static void naive_perplexity(struct bench *b, enum window_mode mode, int width, int stride,
                             int budget, double *nll, double *window_mean, int *tokens)
{
    static int32_t text[10001], target[10001];
    struct window w;
    double sum = 0, means = 0;
    int windows = 0, left = budget;
    *tokens = 0;
    text[0] = data_end_of_document(b->data);
    for (int64_t d = 0; d < data_documents(b->data, 0, SPLIT_DEV) && left > 0; d++) {
        int n = read_document(b, d, text + 1, target + 1);
        if (n > left) n = left;
        left -= n;
        for (int64_t k = 0; window_at(mode, n, width, stride, k, &w); k++) {
            double of_window = 0;
            for (int64_t j = w.from; j < w.to; j++)
                of_window += naive_loss(b, text + 1 + w.begin, (int)(j - w.begin), text[1 + j]);
            if (w.to <= w.from) continue;
            sum += of_window;
            means += of_window / (double)(w.to - w.from);
            *tokens += (int)(w.to - w.from);
            windows++;
        }
    }
    *nll = sum / *tokens;
    *window_mean = means / windows;
}

TEST(protocols_agree_with_their_definitions)
{
    static const struct {
        const char *yaml;
        enum window_mode mode;
        int width, stride;
    } cases[] = {
        {"{type: perplexity, mode: disjoint, window: 24, tokens: 150}", WINDOW_MODE_DISJOINT, 24,
         24},
        {"{type: perplexity, mode: strided, window: 24, stride: 5, tokens: 150}",
         WINDOW_MODE_STRIDED, 24, 5},
        {"{type: perplexity, mode: lm_eval, window: 24, tokens: 150}", WINDOW_MODE_LM_EVAL, 24, 0},
        {"{type: perplexity, mode: yarn, window: 24, stride: 7, tokens: 150}", WINDOW_MODE_YARN, 24,
         7},
        {"{type: perplexity, mode: llama_cpp, window: 24, tokens: 150}", WINDOW_MODE_LLAMA_CPP, 24,
         0},
    };
    struct bench b;
    bench_open(&b, "{type: rope}", write_text());
    for (int i = 0; i < 5; i++) {
        double nll, mean;
        int tokens;
        struct findings r = bench_run(&b, cases[i].yaml, 200);
        naive_perplexity(&b, cases[i].mode, cases[i].width, cases[i].stride, 150, &nll, &mean,
                         &tokens);
        ck_assert_int_eq((int)table_number(&r, "sources", 0, "tokens"), tokens);
        ck_assert_msg(fabs(table_number(&r, "sources", 0, "nll") - nll) < 1e-5,
                      "%s: %.7f, not %.7f", cases[i].yaml, table_number(&r, "sources", 0, "nll"),
                      nll);
        ck_assert(fabs(table_number(&r, "sources", 0, "window_mean") - mean) < 1e-5);
        ck_assert(fabs(table_number(&r, "sources", 0, "bits_per_byte") * log(2) - nll) < 0.05);
        findings_close(&r);
    }
    bench_close(&b);
}
END

TEST(contexts_score_the_same_tokens)
{
    struct bench b;
    struct chunks c;
    struct error e;
    static int32_t token[3000], target[3000];
    bench_open(&b, "{type: rope}", write_text());
    struct findings r =
        bench_run(&b, "{type: loss_by_context, contexts: [3, 16, 48, 200], chunks: 5}", 300);
    MUST(chunks_open(&c, b.data, 0, SPLIT_DEV, 200, 5, 1, &e), &e);
    ck_assert(c.n == 5 && c.blocks && c.documents == 3);
    static const int context[] = {3, 16, 48, 200};
    for (int k = 0; k < 4; k++) {
        double sum = 0;
        const int stride = context[k] < 64 ? context[k] : 64;
        for (int i = 0; i < c.n; i++) {
            read_document(&b, c.v[i].document, token, target);
            for (int j = 0; j < CHUNK_TOKENS; j++) {
                const int at = (int)c.v[i].at + j,
                          begin = (int)c.v[i].at + j / stride * stride - context[k];
                sum += naive_loss(&b, token + begin, at - begin, token[at]);
            }
        }
        ck_assert_int_eq((int)table_number(&r, "by_context", k, "tokens"), 5 * CHUNK_TOKENS);
        const double is = table_number(&r, "by_context", k, "nll"), want = sum / (5 * CHUNK_TOKENS);
        ck_assert_msg(fabs(is - want) < 1e-5, "context %d: %.7f, not %.7f", context[k], is, want);
    }
    ck_assert(findings_value(&r, "gain") ==
              table_number(&r, "by_context", 0, "nll") - table_number(&r, "by_context", 3, "nll"));
    const struct mixer_source *source;
    char key[300];
    data_sources(b.data, &source);
    snprintf(key, sizeof key, "nll_at_48/%s", source->name);
    ck_assert(findings_value(&r, key) == table_number(&r, "by_context", 2, "nll"));
    chunks_close(&c);
    findings_close(&r);
    bench_close(&b);
}
END

/* Before every window of 24, and before the 8 to 15 tokens of context of every run of 64. */
TEST(a_first_token_stands_before_every_text)
{
    static const int32_t bos = 'Q';
    static int32_t text[3000], target[3000], row[64];
    struct bench b;
    struct chunks c;
    struct error e;
    double sum = 0;
    int tokens = 0;
    bench_open(&b, "{type: rope}", write_text());
    struct findings r = bench_run_bos(
        &b, "{type: perplexity, mode: strided, window: 24, stride: 5, tokens: 150}", 200, &bos);
    struct window w;
    row[0] = bos;
    read_document(&b, 0, text, target);
    for (int64_t k = 0; window_at(WINDOW_MODE_STRIDED, 150, 24, 5, k, &w); k++) {
        memcpy(row + 1, text + w.begin, (size_t)(w.to - 1 - w.begin) * sizeof *row);
        for (int64_t j = w.from; j < w.to; j++, tokens++)
            sum += naive_loss(&b, row, (int)(j - w.begin) + 1, text[j]);
    }
    ck_assert_int_eq((int)table_number(&r, "sources", 0, "tokens"), tokens);
    ck_assert(fabs(table_number(&r, "sources", 0, "nll") - sum / tokens) < 1e-5);
    findings_close(&r);
    r = bench_run_bos(&b, "{type: loss_by_context, contexts: [8], chunks: 3, replicates: 0}", 300,
                      &bos);
    MUST(chunks_open(&c, b.data, 0, SPLIT_DEV, 8, 3, 1, &e), &e);
    sum = 0;
    for (int i = 0; i < c.n; i++) {
        read_document(&b, c.v[i].document, text, target);
        for (int j = 0; j < CHUNK_TOKENS; j++) {
            const int at = (int)c.v[i].at + j, begin = at - j % 8 - 8;
            memcpy(row + 1, text + begin, (size_t)(at - begin) * sizeof *row);
            sum += naive_loss(&b, row, at - begin + 1, text[at]);
        }
    }
    ck_assert(fabs(table_number(&r, "by_context", 0, "nll") - sum / (3 * CHUNK_TOKENS)) < 1e-5);
    chunks_close(&c);
    findings_close(&r);
    bench_close(&b);
}
END

/* Three seeds of an arm: means of means, the spread over seeds beside the documents' error, and a
 * power law of all of them; models that scored other tokens are refused. */
TEST(seeds_are_pooled)
{
    enum { SEEDS = 3 };
    static const char yaml[] = "{type: loss_by_context, contexts: [4, 8, 16, 32, 64, 128], "
                               "chunks: 24, replicates: 50}";
    struct bench b;
    struct task_holder t;
    struct error e;
    struct findings r[SEEDS] = {{.no_memory = false}}, all = {.no_memory = false},
                    other = {.no_memory = false};
    const struct findings *of[SEEDS] = {&r[0], &r[1], &r[2]};
    bench_open(&b, "{type: rope}", NULL);
    const struct conf_variant *task = task_open(&t, yaml);
    struct eval_at at = {.model = b.model,
                         .data = b.data,
                         .split = SPLIT_DEV,
                         .seed = 1,
                         .train_length = 64,
                         .length = 64,
                         .max_tokens = 256,
                         .pooled = true};
    for (int s = 0; s < SEEDS; s++) {
        model_init(b.model, (uint64_t)s);
        MUST(task_run(task, &at, &r[s], &e), &e);
    }
    MUST(task_pool(task, &at, of, SEEDS, &all, &e), &e);
    ck_assert_int_eq(table_rows(&all, "by_context"), 6);
    for (int k = 0; k < 6; k++) {
        double x[SEEDS], mean = 0, squares = 0, least = 0;
        for (int s = 0; s < SEEDS; s++) {
            x[s] = table_number(&r[s], "by_context", k, "nll");
            mean += x[s] / SEEDS;
        }
        for (int s = 0; s < SEEDS; s++) squares += (x[s] - mean) * (x[s] - mean);
        ck_assert(fabs(table_number(&all, "by_context", k, "nll") - mean) < 1e-12);
        ck_assert(fabs(table_number(&all, "by_context", k, "sd_models") - sqrt(squares / 2)) <
                  1e-12);
        least = 1.96 * hypot(table_number(&all, "by_context", k, "se_clusters"),
                             sqrt(squares / 2 / SEEDS));
        ck_assert(table_number(&all, "by_context", k, "nll_high") - mean > least);
    }
    ck_assert_int_eq(table_rows(&all, "fit"), 1);
    ck_assert(fabs(findings_value(&all, "nll_at_longest") -
                   table_number(&all, "by_context", 5, "nll")) < 1e-12);
    /* as many tokens of other places */
    at.seed = 2;
    MUST(task_run(task, &at, &other, &e), &e);
    of[1] = &other;
    const double text = table_number(&r[0], "by_cluster", 0, "text");
    ck_assert(text > 0 && text == table_number(&r[1], "by_cluster", 0, "text"));
    ck_assert(text != table_number(&other, "by_cluster", 0, "text"));
    findings_close(&all);
    ck_assert_int_eq(task_pool(task, &at, of, SEEDS, &all, &e), E_USAGE);
    ck_assert_str_eq(e.text,
                     "loss_by_context: the models were not scored on the same tokens: data, "
                     "tokenizer or contexts differ");
    for (int s = 0; s < SEEDS; s++) findings_close(&r[s]);
    findings_close(&all);
    findings_close(&other);
    conf_close(t.conf);
    bench_close(&b);
}
END

enum { POINTS = 7, DOCUMENTS = 300 };

/* Loss of whoever knows the format and sees c tokens: record by record from the text, whose marker
 * says how many records back its content stands. */
static void count_document(struct data *d, int64_t k, const double *c, double *sum, double *count)
{
    static int32_t text[10000];
    const int n = (int)data_document_tokens(d, 0, SPLIT_DEV, k) - 1;
    data_document_read(d, 0, SPLIT_DEV, k, 0, n, text, NULL);
    for (int i = 1; i < n; i++) {
        const int marker = text[i / 5 * 5];
        if (i % 5 == 0) continue;
        for (int j = 0; j < POINTS; j++) {
            const double back = marker == '.' ? INFINITY : 5 << (marker - '0');
            sum[j] += back > fmin(i, c[j]) ? log(16) : 0;
            count[j]++;
        }
    }
}

/* The law of the corpus itself, from its realised counts, lies within the interval that is fitted
 * to other documents of it. */
TEST(the_exponent_of_the_corpus_is_recovered)
{
    static double sum[DOCUMENTS * POINTS], count[DOCUMENTS * POINTS];
    double c[POINTS], loss[POINTS], whole[POINTS];
    struct error e;
    struct data *d;
    struct power_law truth;
    struct power_law_intervals fit;
    struct source_config source = {.generate = "copy_lag", .tokens = 600000, .weight = 1};
    struct data_config config = {.sources = {1, &source}, .dev_fraction = 0.3};
    MUST(data_open(&d, &config, 1, &e), &e);
    const int n = (int)fmin(DOCUMENTS, (double)data_documents(d, 0, SPLIT_DEV));
    for (int j = 0; j < POINTS; j++) {
        c[j] = 32 << j;
        loss[j] = data_best_loss(d, 0, SPLIT_TRAIN, 32 << j);
        whole[j] = 0;
    }
    for (int k = 0; k < n; k++) count_document(d, k, c, sum + k * POINTS, count + k * POINTS);
    for (int j = 0; j < POINTS && n < DOCUMENTS; j++) {
        double tokens = 0;
        for (int k = 0; k < n; k++) {
            whole[j] += sum[k * POINTS + j];
            tokens += count[k * POINTS + j];
        }
        ck_assert(fabs(whole[j] / tokens - data_best_loss(d, 0, SPLIT_DEV, 32 << j)) < 1e-9);
    }
    const struct power_law_points points = {POINTS, c, loss, NULL};
    MUST(power_law_fit(&points, &truth, &e), &e);
    const struct power_law_documents documents = {POINTS, n, 1, c, sum, count};
    MUST(power_law_bootstrap(&documents, 200, 1, 0.95, &fit, &e), &e);
    ck_assert_msg(fit.beta.low <= truth.beta && truth.beta <= fit.beta.high &&
                      fit.beta.high - fit.beta.low < 0.2,
                  "beta %.4f of the corpus, %.4f to %.4f fitted to %d documents", truth.beta,
                  fit.beta.low, fit.beta.high, n);
    ck_assert(fit.gamma.low <= truth.gamma && truth.gamma <= fit.gamma.high);
    data_close(d);
}
END

TEST(the_same_bytes_anyhow)
{
    struct bench b;
    bench_open(&b, "[{type: rope}, {type: alibi}]", NULL);
    same_anyhow(&b, "{type: loss_by_context, contexts: [8, 32, 64, 128, 256], chunks: 24}", 320);
    same_anyhow(&b, "{type: perplexity, mode: strided, window: 100, stride: 30}", 100);
    bench_close(&b);
}
END

/* Many documents: they are the clusters; each chunk has the context that it was asked for. */
TEST(chunks_of_many_documents)
{
    struct bench b;
    struct chunks c, again;
    struct error e;
    struct source_config source = {.generate = "keyed_records", .tokens = 400000, .weight = 1};
    struct data_config config = {.sources = {1, &source}, .dev_fraction = 0.5};
    MUST(data_open(&b.data, &config, 1, &e), &e);
    MUST(chunks_open(&c, b.data, 0, SPLIT_DEV, 500, 300, 1, &e), &e);
    MUST(chunks_open(&again, b.data, 0, SPLIT_DEV, 500, 300, 1, &e), &e);
    ck_assert(!c.blocks && c.n == 300 && c.documents >= CHUNK_DOCUMENTS);
    ck_assert_int_eq(c.clusters, c.documents);
    for (int i = 0; i < c.n; i++) {
        ck_assert(c.v[i].at >= 500 && c.v[i].cluster < c.clusters);
        ck_assert_int_le(c.v[i].at + CHUNK_TOKENS,
                         data_document_tokens(b.data, 0, SPLIT_DEV, c.v[i].document));
        ck_assert(c.v[i].at == again.v[i].at);
    }
    chunks_close(&c);
    chunks_close(&again);
    MUST(chunks_open(&c, b.data, 0, SPLIT_DEV, 1 << 20, 10, 1, &e), &e);
    ck_assert_int_eq(c.n, 0);
    chunks_close(&c);
    data_close(b.data);
}
END

static void refused(const char *yaml, const char *why)
{
    struct task_holder t;
    struct error e;
    ck_assert_int_eq(task_check_options(task_open(&t, yaml), &e), E_USAGE);
    ck_assert_str_eq(e.text, why);
    conf_close(t.conf);
}

TEST(options_that_cannot_be)
{
    refused("{type: loss_by_context, contexts: [64, 32]}", "loss_by_context: contexts must ascend");
    refused("{type: loss_by_context, contexts: [0.5]}",
            "loss_by_context: 0.5 is no number of tokens");
    refused("{type: perplexity, window: 32, stride: 64}",
            "perplexity: stride 64 is more than the window of 32");
    refused("{type: perplexity, mode: disjoint, stride: 4}", "perplexity: disjoint has no stride");
    refused("{type: passkey, loss: all}",
            "passkey: `loss` is for training: answers alone are scored");
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    scratch_open();
    const int status =
        run_tests("context", protocols_agree_with_their_definitions, contexts_score_the_same_tokens,
                  a_first_token_stands_before_every_text, seeds_are_pooled,
                  the_exponent_of_the_corpus_is_recovered, the_same_bytes_anyhow,
                  chunks_of_many_documents, options_that_cannot_be, NULL);
    return scratch_close(status);
}
