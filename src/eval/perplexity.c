/* perplexity.c -- loss per token and per byte of whole documents, by a named protocol.
 *
 * The protocols are those of window.h; sums of losses over sums of tokens, divided once. For yarn
 * the published mean of window means stands beside it. llama_cpp reads a source's documents as one
 * text. Intervals take documents as clusters. `min_context` leaves out tokens that see fewer.
 *
 * A beginning-of-text token stands where the protocol's own program puts it: before every window
 * (disjoint, strided), before a document (yarn, lm_eval), in place of a window's first token
 * (llama_cpp). It is never scored. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/feed.h"
#include "src/eval/task.h"
#include "src/eval/window.h"
#include "src/stat/cluster.h"
#include "src/stat/mean.h"

static const char *const modes[] = {"disjoint", "strided", "lm_eval", "llama_cpp", "yarn", NULL};

struct perplexity_options {
    int mode, window, stride, min_context;
    int64_t tokens;
};

#define S struct perplexity_options
static const struct conf_field fields[] = {
    CONF_ENUM(S, mode, WINDOW_MODE_STRIDED, modes, "protocol"),
    CONF_INT(S, window, 0, 0, 1 << 24, "tokens that a pass reads at most; 0: eval.length"),
    CONF_INT(S, stride, 0, 0, 1 << 24,
             "strided, yarn: from window to window; 0: a quarter of the window, 256 for yarn"),
    CONF_INT(S, min_context, 0, 0, 1 << 24, "tokens with a shorter context are not scored"),
    CONF_SIZE(S, tokens, 0, 0, 1e12, "held-out tokens per source; 0: eval.tokens"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"perplexity", sizeof(struct perplexity_options), fields};

struct protocol {
    enum window_mode mode;
    int window, stride, min_context;
    int64_t tokens;
};

static struct protocol resolve(const struct perplexity_options *o, const struct eval_at *at)
{
    struct protocol p = {o->mode, o->window ? o->window : at->length, o->stride, o->min_context,
                         o->tokens ? o->tokens : at->tokens};
    if (!p.stride) p.stride = p.mode == WINDOW_MODE_YARN ? 256 : (p.window + 3) / 4;
    if (p.stride > p.window) p.stride = p.window;
    return p;
}

static int perplexity_check(const void *opts, struct error *e)
{
    const struct perplexity_options *o = opts;
    if (o->window && o->stride > o->window)
        return error_set(e, E_USAGE, "perplexity: stride %d is more than the window of %d",
                         o->stride, o->window);
    if (o->stride && o->mode != WINDOW_MODE_STRIDED && o->mode != WINDOW_MODE_YARN)
        return error_set(e, E_USAGE, "perplexity: %s has no stride", modes[o->mode]);
    return OK;
}

static int perplexity_reach(const void *opts, const struct eval_at *at)
{
    return resolve(opts, at).window;
}

/* ---- sums ---- */

struct tally {
    double loss, bytes;
    int64_t tokens, windows;
    double window_means; /* sum of the windows' mean losses */
    int documents, capacity;
    double *document_loss, *document_tokens; /* [documents] */
};

struct scoring {
    const struct eval_at *at;
    struct tally *tally;
};

static void count(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    struct scoring *s = self;
    struct tally *t = s->tally;
    double sum = 0;
    int scored = 0;
    char text[512];
    for (int i = 0; i < n; i++) {
        if (target[i] == NO_TARGET) continue;
        sum += (double)loss[i];
        t->bytes += data_decode(s->at->data, target[i], text);
        scored++;
    }
    if (!scored) return;
    t->loss += sum;
    t->tokens += scored;
    t->windows++;
    t->window_means += sum / scored;
    t->document_loss[tag] += sum;
    t->document_tokens[tag] += scored;
}

static int add_document(struct tally *t, struct error *e)
{
    if (t->documents == t->capacity) {
        const int capacity = t->capacity ? 2 * t->capacity : 64;
        double *loss = realloc(t->document_loss, (size_t)capacity * sizeof *loss);
        if (loss) t->document_loss = loss;
        double *tokens = realloc(t->document_tokens, (size_t)capacity * sizeof *tokens);
        if (tokens) t->document_tokens = tokens;
        if (!loss || !tokens) return error_set(e, E_MEMORY, "no memory for %d documents", capacity);
        t->capacity = capacity;
    }
    t->document_loss[t->documents] = t->document_tokens[t->documents] = 0;
    t->documents++;
    return OK;
}

static void close_tally(struct tally *t)
{
    free(t->document_loss);
    free(t->document_tokens);
}

/* ---- passes ---- */

/* A text in memory: token and target [n]; token[-1] is the end of a document. */
static int score_text(struct feed *f, const struct protocol *p, const int32_t *bos,
                      const int32_t *token, const int32_t *target, int64_t n, int64_t tag,
                      struct error *e)
{
    struct window w;
    int32_t *next = malloc(2 * (size_t)p->window * sizeof *next), *own = next + p->window;
    int status = next ? OK : error_set(e, E_MEMORY, "no memory for a window");
    for (int64_t k = 0; !status && window_at(p->mode, n, p->window, p->stride, k, &w); k++) {
        const int read = (int)(w.to - 1 - w.begin);
        if (w.from < w.begin + p->min_context) w.from = w.begin + p->min_context;
        if (w.from >= w.to) continue;
        for (int i = 0; i < read; i++) {
            const int64_t j = w.begin + i + 1;
            next[i] = j >= w.from ? target[j] : NO_TARGET;
        }
        const int32_t *text = token + w.begin;
        if (bos && p->mode == WINDOW_MODE_LLAMA_CPP) {
            memcpy(own, text, (size_t)read * sizeof *own);
            own[0] = *bos;
            text = own;
        }
        status = feed_row(f, text, next, read, 0, tag, e);
    }
    free(next);
    return status;
}

/* Documents one by one, or joined to one text. Each ends with its end-of-document token. */
static int score_source(struct feed *f, const struct eval_at *at, const struct protocol *p,
                        int source, struct tally *t, struct error *e)
{
    const bool joined = p->mode == WINDOW_MODE_LLAMA_CPP;
    const int lead = at->bos && p->mode == WINDOW_MODE_YARN;
    int64_t left = p->tokens, room = 0, filled = 0;
    int32_t *token = NULL, *target = NULL;
    int status = joined ? add_document(t, e) : OK;
    const int64_t documents = data_documents(at->data, source, at->split);
    for (int64_t k = 0; k < documents && left > 0 && !status; k++) {
        int64_t n = data_document_tokens(at->data, source, at->split, k);
        if (n > left) n = left;
        left -= n;
        if (filled + n + 2 > room) {
            room = 2 * (filled + n + 2);
            int32_t *more = realloc(token, (size_t)room * sizeof *more);
            if (more) token = more;
            int32_t *more_target = realloc(target, (size_t)room * sizeof *more_target);
            if (more_target) target = more_target;
            if (!more || !more_target) {
                status = error_set(e, E_MEMORY, "no memory for %lld tokens", (long long)room);
                break;
            }
        }
        token[0] = at->bos ? *at->bos : data_end_of_document(at->data);
        token[lead] = token[0];
        target[lead] = NO_TARGET;
        data_document_read(at->data, source, at->split, k, 0, (int)n, token + 1 + lead + filled,
                           target + 1 + lead + filled);
        if (joined) {
            filled += n;
            continue;
        }
        status = add_document(t, e);
        if (!status)
            status =
                score_text(f, p, at->bos, token + 1, target + 1, n + lead, t->documents - 1, e);
    }
    if (!status && joined && filled)
        status = score_text(f, p, at->bos, token + 1, target + 1, filled, 0, e);
    feed_flush(f);
    free(token);
    free(target);
    return status;
}

static void put_source(struct findings *r, struct findings_table *t, const char *name,
                       const struct tally *x, bool joined)
{
    const double nll = x->tokens ? x->loss / (double)x->tokens : NAN;
    const struct stat_ratio_mean mean =
        stat_cluster_mean(x->document_loss, x->document_tokens, x->documents);
    const double half = joined ? NAN : mean.se * stat_t_critical(0.95, mean.documents - 1);
    double macro = 0;
    int documents = 0;
    for (int i = 0; i < x->documents; i++) {
        if (!(x->document_tokens[i] > 0)) continue;
        macro += x->document_loss[i] / x->document_tokens[i];
        documents++;
    }
    findings_text(r, t, name);
    findings_number(r, t, nll);
    findings_number(r, t, nll - half);
    findings_number(r, t, nll + half);
    findings_number(r, t, exp(nll));
    findings_number(r, t, x->bytes > 0 ? x->loss / (log(2) * x->bytes) : NAN);
    findings_number(r, t, documents ? macro / documents : NAN);
    findings_number(r, t, x->windows ? x->window_means / (double)x->windows : NAN);
    findings_number(r, t, documents);
    findings_number(r, t, (double)x->windows);
    findings_number(r, t, (double)x->tokens);
    findings_number(r, t, x->bytes);
}

static void describe(struct findings *r, const struct protocol *p)
{
    const bool strides = p->mode == WINDOW_MODE_STRIDED || p->mode == WINDOW_MODE_YARN;
    findings_fact(r, "protocol", "%s: window=%d%s%.0d; %s; nll = sum of losses / tokens",
                  modes[p->mode], p->window, strides ? " stride=" : "", strides ? p->stride : 0,
                  p->mode == WINDOW_MODE_LLAMA_CPP ? "documents joined, second halves of windows"
                                                   : "each document by itself, positions from 0");
    findings_fact_number(r, "min_context", p->min_context);
    findings_fact(r, "interval", "95 %%, documents as clusters, Student's t");
}

static int perplexity_run(const void *opts, const struct eval_at *at, struct findings *r,
                          struct error *e)
{
    const struct protocol p = resolve(opts, at);
    const struct mixer_source *source;
    const int n = data_sources(at->data, &source);
    struct tally all = {0};
    struct scoring s = {.at = at};
    struct feed f;
    TRY(feed_open(&f, at->model, at->max_tokens, count, &s, e));
    if (p.mode == WINDOW_MODE_STRIDED || p.mode == WINDOW_MODE_DISJOINT) f.bos = at->bos;
    describe(r, &p);
    struct findings_table *t = findings_table(
        r, "sources",
        "source nll nll_low nll_high ppl bits_per_byte macro_nll window_mean documents windows "
        "tokens bytes");
    int status = OK;
    for (int i = 0; i < n && !status; i++) {
        struct tally tally = {0};
        s.tally = &tally;
        status = score_source(&f, at, &p, i, &tally, e);
        if (!status) put_source(r, t, source[i].name, &tally, p.mode == WINDOW_MODE_LLAMA_CPP);
        all.loss += tally.loss;
        all.tokens += tally.tokens;
        all.bytes += tally.bytes;
        close_tally(&tally);
    }
    findings_fact_number(r, "tokens_through_the_model", (double)f.tokens);
    findings_scalar(r, "nll", all.tokens ? all.loss / (double)all.tokens : NAN);
    findings_scalar(r, "bits_per_byte", all.bytes > 0 ? all.loss / (log(2) * all.bytes) : NAN);
    feed_close(&f);
    return status;
}

const struct task_type task_perplexity = {
    .v = {.name = "perplexity",
          .summary = "loss of whole documents: disjoint, strided, or as lm-eval, llama.cpp, YaRN",
          .schema = &schema},
    .needs_data = true,
    .takes_bos = true,
    .check = perplexity_check,
    .reach = perplexity_reach,
    .run = perplexity_run,
};
