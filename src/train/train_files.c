/* train_files.c -- what a run leaves behind: configuration, logs, status. Metrics hold no clock and
 * no speed, so that equal runs have equal bytes; those go to timing.jsonl. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "src/base/parallel.h"
#include "src/num/matmul.h"
#include "src/train/run.h"

static int path_of(const struct training *t, const char *name, char *path, size_t size,
                   struct error *e)
{
    return file_join(path, size, t->result->dir, name, e);
}

static int write_json(const struct training *t, const char *name, const struct jsn_out *o,
                      struct error *e)
{
    char path[4096];
    struct file_out out;
    TRY(path_of(t, name, path, sizeof path, e));
    TRY(file_out_open(&out, path, e));
    fprintf(out.f, "%s\n", o->text);
    return file_out_commit(&out, e);
}

static int write_config(const struct training *t, struct error *e)
{
    char path[4096];
    struct file_out o;
    TRY(path_of(t, "config.yaml", path, sizeof path, e));
    TRY(file_out_open(&o, path, e));
    conf_write(o.f, &run_schema, &t->run, true);
    return file_out_commit(&o, e);
}

static int write_metadata(const struct training *t, struct error *e)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "id", t->result->id);
    jsn_put_string(&o, "config", t->options->config_text);
    jsn_put_string(&o, "data", data_fingerprint(t->data));
    jsn_put_string(&o, "compiler", __VERSION__);
    jsn_put_string(&o, "real", REAL_NAME);
    jsn_put_string(&o, "kernels", matmul_kernels());
    jsn_put_int(&o, "threads", parallel_threads());
    jsn_put_int(&o, "parameters", model_parameters(&t->run.model));
    jsn_map_end(&o);
    const int status = write_json(t, "metadata.json", &o, e);
    jsn_out_close(&o);
    return status;
}

/* Two processes on one run would tear its logs. */
static int lock_folder(struct training *t, struct error *e)
{
    char path[4096];
    TRY(path_of(t, "lock", path, sizeof path, e));
    t->lock = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (t->lock < 0) return error_set(e, E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (flock(t->lock, LOCK_EX | LOCK_NB) == 0) return OK;
    return error_set(e, E_USAGE, "another process is training '%s'", t->result->dir);
}

int files_open(struct training *t, struct error *e)
{
    TRY(file_join(t->result->dir, sizeof t->result->dir, t->run.runs, t->result->id, e));
    TRY(file_make_directories(t->result->dir, e));
    TRY(lock_folder(t, e));
    TRY(path_of(t, "checkpoints", t->checkpoints, sizeof t->checkpoints, e));
    if (t->options->fresh) {
        static const char *const old[] = {"checkpoints", "metrics.jsonl", "timing.jsonl",
                                          "summary.json", "status.json"};
        char path[4096];
        for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
            TRY(path_of(t, old[i], path, sizeof path, e));
            TRY(file_remove_tree(path, e));
        }
    }
    TRY(write_config(t, e));
    return write_metadata(t, e);
}

/* ---- status and summary ---- */

int files_write_status(const struct training *t, const char *status, const char *tensor,
                       struct error *e)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "status", status);
    jsn_put_int(&o, "step", t->state.step);
    jsn_put_int(&o, "tokens", t->state.tokens);
    jsn_put_int(&o, "total", t->total);
    if (tensor) jsn_put_string(&o, "tensor", tensor);
    jsn_map_end(&o);
    const int failed = write_json(t, "status.json", &o, e);
    jsn_out_close(&o);
    return failed;
}

int files_write_summary(const struct training *t, struct error *e)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "id", t->result->id);
    jsn_put_string(&o, "name", t->run.name);
    jsn_put_int(&o, "step", t->state.step);
    jsn_put_int(&o, "tokens", t->state.tokens);
    jsn_put_double(&o, "train/loss", t->result->loss);
    jsn_put_double(&o, "eval/loss", t->result->dev_loss);
    for (int s = 0; s < t->n_sources; s++) {
        char key[256];
        snprintf(key, sizeof key, "eval/%.200s/loss", t->sources[s].name);
        jsn_put_double(&o, key, t->dev_loss[s]);
    }
    jsn_map_end(&o);
    const int status = write_json(t, "summary.json", &o, e);
    jsn_out_close(&o);
    return status;
}

int files_read_summary(struct training *t, struct error *e)
{
    char path[4096];
    struct jsn_doc d;
    TRY(path_of(t, "summary.json", path, sizeof path, e));
    TRY(jsn_open(&d, path, e));
    t->result->loss = t->result->dev_loss = NAN;
    int status = jsn_int(&d, d.root, "step", true, &t->result->step, e);
    if (!status) status = jsn_int(&d, d.root, "tokens", true, &t->result->tokens, e);
    if (!status) status = jsn_double(&d, d.root, "train/loss", false, &t->result->loss, e);
    if (!status) status = jsn_double(&d, d.root, "eval/loss", false, &t->result->dev_loss, e);
    jsn_close(&d);
    return status;
}

int files_read_status(struct training *t, bool *done, int *status, struct error *e)
{
    char path[4096];
    struct jsn_doc d;
    const char *word = "", *tensor = "?";
    int64_t step = 0;
    *done = false;
    *status = OK;
    TRY(path_of(t, "status.json", path, sizeof path, e));
    if (!file_exists(path)) return OK;
    TRY(jsn_open(&d, path, e));
    int failed = jsn_string(&d, d.root, "status", true, &word, e);
    if (!failed) failed = jsn_string(&d, d.root, "tensor", false, &tensor, e);
    if (!failed) failed = jsn_int(&d, d.root, "step", true, &step, e);
    if (!failed && strcmp(word, "diverged") == 0) {
        *done = true;
        *status = error_set(e, E_DIVERGED, "run %s diverged at step %" PRId64 " in %s",
                            t->result->id, step, tensor);
    } else if (!failed && strcmp(word, "complete") == 0) {
        *done = true;
        failed = files_read_summary(t, e);
    }
    jsn_close(&d);
    return failed;
}

/* ---- logs ---- */

int files_open_logs(struct training *t, struct error *e)
{
    char path[4096];
    TRY(path_of(t, "metrics.jsonl", path, sizeof path, e));
    TRY(line_log_open(&t->metrics, path, t->state.metrics_bytes, e));
    TRY(path_of(t, "timing.jsonl", path, sizeof path, e));
    return line_log_open(&t->timing, path, t->state.timing_bytes, e);
}

void files_close(struct training *t)
{
    line_log_close(&t->metrics);
    line_log_close(&t->timing);
    jsn_out_close(&t->line);
    if (t->lock >= 0) close(t->lock);
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

int files_log_step(struct training *t, double lr, double norm, double seconds, struct rung rung,
                   struct error *e)
{
    begin_line(t);
    jsn_put_int(&t->line, "stage", t->state.stage);
    jsn_put_double(&t->line, "train/loss", t->result->loss);
    jsn_put_double(&t->line, "optim/lr", lr);
    jsn_put_double(&t->line, "optim/grad_norm", norm);
    jsn_put_int(&t->line, "length", rung.length);
    if (rung.window) jsn_put_int(&t->line, "window", rung.window);
    stream_counts(t->stream, t->drawn, t->epochs, t->weights);
    for (int s = 0; s < t->n_sources; s++) {
        char key[256];
        snprintf(key, sizeof key, "data/%.200s/tokens", t->sources[s].name);
        jsn_put_int(&t->line, key, t->drawn[s]);
        snprintf(key, sizeof key, "data/%.200s/weight", t->sources[s].name);
        jsn_put_double(&t->line, key, t->weights[s]);
    }
    TRY(end_line(t, &t->metrics, e));
    return log_timing(t, seconds, e);
}

int files_log_eval(struct training *t, const struct loss_table *table, struct error *e)
{
    begin_line(t);
    jsn_put_double(&t->line, "eval/loss", t->result->dev_loss);
    for (int s = 0; s < t->n_sources; s++) {
        char key[256];
        snprintf(key, sizeof key, "eval/%.200s/loss", t->sources[s].name);
        jsn_put_double(&t->line, key, t->dev_loss[s]);
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
    return end_line(t, &t->metrics, e);
}
