/* sweep_plan_files.c -- a plan as files. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/lab/sweep_plan.h"

static const char *const goals[] = {"minimize", "maximize"};

static void put_arm(struct jsn_out *o, const struct sweep_plan *p, int i)
{
    const struct sweep_arm *arm = &p->sweep->arms[p->arms[i].of];
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "label", arm->label);
    if (arm->block) jsn_put_string(o, "block", arm->block);
    jsn_put_int(o, "parameters", p->arms[i].parameters);
    jsn_map_begin(o, "settings");
    for (int k = 0; k < arm->n; k++)
        jsn_put_string(o, arm->setting[k].key->text,
                       node_text(p->sweep->conf, arm->setting[k].value));
    jsn_map_end(o);
    jsn_map_end(o);
}

/* Values as YAML texts: they are put into sweep files again. */
static void put_tune(struct jsn_out *o, const struct sweep *s)
{
    const struct node *keys = s->config.tune.parameters, *seeds = s->config.tune.seeds;
    if (!keys) return;
    jsn_map_begin(o, "tune");
    jsn_put_bool(o, "shared", s->config.tune.shared);
    jsn_put_bool(o, "edge_is_error", s->config.tune.edge_is_error);
    jsn_map_begin(o, "parameters");
    for (int i = 0; i < keys->n; i++) {
        const struct node *values = node_get(keys->pair[i].value, "values");
        jsn_array_begin(o, keys->pair[i].key->text);
        for (int k = 0; k < values->n; k++)
            jsn_put_string(o, NULL, node_text(s->conf, values->pair[k].value));
        jsn_array_end(o);
    }
    jsn_map_end(o);
    jsn_array_begin(o, "seeds");
    for (int i = 0; seeds && i < seeds->n; i++) {
        int64_t seed = 0;
        value_int(s->conf, seeds->pair[i].value, &seed);
        jsn_put_int(o, NULL, seed);
    }
    if (!seeds) jsn_put_int(o, NULL, 1001);
    jsn_array_end(o);
    jsn_map_end(o);
}

/* All fragments, merged: what further sweeps of this folder build on. */
static int write_base(const struct sweep_plan *p, struct error *e)
{
    char path[4096];
    const char *text = node_text(p->sweep->conf, p->sweep->base);
    TRY(file_join(path, sizeof path, p->dir, "base.yaml", e));
    return file_write_all(path, text, strlen(text), e);
}

static int write_sweep(const struct sweep_plan *p, struct error *e)
{
    const struct sweep_config *k = &p->sweep->config;
    struct jsn_out o;
    char path[4096];
    TRY(file_join(path, sizeof path, p->dir, "sweep.json", e));
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "name", k->name);
    jsn_put_string(&o, "description", k->description);
    jsn_map_begin(&o, "metric");
    jsn_put_string(&o, "name", k->metric.name);
    jsn_put_string(&o, "goal", goals[k->metric.goal]);
    jsn_put_double(&o, "practical_delta", k->metric.practical_delta);
    jsn_map_end(&o);
    jsn_put_double(&o, "level", k->metric.level);
    jsn_put_bool(&o, "paired_holm", k->metric.test == SWEEP_PAIRED_HOLM);
    jsn_put_int(&o, "baseline", p->baseline);
    put_tune(&o, p->sweep);
    if (k->early_terminate.type) {
        jsn_map_begin(&o, "early_terminate");
        jsn_put_int(&o, "type", k->early_terminate.type);
        jsn_put_int(&o, "min_tokens", k->early_terminate.min_tokens);
        jsn_put_int(&o, "eta", k->early_terminate.eta);
        jsn_put_int(&o, "min_arms", k->early_terminate.min_arms);
        jsn_map_end(&o);
    }
    jsn_array_begin(&o, "seeds");
    for (int i = 0; i < p->sweep->n_seeds; i++) jsn_put_int(&o, NULL, p->sweep->seeds[i]);
    jsn_array_end(&o);
    jsn_array_begin(&o, "arms");
    for (int i = 0; i < p->n_arms; i++) put_arm(&o, p, i);
    jsn_array_end(&o);
    jsn_map_end(&o);
    struct file_out f;
    int status = file_out_open(&f, path, e);
    if (!status) {
        fprintf(f.f, "%s\n", o.text);
        status = file_out_commit(&f, e);
    }
    jsn_out_close(&o);
    return status;
}

/* Runs are arm by arm, each with all seeds. */
static void put_share(struct jsn_out *o, const struct sweep_plan *p, int run)
{
    const int seeds = p->sweep->n_seeds;
    const struct sweep_plan_arm *a = &p->arms[p->runs[run].arm];
    if (!a->n_fork_at) return;
    jsn_array_begin(o, "fork_at");
    for (int i = 0; i < a->n_fork_at; i++) jsn_put_int(o, NULL, a->fork_at[i]);
    jsn_array_end(o);
    if (a->after < 0) return;
    jsn_put_int(o, "after", a->after * seeds + run % seeds);
    jsn_put_int(o, "after_tokens", a->after_tokens);
}

static int write_runs(const struct sweep_plan *p, struct error *e)
{
    struct jsn_out o;
    struct file_out f;
    char path[4096];
    TRY(file_join(path, sizeof path, p->dir, "plan.jsonl", e));
    TRY(file_out_open(&f, path, e));
    jsn_out_open(&o, false);
    for (int i = 0; i < p->n_runs; i++) {
        const struct sweep_plan_run *r = &p->runs[i];
        jsn_out_clear(&o);
        jsn_map_begin(&o, NULL);
        jsn_put_int(&o, "index", i);
        jsn_put_string(&o, "id", r->id);
        jsn_put_int(&o, "arm", r->arm);
        jsn_put_string(&o, "label", p->arms[r->arm].label);
        jsn_put_int(&o, "seed", r->seed);
        jsn_put_int(&o, "tokens", r->cost.tokens);
        jsn_put_double(&o, "flops", r->cost.flops);
        jsn_put_int(&o, "memory", r->cost.memory);
        jsn_put_int(&o, "disk", r->cost.disk);
        put_share(&o, p, i);
        jsn_put_string(&o, "config", r->config);
        jsn_map_end(&o);
        fprintf(f.f, "%s\n", o.text);
    }
    jsn_out_close(&o);
    return file_out_commit(&f, e);
}

int sweep_plan_write(const struct sweep_plan *p, const char *path, struct error *e)
{
    char *text, copy[4096];
    size_t n;
    TRY(file_make_directories(p->dir, e));
    TRY(file_join(copy, sizeof copy, p->dir, "sweep.yaml", e));
    TRY(file_read_all(path, &text, &n, e));
    const char *changed = p->sweep->changed;
    int status = file_write_all(copy, changed ? changed : text, changed ? strlen(changed) : n, e);
    free(text);
    if (!status) status = write_base(p, e);
    if (!status) status = write_sweep(p, e);
    return status ? status : write_runs(p, e);
}
