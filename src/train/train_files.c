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

#include "src/train/run.h"
#include "src/train/spikes.h"

int files_path(const struct training *t, const char *name, char *path, size_t size, struct error *e)
{
    return file_join(path, size, t->result->dir, name, e);
}

int files_write_json(const struct training *t, const char *name, const struct jsn_out *o,
                     struct error *e)
{
    char path[4096];
    struct file_out out;
    TRY(files_path(t, name, path, sizeof path, e));
    TRY(file_out_open(&out, path, e));
    fprintf(out.f, "%s\n", o->text);
    return file_out_commit(&out, e);
}

/* The folder's name says what its config.yaml must mean: one that was edited would describe another
 * run than the one that lies beside it. */
static int check_config(const struct training *t, const char *path, struct error *e)
{
    struct conf *c;
    struct run_config run;
    char id[13];
    if (!file_exists(path)) return OK;
    int status = run_config_load(&c, &run, path, 0, NULL, e);
    if (!status) {
        run_config_id(&run, data_fingerprint(t->data), id);
        conf_close(c);
        if (strcmp(id, t->result->id))
            status = error_set(e, E_USAGE, "'%s' was changed: it describes run %s", path, id);
    }
    return status ? error_wrap(e,
                               "the configuration of run %s is no longer its own (--fresh begins "
                               "it again)",
                               t->result->id)
                  : OK;
}

static int write_config(const struct training *t, struct error *e)
{
    char path[4096];
    struct file_out o;
    TRY(files_path(t, "config.yaml", path, sizeof path, e));
    TRY(check_config(t, path, e));
    TRY(file_out_open(&o, path, e));
    conf_write(o.f, &run_schema, &t->run, true);
    return file_out_commit(&o, e);
}

/* Two processes on one run would tear its logs. */
static int lock_folder(struct training *t, struct error *e)
{
    char path[4096];
    TRY(files_path(t, "lock", path, sizeof path, e));
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
    TRY(files_path(t, "checkpoints", t->checkpoints, sizeof t->checkpoints, e));
    if (t->options->fresh) {
        /* the status first: a kill in between must not leave a complete run without its files */
        static const char *const old[] = {
            "status.json", "summary.json", "test_documents.tsv", "eval",         "test",
            "checkpoints", "forks",        "metrics.jsonl",      "timing.jsonl", "config.yaml"};
        char path[4096];
        for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
            TRY(files_path(t, old[i], path, sizeof path, e));
            TRY(file_remove_tree(path, e));
        }
    }
    TRY(write_config(t, e));
    return metadata_write(t, e);
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
    const int failed = files_write_json(t, "status.json", &o, e);
    jsn_out_close(&o);
    return failed;
}

static void put_losses(struct jsn_out *o, const struct training *t, const char *split,
                       const double *loss)
{
    for (int s = 0; s < t->n_sources; s++) {
        char key[256];
        snprintf(key, sizeof key, "%s/%.200s/loss", split, t->sources[s].name);
        jsn_put_double(o, key, loss[s]);
    }
}

static bool may_switch(const struct run_config *run)
{
    const struct stage_config *s = run_stage(run, 0);
    const struct length_type *length = (const struct length_type *)s->length.type,
                             *window = (const struct length_type *)s->window.type;
    return run->stages.n > 1 || !length->constant || (window && !window->constant);
}

/* switch/<k>/...: spikes.h, from what was written. */
static int put_switches(struct jsn_out *o, const struct training *t, struct error *e)
{
    char path[4096];
    struct spike *y;
    int n;
    if (!may_switch(&t->run)) return OK;
    TRY(files_path(t, "metrics.jsonl", path, sizeof path, e));
    TRY(spikes_read(path, &y, &n, e));
    for (int k = 0; k < n; k++) {
        const struct {
            const char *name;
            double value;
        } number[] = {{"tokens", (double)y[k].tokens},
                      {"length_before", (double)y[k].length_before},
                      {"length_after", (double)y[k].length_after},
                      {"loss_before", y[k].before},
                      {"deviation", y[k].deviation},
                      {"spike", y[k].spike},
                      {"recovery_steps", y[k].recovery_steps},
                      {"recovery_tokens", y[k].recovery_tokens}};
        for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
            char key[64];
            snprintf(key, sizeof key, "switch/%d/%s", k + 1, number[i].name);
            jsn_put_double(o, key, number[i].value);
        }
    }
    free(y);
    return OK;
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
    put_losses(&o, t, "eval", t->dev_loss);
    jsn_put_double(&o, "test/loss", t->test_loss);
    put_losses(&o, t, "test", t->test_losses);
    tasks_put_scalars(t, SPLIT_DEV, &o);
    tasks_put_scalars(t, SPLIT_TEST, &o);
    jsn_put_double(&o, "flops", t->at.flops);
    jsn_put_double(&o, "flops/exact", t->state.flops_exact);
    jsn_put_double(&o, "flops/paper", t->state.flops_paper);
    if (t->state.lost) jsn_put_int(&o, "data/lost_tokens", t->state.lost);
    int status = tasks_put_solved(t, &o, e);
    if (!status) status = put_switches(&o, t, e);
    jsn_map_end(&o);
    if (!status) status = files_write_json(t, "summary.json", &o, e);
    jsn_out_close(&o);
    return status;
}

int files_read_summary(struct training *t, struct error *e)
{
    char path[4096];
    struct jsn_doc d;
    TRY(files_path(t, "summary.json", path, sizeof path, e));
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
    TRY(files_path(t, "status.json", path, sizeof path, e));
    if (!file_exists(path)) return OK;
    TRY(jsn_open(&d, path, e));
    int failed = jsn_string(&d, d.root, "status", true, &word, e);
    if (!failed) failed = jsn_string(&d, d.root, "tensor", false, &tensor, e);
    if (!failed) failed = jsn_int(&d, d.root, "step", true, &step, e);
    if (!failed && strcmp(word, "diverged") == 0) {
        *done = true;
        t->result->step = step;
        *status = error_set(e, E_DIVERGED, "run %s diverged at step %" PRId64 " in %s",
                            t->result->id, step, tensor);
    } else if (!failed && strcmp(word, "complete") == 0) {
        *done = true;
        failed = files_read_summary(t, e);
    }
    jsn_close(&d);
    return failed;
}

void files_close(struct training *t)
{
    line_log_close(&t->metrics);
    line_log_close(&t->timing);
    line_log_close(&t->notes);
    jsn_out_close(&t->line);
    if (t->lock >= 0) close(t->lock);
}
