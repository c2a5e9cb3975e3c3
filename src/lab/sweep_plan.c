/* sweep_plan.c -- see sweep_plan.h. */
#include "src/lab/sweep_plan.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/lab/sweep_internal.h"

/* ---- data: opened once for each configuration of it ---- */

struct data_facts {
    char key[80]; /* hash of the data section, and the seed where text is generated or made */
    char fingerprint[65];
    int vocab;
};

struct facts {
    int n;
    struct data_facts *v;
};

static bool generates(const struct data_config *d)
{
    const struct source_config *s = d->sources.v;
    for (int i = 0; i < d->sources.n; i++)
        if (s[i].generate || s[i].task.type || s[i].tuning.documents.n) return true;
    return d->sources.n == 0;
}

static int find_facts(struct facts *f, const struct run_config *run, const struct data_facts **out,
                      struct error *e)
{
    char hex[65], key[80];
    struct data *d;
    conf_hash(&data_schema, &run->data, hex);
    snprintf(key, sizeof key, "%s", hex);
    if (generates(&run->data))
        snprintf(key + 64, sizeof key - 64, "%lld", (long long)run->seed % 100000000000000);
    for (int i = 0; i < f->n; i++)
        if (strcmp(f->v[i].key, key) == 0) {
            *out = &f->v[i];
            return OK;
        }
    TRY(data_open(&d, &run->data, (uint64_t)run->seed, e));
    struct data_facts *v = realloc(f->v, sizeof *v * (size_t)(f->n + 1));
    if (!v) abort();
    f->v = v;
    v = &f->v[f->n++];
    *v = (struct data_facts){.vocab = data_vocab_size(d)};
    memcpy(v->key, key, sizeof key);
    snprintf(v->fingerprint, sizeof v->fingerprint, "%s", data_fingerprint(d));
    data_close(d);
    *out = v;
    return OK;
}

/* ---- what arms share ---- */

/* Hash of one field of a struct by itself. */
static void hash_field(const struct conf_schema *s, const char *key, const void *in, char hex[65])
{
    const struct conf_field *f = s->fields;
    while (f->key && strcmp(f->key, key)) f++;
    const struct conf_field rows[2] = {*f, {0}};
    const struct conf_schema one = {s->name, s->size, rows};
    conf_hash(&one, in, hex);
}

static bool same_field(const struct conf_schema *s, const char *key, const void *a, const void *b)
{
    char x[65], y[65];
    hash_field(s, key, a, x);
    hash_field(s, key, b, y);
    return strcmp(x, y) == 0;
}

static bool same_mixers(const struct run_config *a, const struct run_config *b)
{
    const struct conf_field *f = run_schema.fields;
    while (strcmp(f->key, "stages")) f++;
    if (a->stages.n != b->stages.n) return false;
    for (int i = 0; i < a->stages.n; i++)
        if (!same_field(f->schema, "mixer", (const struct stage_config *)a->stages.v + i,
                        (const struct stage_config *)b->stages.v + i))
            return false;
    return true;
}

static void compare(struct sweep_plan *p, const struct run_config *first,
                    const struct run_config *run)
{
    const bool data = same_field(&run_schema, "data", first, run);
    p->same_weights &= same_field(&run_schema, "model", first, run);
    p->same_stream &= data && same_mixers(first, run);
    p->same_held_out &=
        data && first->eval.tokens == run->eval.tokens && first->eval.length == run->eval.length;
}

/* ---- runs ---- */

static char *write_config(const struct run_config *run)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    if (!f) abort();
    conf_write(f, &run_schema, run, true);
    fclose(f);
    return text;
}

static int resolve(struct sweep_plan *p, struct facts *facts, struct run_config *run,
                   struct sweep_plan_run *out, struct error *e)
{
    const struct data_facts *data;
    TRY(find_facts(facts, run, &data, e));
    if (!run->model.vocab_size) run->model.vocab_size = data->vocab;
    if (run->model.vocab_size < data->vocab)
        return error_set(e, E_USAGE, "vocab_size %d is less than the tokenizer's %d tokens",
                         run->model.vocab_size, data->vocab);
    TRY(model_config_resolve(&run->model, e));
    TRY(run_cost(run, &out->cost, e));
    run->name = p->sweep->arms[p->arms[out->arm].of].label;
    run_config_id(run, data->fingerprint, out->id);
    out->config = write_config(run);
    return OK;
}

/* The arm's configuration with a seed. */
static int bind_run(const struct sweep_plan *p, const struct sweep_arm *arm, int64_t seed,
                    struct conf **c, struct run_config *run, struct error *e)
{
    TRY(sweep_arm_conf(p->sweep, arm, c, e));
    const struct node *key = node_scalar(*c, (struct place){0}, "seed");
    conf_set(*c, key, node_scalar(*c, (struct place){0}, conf_text(*c, "%lld", (long long)seed)));
    run_config_bind(*c, run);
    const int status = conf_finish(*c, e);
    if (status) conf_close(*c);
    return status;
}

static int plan_of_id(const struct sweep_plan *p, const char *id)
{
    for (int i = 0; i < p->n_runs; i++)
        if (strcmp(p->runs[i].id, id) == 0) return p->runs[i].arm;
    return -1;
}

/* All seeds of an arm of the sweep. One that means the same run as an earlier arm is left out. */
static int add_arm(struct sweep_plan *p, struct facts *facts, int of, struct conf *first_conf,
                   const struct run_config *first, struct error *e)
{
    struct sweep *s = p->sweep;
    const struct sweep_arm *arm = &s->arms[of];
    p->arms[p->n_arms] = (struct sweep_plan_arm){.of = of, .label = arm->label};
    for (int i = 0; i < s->n_seeds; i++) {
        struct conf *c;
        struct run_config run;
        struct sweep_plan_run *r = &p->runs[p->n_runs];
        *r = (struct sweep_plan_run){.arm = p->n_arms, .seed = s->seeds[i]};
        TRY(bind_run(p, arm, s->seeds[i], &c, &run, e));
        int status = resolve(p, facts, &run, r, e);
        if (status) error_wrap(e, "arm '%.200s'", arm->label);
        const int same = status ? -1 : plan_of_id(p, r->id);
        if (!status && same < 0 && first_conf) compare(p, first, &run);
        if (!status && i == 0) {
            p->arms[p->n_arms].cost = r->cost;
            p->arms[p->n_arms].parameters = model_parameters(&run.model);
        }
        conf_close(c);
        if (status) return status;
        if (same >= 0) {
            sweep_note(s, "arm '%s' is the same run as '%s': planned once", arm->label,
                       p->arms[same].label);
            if (s->baseline == of) p->baseline = same;
            free(r->config);
            p->n_same++;
            return OK;
        }
        p->n_runs++;
    }
    if (s->baseline == of) p->baseline = p->n_arms;
    p->n_arms++;
    return OK;
}

static int make(struct sweep_plan *p, struct error *e)
{
    struct sweep *s = p->sweep;
    struct facts facts = {0};
    struct conf *c = NULL;
    struct run_config first;
    p->arms = calloc((size_t)s->n_arms, sizeof *p->arms);
    p->runs = calloc((size_t)s->n_arms * (size_t)s->n_seeds, sizeof *p->runs);
    if (!p->arms || !p->runs) return error_set(e, E_MEMORY, "no memory for a plan");
    p->same_weights = p->same_stream = p->same_held_out = true;
    int status = bind_run(p, &s->arms[0], s->seeds[0], &c, &first, e);
    if (status) return status;
    struct sweep_plan_run scratch = {0};
    status = resolve(p, &facts, &first, &scratch, e); /* so that it compares as resolved */
    free(scratch.config);
    for (int i = 0; i < s->n_arms && !status; i++) status = add_arm(p, &facts, i, c, &first, e);
    conf_close(c);
    free(facts.v);
    return status;
}

int sweep_plan_open(struct sweep_plan **out, struct sweep *sweep, const char *dir, struct error *e)
{
    *out = NULL;
    struct sweep_plan *p = calloc(1, sizeof *p);
    if (!p) {
        sweep_close(sweep);
        return error_set(e, E_MEMORY, "no memory for a plan");
    }
    p->sweep = sweep;
    int status = file_join(p->dir, sizeof p->dir, dir, sweep->config.name, e);
    if (!status) status = make(p, e);
    if (!status) status = sweep_plan_share(p, e);
    if (status)
        sweep_plan_close(p);
    else
        *out = p;
    return status;
}

void sweep_plan_close(struct sweep_plan *p)
{
    if (!p) return;
    for (int i = 0; i < p->n_runs; i++) free(p->runs[i].config);
    free(p->runs);
    free(p->arms);
    sweep_close(p->sweep);
    free(p);
}

int sweep_load_config(struct conf **out, struct run_config *run, const char *text, const char *name,
                      struct error *e)
{
    struct conf *c;
    *out = NULL;
    TRY(conf_open_text(&c, name, text, e));
    run_config_bind(c, run);
    const int status = conf_finish(c, e);
    if (status)
        conf_close(c);
    else
        *out = c;
    return status;
}
