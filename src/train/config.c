/* config.c -- a run's configuration: read, completed, identified. Rows: config_fields.c, checks:
 * config_check.c. */
#include "src/train/config.h"

#include <stdio.h>
#include <string.h>

#include "src/base/conf_tree.h"
#include "src/base/file.h"
#include "src/train/checkpoint.h"
#include "src/train/config_check.h"
#include "src/train/hf.h"
#include "src/train/timeline.h"

/* ---- inheritance ---- */

static void inherit_stage(const struct conf *c, struct stage_config *s,
                          const struct stage_config *before)
{
    if (!s->length.type && !conf_given(c, &s->length)) s->length = before->length;
    if (!s->window.type && !conf_given(c, &s->window)) {
        s->window = before->window;
        if (!conf_given(c, &s->mask)) s->mask = before->mask;
    }
    if (!conf_given(c, &s->cut)) s->cut = before->cut;
    if (!s->batch.tokens.type && !s->batch.rows.type && !(s->batch.flops > 0))
        s->batch = before->batch;
}

/* A stage that names what was there already changes nothing: told by the address from here on. */
static void join_equal(const struct stage_config *before, struct stage_config *s)
{
    char a[65], b[65];
    run_config_hash_position(&before->position, a);
    run_config_hash_position(&s->position, b);
    if (!strcmp(a, b)) s->position = before->position;
    run_config_hash_mixer(&before->mixer, a);
    run_config_hash_mixer(&s->mixer, b);
    if (!strcmp(a, b)) s->mixer = before->mixer;
}

static void inherit(struct conf *c, struct run_config *run)
{
    struct stage_config *stage = run->stages.v;
    for (int i = 0; i < run->stages.n; i++) {
        struct stage_config *s = &stage[i];
        if (!s->name) s->name = conf_text(c, "stage%d", i + 1);
        if (i) inherit_stage(c, s, s - 1);
        if (!s->position.n) s->position = i ? s[-1].position : run->position;
        if (!s->mixer.type) s->mixer = i ? s[-1].mixer : run->data.mixer;
        if (i) join_equal(s - 1, s);
    }
    if (!run->eval.length) run->eval.length = run_config_longest_row(run);
}

/* The weights to start from decide the result: their hash is part of the configuration. Where they
 * are gone, a run that recorded it may still be resumed. */
static void identify_init(struct conf *c, struct run_config *run)
{
    struct error e;
    char dir[4096], hex[65];
    struct init_config *i = &run->init_from;
    if (!i->path) {
        if (i->sha256)
            conf_error(c, conf_place(c, &i->sha256), NULL,
                       "the hash of no weights: `path` is missing");
        return;
    }
    if (i->sha256 && !file_exists(i->path)) return;
    if (checkpoint_find_model(i->path, dir, sizeof dir, &e) || hf_hash_weights(dir, hex, &e)) {
        conf_error(c, conf_place(c, &i->path), NULL, "%s", e.text);
        return;
    }
    if (i->sha256 && strcmp(i->sha256, hex))
        conf_error(c, conf_place(c, &i->sha256), NULL, "the weights in '%s' are others: %s", dir,
                   hex);
    i->sha256 = conf_text(c, "%s", hex);
}

/* The folder of the fork, in place of the run that it is in. */
static void find_fork(struct conf *c, struct run_config *run)
{
    struct fork_config *f = &run->fork_from;
    char path[4096], forks[4096];
    struct error e;
    if (!f->path) {
        if (f->stage)
            conf_error(c, conf_place(c, &f->stage), NULL, "a fork of no run: `path` is missing");
        return;
    }
    if (!f->stage) {
        if (file_join(path, sizeof path, f->path, "prefix.json", &e) || !file_exists(path))
            conf_error(c, conf_place(c, &f->path), "of a run, name the `stage` too",
                       "'%s' is not a fork", f->path);
        return;
    }
    if (file_join(forks, sizeof forks, f->path, "forks", &e) ||
        file_join(path, sizeof path, forks, f->stage, &e) || !file_is_directory(path))
        conf_error(c, conf_place(c, &f->stage), "a stage leaves one if it says `fork: true`",
                   "there is no fork of a stage '%s' in '%s'", f->stage, f->path);
    else
        f->path = conf_text(c, "%s", path);
    f->stage = NULL;
}

void run_config_bind(struct conf *c, struct run_config *run)
{
    conf_interpolate(c);
    conf_bind(c, &run_schema, run);
    inherit(c, run);
    identify_init(c, run);
    find_fork(c, run);
    run_config_check(c, run);
}

int run_config_load(struct conf **out, struct run_config *run, const char *path, int n_overrides,
                    char *const *overrides, struct error *e)
{
    struct conf *c;
    *out = NULL;
    TRY(conf_open(&c, path, e));
    conf_override(c, n_overrides, overrides);
    run_config_bind(c, run);
    const int status = conf_finish(c, e);
    if (status)
        conf_close(c);
    else
        *out = c;
    return status;
}

/* ---- totals and identity ---- */

static const struct conf_field position_fields[] = {
    {"position", CONF_KIND_VARIANTS, 0, 0, 0, 0, 0, 0, 0, 0, &position_registry, ""},
    CONF_END,
};

static const struct conf_field mixer_fields[] = {
    {"mixer", CONF_KIND_VARIANT, 0, 0, 0, 0, 0, 0, 0, 0, &mixer_registry, ""},
    CONF_END,
};

void run_config_hash_position(const struct conf_variants *v, char hex[65])
{
    const struct conf_schema schema = {"", sizeof *v, position_fields};
    conf_hash(&schema, v, hex);
}

void run_config_hash_mixer(const struct conf_variant *v, char hex[65])
{
    const struct conf_schema schema = {"", sizeof *v, mixer_fields};
    conf_hash(&schema, v, hex);
}

int64_t run_config_tokens(const struct run_config *run)
{
    int64_t total = 0;
    for (int i = 0; i < run->stages.n; i++) {
        const int64_t tokens = timeline_known(run, i).total;
        if (!tokens) return 0;
        total += tokens;
    }
    return total;
}

/* What a schedule can return at most (or at least) in a stage; 0 for one that is not there or was
 * refused. */
static int64_t bound(const struct run_config *run, int i, const struct conf_variant *v, bool most)
{
    int64_t least, greatest;
    const struct length_type *t = (const struct length_type *)v->type;
    const struct length_clock known = timeline_known(run, i);
    if (!t || (t->check && t->check(v->opts, &known, NULL))) return 0;
    t->range(v->opts, &least, &greatest);
    return most ? greatest : least;
}

int run_config_longest_row_under(const struct run_config *run, const struct conf_variants *position)
{
    int64_t longest = 0;
    for (int i = 0; i < run->stages.n; i++) {
        const struct stage_config *s = run_stage(run, i);
        const int64_t own = bound(run, i, &s->length, true);
        if ((!position || s->position.v == position->v) && own > longest) longest = own;
    }
    return (int)longest;
}

int run_config_longest_row(const struct run_config *run)
{
    return run_config_longest_row_under(run, NULL);
}

int64_t run_config_step_tokens(const struct run_config *run)
{
    int64_t most = 0;
    for (int i = 0; i < run->stages.n; i++) {
        const struct stage_config *s = run_stage(run, i);
        const int64_t row = bound(run, i, &s->length, true);
        int64_t own = run->optim.batch_tokens;
        if (s->batch.tokens.type) own = bound(run, i, &s->batch.tokens, true);
        if (s->batch.rows.type) own = bound(run, i, &s->batch.rows, true) * row;
        if (s->batch.flops > 0) {
            const int64_t paid =
                (int64_t)(s->batch.flops / flops_causal(&run->model, 1, WINDOW_NONE, 0));
            own = paid > row ? paid : row;
        }
        if (own > most) most = own;
    }
    return most;
}

void run_config_id(const struct run_config *run, const char *fingerprint, char id[13])
{
    char hex[65];
    struct sha256 s;
    conf_hash(&run_schema, run, hex);
    sha256_init(&s);
    sha256_add(&s, hex, 64);
    sha256_add(&s, fingerprint, strlen(fingerprint));
    sha256_hex(&s, hex);
    snprintf(id, 13, "%.12s", hex);
}
