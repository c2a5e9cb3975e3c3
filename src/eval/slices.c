/* slices.c -- the loss of held-out text, cut by where help could come from.
 *
 * Every token of a sequence of L tokens has two losses: with all that stands before it (long), and
 * with the last K to K + advance - 1 tokens alone (short). Of these:
 *
 *   lsd        long-short difference, short - long; key tokens: lsd > alpha and -long > beta;
 *              LongPPL = exp of the mean long loss over key tokens (Fang et al. 2024, arXiv 2410.23771;
 *              K 4096, advance 1024, alpha 2, beta -2 there). Which tokens are key is decided by this
 *              model, or by the one that wrote the file `keys`
 *   hits       associative recall (Arora et al. 2023, arXiv 2312.04927): tokens that complete an
 *              n-gram which the sequence has said before, and which a sample of training text says
 *              `rare` times at most; by gap, in tokens since it was last said
 *   icl        in-context learning: mean long loss at token 500 minus that at token 50 (Olsson et al.
 *              2022, arXiv 2209.11895)
 * Intervals take sequences as clusters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/feed.h"
#include "src/eval/key_tokens.h"
#include "src/eval/ngrams.h"
#include "src/eval/sequences.h"
#include "src/stat/cluster.h"
#include "src/stat/mean.h"

enum { GAPS = 26, ICL_LATE = 500, ICL_EARLY = 50 };

struct slice_options {
    int length, sequences, context, advance, n, rare;
    int64_t train_tokens;
    double alpha, beta;
    const char *keys, *write_keys;
};

#define S struct slice_options
static const struct conf_field fields[] = {
    CONF_INT(S, length, 0, 0, 1 << 24, "tokens of a sequence, at least 64; 0: eval.length"),
    CONF_INT(S, sequences, 32, 2, 1 << 16, "pieces of held-out text per source"),
    CONF_INT(S, context, 0, 0, 1 << 24, "K, of the short pass; 0: an eighth of the length"),
    CONF_INT(S, advance, 0, 0, 1 << 24, "tokens that share a short context; 0: a quarter of it"),
    CONF_REAL(S, alpha, 2, -100, 100, "least long-short difference of a key token, in nats"),
    CONF_REAL(S, beta, -2, -1000, 0, "least log-likelihood of a key token, in nats"),
    CONF_STRING(S, keys, NULL, "take the key tokens from this file (of an evaluator)"),
    CONF_STRING(S, write_keys, NULL, "write the key tokens of this model to this file"),
    CONF_INT(S, n, 2, 2, 16, "tokens of an n-gram; bytes need more than subwords"),
    CONF_INT(S, rare, 1250, 0, 1 << 30, "an n-gram counts if training says it so often at most"),
    CONF_SIZE(S, train_tokens, 1 << 20, 0, 1e12, "training tokens per source that are counted"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"slices", sizeof(struct slice_options), fields};

struct sizes {
    int length, context, advance;
};

static struct sizes sizes_of(const struct slice_options *o, const struct eval_at *at)
{
    struct sizes s = {o->length ? o->length : at->length, o->context, o->advance};
    if (s.length < 64) s.length = 64;
    if (!s.context) s.context = s.length / 8;
    if (!s.advance) s.advance = (s.context + 3) / 4;
    return s;
}

static int slice_check(const void *opts, struct error *e)
{
    const struct slice_options *o = opts;
    if (o->length && o->length < 64)
        return error_set(e, E_USAGE, "slices: length %d is less than 64", o->length);
    if (o->length && o->context >= o->length)
        return error_set(e, E_USAGE, "slices: context %d is not shorter than the length %d",
                         o->context, o->length);
    return OK;
}

static int slice_reach(const void *opts, const struct eval_at *at)
{
    const struct sizes s = sizes_of(opts, at);
    return s.length > s.context + s.advance ? s.length : s.context + s.advance;
}

/* ---- both passes ---- */

struct losses {
    double *of; /* [sequences][length]; NaN where nothing was scored */
    int length;
};

/* tag: place of the row's first target. */
static void store(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    const struct losses *l = self;
    for (int i = 0; i < n; i++)
        if (target[i] != NO_TARGET) l->of[tag + i] = (double)loss[i];
}

static int long_pass(struct feed *f, const int32_t *token, int n, const struct sizes *s,
                     struct error *e)
{
    for (int i = 0; i < n; i++) {
        const int64_t at = (int64_t)i * s->length;
        TRY(feed_row(f, token + at, token + at + 1, s->length - 1, 0, at + 1, e));
    }
    feed_flush(f);
    return OK;
}

/* Tokens from + 0 .. advance - 1 from the K tokens before `from` and what has come since. */
static int short_pass(struct feed *f, const int32_t *token, int n, const struct sizes *s,
                      int32_t *target, struct error *e)
{
    for (int i = 0; i < n; i++)
        for (int from = s->context; from < s->length; from += s->advance) {
            const int64_t at = (int64_t)i * s->length;
            const int to = from + s->advance < s->length ? from + s->advance : s->length,
                      begin = from - s->context, read = to - 1 - begin;
            for (int k = 0; k < read; k++)
                target[k] = begin + k + 1 >= from ? token[at + begin + k + 1] : NO_TARGET;
            TRY(feed_row(f, token + at + begin, target, read, 0, at + begin + 1, e));
        }
    feed_flush(f);
    return OK;
}

/* ---- what is reported ---- */

struct slicing {
    const struct slice_options *o;
    const struct eval_at *at;
    struct sizes size;
    int n;          /* sequences */
    int32_t *token; /* [sequences][length], as the next two */
    double *longer, *shorter;
    double *sum, *count; /* [sequences] work */
    struct key_tokens keys, written;
    struct findings *r;
    struct findings_table *lsd, *histogram, *hits, *icl;
    double key_loss, key_count, lsd_sum, lsd_count;
};

static struct stat_ratio_mean mean_of(const struct slicing *s, double *half)
{
    const struct stat_ratio_mean x = stat_cluster_mean(s->sum, s->count, s->n);
    *half = x.documents > 1 ? x.se * stat_t_critical(0.95, x.documents - 1) : NAN;
    return x;
}

static void clear(struct slicing *s)
{
    memset(s->sum, 0, (size_t)s->n * sizeof *s->sum);
    memset(s->count, 0, (size_t)s->n * sizeof *s->count);
}

static void put_mean(struct slicing *s, struct findings_table *t)
{
    double half, tokens = 0;
    const struct stat_ratio_mean x = mean_of(s, &half);
    for (int i = 0; i < s->n; i++) tokens += s->count[i];
    findings_number(s->r, t, x.mean);
    findings_number(s->r, t, x.mean - half);
    findings_number(s->r, t, x.mean + half);
    findings_number(s->r, t, tokens);
}

static bool is_key(const struct slicing *s, int source, int64_t at)
{
    if (s->o->keys) return key_tokens_has(&s->keys, source, at);
    return s->shorter[at] - s->longer[at] > s->o->alpha && -s->longer[at] > s->o->beta;
}

static int put_lsd(struct slicing *s, int source, const char *name, struct error *e)
{
    double bin[42] = {0}, tokens = 0, over = 0, half;
    clear(s);
    for (int64_t at = 0; at < (int64_t)s->n * s->size.length; at++) {
        if (isnan(s->shorter[at]) || isnan(s->longer[at])) continue;
        const double lsd = s->shorter[at] - s->longer[at];
        s->sum[at / s->size.length] += lsd;
        s->count[at / s->size.length]++;
        tokens++;
        over += lsd > s->o->alpha;
        bin[(int)fmin(fmax(floor(lsd * 2) + 21, 0), 41)]++;
    }
    const struct stat_ratio_mean x = mean_of(s, &half);
    s->lsd_sum += x.mean * tokens;
    s->lsd_count += tokens;
    double key_loss = 0, keys = 0;
    for (int64_t at = 0; at < (int64_t)s->n * s->size.length; at++) {
        if (isnan(s->shorter[at]) || isnan(s->longer[at]) || !is_key(s, source, at)) continue;
        key_loss += s->longer[at];
        keys++;
        if (s->o->write_keys) TRY(key_tokens_add(&s->written, source, at, e));
    }
    s->key_loss += key_loss;
    s->key_count += keys;
    findings_text(s->r, s->lsd, name);
    findings_number(s->r, s->lsd, x.mean);
    findings_number(s->r, s->lsd, x.mean - half);
    findings_number(s->r, s->lsd, x.mean + half);
    findings_number(s->r, s->lsd, tokens > 0 ? over / tokens : NAN);
    findings_number(s->r, s->lsd, keys);
    findings_number(s->r, s->lsd, tokens);
    findings_number(s->r, s->lsd, keys > 0 ? exp(key_loss / keys) : NAN);
    for (int k = 0; k < 42; k++) {
        findings_text(s->r, s->histogram, name);
        findings_number(s->r, s->histogram, k ? (k - 21) / 2.0 : -INFINITY);
        findings_number(s->r, s->histogram, k < 41 ? (k - 20) / 2.0 : INFINITY);
        findings_number(s->r, s->histogram, bin[k]);
    }
    return OK;
}

/* gap [sequences * length]: of each token, tokens since its n-gram was said; 0: no hit. */
static void put_hits(struct slicing *s, const char *name, const int32_t *gap)
{
    const int64_t tokens = (int64_t)s->n * s->size.length;
    for (int k = -1; k < GAPS; k++) { /* -1: the rest */
        clear(s);
        double any = 0;
        for (int64_t at = 0; at < tokens; at++) {
            if (isnan(s->longer[at])) continue;
            const int octave = gap[at] ? (int)floor(log2(gap[at])) : -1;
            if (octave != k) continue;
            s->sum[at / s->size.length] += s->longer[at];
            s->count[at / s->size.length]++;
            any++;
        }
        if (any <= 0) continue;
        findings_text(s->r, s->hits, name);
        findings_text(s->r, s->hits, k < 0 ? "rest" : "hit");
        findings_number(s->r, s->hits, k < 0 ? NAN : (double)(1LL << k));
        findings_number(s->r, s->hits, k < 0 ? NAN : (double)((2LL << k) - 1));
        put_mean(s, s->hits);
    }
}

static void put_icl(struct slicing *s, const char *name)
{
    clear(s);
    for (int i = 0; i < s->n && s->size.length > ICL_LATE; i++) {
        const double *l = s->longer + (size_t)i * (size_t)s->size.length;
        s->sum[i] = l[ICL_LATE] - l[ICL_EARLY];
        s->count[i] = 1;
    }
    findings_text(s->r, s->icl, name);
    put_mean(s, s->icl);
}

/* ---- one source ---- */

static int both_passes(struct slicing *s, struct error *e)
{
    struct feed f;
    struct losses losses = {s->longer, s->size.length};
    const size_t n = (size_t)s->n * (size_t)s->size.length;
    int32_t *target = malloc((size_t)(s->size.context + s->size.advance) * sizeof *target);
    if (!target) return error_set(e, E_MEMORY, "no memory for a short context");
    for (size_t i = 0; i < n; i++) s->longer[i] = s->shorter[i] = NAN;
    int status = feed_open(&f, s->at->model, s->at->max_tokens, store, &losses, e);
    if (!status) {
        status = long_pass(&f, s->token, s->n, &s->size, e);
        losses.of = s->shorter;
        if (!status) status = short_pass(&f, s->token, s->n, &s->size, target, e);
        feed_close(&f);
    }
    free(target);
    return status;
}

static int run_source(struct slicing *s, int source, const char *name, struct error *e)
{
    TRY(sequences_text(s->at, source, s->size.length, s->o->sequences, s->token, &s->n, e));
    if (s->n < 2) {
        findings_fact(s->r, name, "too few documents of %d tokens", s->size.length);
        return OK;
    }
    int32_t *gap = calloc((size_t)s->n * (size_t)s->size.length, sizeof *gap);
    if (!gap) return error_set(e, E_MEMORY, "no memory for %d sequences", s->n);
    int status = both_passes(s, e);
    if (!status) status = put_lsd(s, source, name, e);
    if (!status)
        status = ngram_gaps(s->at->data, source, s->o->n, s->o->rare, s->o->train_tokens, s->token,
                            s->n, s->size.length, gap, e);
    if (!status) {
        put_hits(s, name, gap);
        put_icl(s, name);
    }
    free(gap);
    return status;
}

static void open_tables(struct slicing *s)
{
    struct findings *r = s->r;
    s->lsd = findings_table(
        r, "long_short", "source lsd lsd_low lsd_high share_over_alpha key_tokens tokens longppl");
    s->hits = findings_table(r, "recall", "source kind gap_first gap_last nll low high tokens");
    s->icl = findings_table(r, "in_context_learning", "source score low high sequences");
    s->histogram = findings_table(r, "lsd_histogram", "source from to tokens");
    findings_fact_number(r, "length", s->size.length);
    findings_fact(r, "short_context", "%d to %d tokens", s->size.context,
                  s->size.context + s->size.advance - 1);
    findings_fact(r, "key_tokens_of", "%s", s->o->keys ? s->o->keys : "this model");
    findings_fact(r, "interval", "95 %%, sequences as clusters, Student's t");
}

static int run_sources(struct slicing *s, struct error *e)
{
    const struct mixer_source *source;
    const int sources = data_sources(s->at->data, &source);
    if (s->o->keys) TRY(key_tokens_read(&s->keys, s->o->keys, s->size.length, e));
    open_tables(s);
    model_set_length(s->at->model, 0);
    for (int i = 0; i < sources; i++) TRY(run_source(s, i, source[i].name, e));
    if (s->o->write_keys) TRY(key_tokens_write(&s->written, s->o->write_keys, s->size.length, e));
    findings_scalar(s->r, "lsd", s->lsd_count > 0 ? s->lsd_sum / s->lsd_count : NAN);
    findings_scalar(s->r, "longppl", s->key_count > 0 ? exp(s->key_loss / s->key_count) : NAN);
    findings_scalar(s->r, "key_tokens", s->key_count);
    return OK;
}

static int slice_run(const void *opts, const struct eval_at *at, struct findings *r,
                     struct error *e)
{
    const struct slice_options *o = opts;
    struct slicing s = {.o = o, .at = at, .size = sizes_of(o, at), .r = r};
    const size_t n = (size_t)o->sequences, tokens = n * (size_t)s.size.length;
    if (s.size.context >= s.size.length)
        return error_set(e, E_USAGE, "slices: context %d is not shorter than the length %d",
                         s.size.context, s.size.length);
    s.token = malloc(tokens * sizeof *s.token);
    s.longer = malloc(2 * tokens * sizeof *s.longer);
    s.sum = calloc(2 * n, sizeof *s.sum);
    int status = s.token && s.longer && s.sum
                     ? OK
                     : error_set(e, E_MEMORY, "no memory for %zu sequences", n);
    if (!status) {
        s.shorter = s.longer + tokens;
        s.count = s.sum + n;
        status = run_sources(&s, e);
    }
    free(s.token);
    free(s.longer);
    free(s.sum);
    key_tokens_close(&s.keys);
    key_tokens_close(&s.written);
    return status;
}

const struct task_type task_slices = {
    .v = {.name = "slices",
          .summary = "long-short difference and LongPPL, associative recall by gap, in-context "
                     "learning",
          .paper = "arXiv:2410.23771",
          .schema = &schema},
    .needs_data = true,
    .check = slice_check,
    .reach = slice_reach,
    .run = slice_run,
};
