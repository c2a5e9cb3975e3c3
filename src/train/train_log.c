/* train_log.c -- the lines that a run writes while it trains. Metrics hold no clock and no speed, so
 * that equal runs have equal bytes; those go to timing.jsonl, and what happened to train.log. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "src/train/run.h"

void files_note(struct training *t, const char *text)
{
    char path[4096], line[1024];
    struct error ignored;
    if (t->notes.fd < 0) {
        if (files_path(t, "train.log", path, sizeof path, &ignored)) return;
        if (line_log_open(&t->notes, path, -1, &ignored)) return;
    }
    const time_t now = time(NULL);
    struct tm at;
    size_t n = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ ", gmtime_r(&now, &at));
    for (; *text && n + 1 < sizeof line; text++) line[n++] = *text == '\n' ? ' ' : *text;
    line_log_write(&t->notes, line, n, &ignored);
}

int files_open_logs(struct training *t, struct error *e)
{
    char path[4096];
    TRY(files_path(t, "metrics.jsonl", path, sizeof path, e));
    TRY(line_log_open(&t->metrics, path, t->state.metrics_bytes, e));
    TRY(files_path(t, "timing.jsonl", path, sizeof path, e));
    return line_log_open(&t->timing, path, t->state.timing_bytes, e);
}

static void begin_line(struct training *t)
{
    jsn_out_clear(&t->line);
    jsn_map_begin(&t->line, NULL);
    jsn_put_int(&t->line, "step", t->state.step);
    jsn_put_int(&t->line, "tokens", t->state.tokens);
}

static int end_line(struct training *t, struct line_log *log, struct error *e)
{
    jsn_map_end(&t->line);
    return line_log_write(log, t->line.text, t->line.length, e);
}

/* Numbers of fixed width: the length of the file, which checkpoints hold, is then no clock. */
static int log_timing(struct training *t, double seconds, struct error *e)
{
    char line[192];
    const int n = snprintf(line, sizeof line,
                           "{\"step\": %" PRId64 ", \"tokens\": %" PRId64
                           ", \"seconds\": %.6e, \"tokens_per_second\": %.6e}",
                           t->state.step, t->state.tokens, seconds, t->batch.tokens / seconds);
    return line_log_write(&t->timing, line, (size_t)n, e);
}

/* Under data/<source>/ or data/<source>/<class>/: shares and losses as they came out, and what
 * became of the tokens. */
static void put_count(struct jsn_out *o, const char *where, const struct mix_count *c,
                      int64_t tokens)
{
    char key[300];
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {{"tokens", c->tokens},
                  {"trained", c->trained},
                  {"dropped", c->dropped},
                  {"waiting", c->waiting},
                  {"padded", c->padded}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        snprintf(key, sizeof key, "data/%s/%s", where, counts[i].name);
        jsn_put_int(o, key, counts[i].value);
    }
    snprintf(key, sizeof key, "data/%s/share", where);
    jsn_put_double(o, key, tokens ? (double)c->tokens / (double)tokens : NAN);
    snprintf(key, sizeof key, "data/%s/epochs", where);
    jsn_put_double(o, key, c->epochs);
    snprintf(key, sizeof key, "data/%s/weight", where);
    jsn_put_double(o, key, c->weight);
    snprintf(key, sizeof key, "data/%s/loss", where);
    jsn_put_double(o, key, c->targets ? c->loss / (double)c->targets : NAN);
}

static void log_mix(struct training *t)
{
    const int classes = data_classes(t->data, NULL, NULL);
    int64_t tokens = 0, padded = 0, dropped = 0, waiting = 0;
    stream_counts(t->stream, t->count, t->cell_count);
    for (int s = 0; s < t->n_sources; s++) {
        tokens += t->count[s].tokens;
        padded += t->count[s].padded;
        dropped += t->count[s].dropped;
        waiting += t->count[s].waiting;
    }
    jsn_put_double(&t->line, "data/fill", (double)tokens / (double)(tokens + padded));
    jsn_put_int(&t->line, "data/dropped", dropped);
    jsn_put_int(&t->line, "data/waiting", waiting);
    for (int s = 0; s < t->n_sources; s++) {
        char where[280], label[64];
        snprintf(where, sizeof where, "%.200s", t->sources[s].name);
        put_count(&t->line, where, &t->count[s], tokens);
        for (int c = 0; c < classes && classes > 1; c++) {
            data_class_label(t->data, c, label, sizeof label);
            snprintf(where, sizeof where, "%.200s/%s", t->sources[s].name, label);
            put_count(&t->line, where, &t->cell_count[s * classes + c], tokens);
        }
    }
}

static void put_work(struct training *t, const struct timeline_step *step)
{
    jsn_put_int(&t->line, "length", step->length);
    if (step->window) jsn_put_int(&t->line, "window", step->window);
    jsn_put_int(&t->line, "rows", t->batch.rows);
    if (step->full_length > step->length) jsn_put_int(&t->line, "data/lost_tokens", t->state.lost);
    jsn_put_double(&t->line, "flops", t->at.flops);
    jsn_put_double(&t->line, "flops/exact", t->state.flops_exact);
    jsn_put_double(&t->line, "flops/paper", t->state.flops_paper);
}

int files_log_step(struct training *t, const struct timeline_step *step, double lr, double norm,
                   double seconds, struct error *e)
{
    begin_line(t);
    jsn_put_int(&t->line, "stage", t->state.stage);
    jsn_put_double(&t->line, "train/loss", t->result->loss);
    jsn_put_double(&t->line, "optim/lr", lr);
    jsn_put_double(&t->line, "optim/grad_norm", norm);
    put_work(t, step);
    log_mix(t);
    TRY(end_line(t, &t->metrics, e));
    return log_timing(t, seconds, e);
}

int files_log_eval(struct training *t, struct error *e)
{
    const struct loss_table *table = t->table;
    begin_line(t);
    jsn_put_double(&t->line, "eval/loss", t->result->dev_loss);
    for (int s = 0; s < t->n_sources; s++) {
        char key[256];
        snprintf(key, sizeof key, "eval/%.200s/loss", t->sources[s].name);
        jsn_put_double(&t->line, key, t->dev_loss[s]);
        if (table[s].best_known) {
            snprintf(key, sizeof key, "eval/%.200s/excess", t->sources[s].name);
            jsn_put_double(&t->line, key,
                           (table[s].sum - table[s].best) / (double)table[s].targets);
        }
        snprintf(key, sizeof key, "eval/%.200s/by_position", t->sources[s].name);
        jsn_array_begin(&t->line, key);
        int last = LOSS_BUCKETS - 1;
        while (last > 0 && !table[s].bucket_targets[last]) last--;
        for (int k = 0; k <= last; k++)
            jsn_put_double(&t->line, NULL,
                           table[s].bucket_targets[k]
                               ? table[s].bucket_sum[k] / (double)table[s].bucket_targets[k]
                               : NAN);
        jsn_array_end(&t->line);
    }
    tasks_put_scalars(t, SPLIT_DEV, &t->line);
    return end_line(t, &t->metrics, e);
}
