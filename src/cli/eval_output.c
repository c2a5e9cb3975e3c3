/* eval_output.c -- results of evaluations as text, TSV, JSON and files. */
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/cli/eval.h"
#include "src/train/metadata.h"

static void put_head(struct jsn_out *o, const struct evaluation *v)
{
    if (v->model < 0)
        jsn_put_bool(o, "pooled", true);
    else
        jsn_put_string(o, "model", v->source.dir);
    if (v->turn) jsn_put_int(o, "override", v->turn);
    if (*v->stack) jsn_put_string(o, "position", v->stack);
    if (v->dependent) {
        jsn_put_string(o, "length_dependent", v->dependent);
        jsn_put_string(o, "tables_built_for", "the longest row of each pass");
    }
    if (v->run_conf) jsn_put_string(o, "config", v->config);
    if (v->at.data) jsn_put_string(o, "data", data_fingerprint(v->at.data));
    jsn_put_int(o, "train_length", v->at.train_length);
    jsn_put_int(o, "length", v->at.length);
    jsn_put_int(o, "tokens", v->at.tokens);
    jsn_put_string(o, "commit", metadata_commit());
}

/* All results, or the one of task `only`. */
static void to_json(struct jsn_out *o, const struct evaluation *v, int only)
{
    jsn_out_open(o, true);
    jsn_map_begin(o, NULL);
    put_head(o, v);
    jsn_array_begin(o, "results");
    for (int i = 0; i < v->options.tasks.n; i++) {
        if (only >= 0 && i != only) continue;
        jsn_map_begin(o, NULL);
        findings_json(&v->result[i], o);
        jsn_map_end(o);
    }
    jsn_array_end(o);
    jsn_map_end(o);
}

static void put_heading(FILE *f, const struct evaluation *v)
{
    if (v->turn) fprintf(f, "# override %d: length %d\n", v->turn, v->at.length);
    if (*v->stack) fprintf(f, "# position: %s\n", v->stack);
    if (v->dependent)
        fprintf(f, "# tables: those of %s are built for the longest row of each pass\n",
                v->dependent);
}

static void to_tsv(FILE *f, const struct evaluation *v, int i)
{
    fprintf(f, "# model: %s\n", v->model < 0 ? "pooled" : v->source.dir);
    put_heading(f, v);
    if (v->run_conf) fprintf(f, "# config: %s\n", v->config);
    if (v->at.data) fprintf(f, "# data: %s\n", data_fingerprint(v->at.data));
    fprintf(f, "# eval_length: %d\n# eval_tokens: %lld\n", v->at.length, (long long)v->at.tokens);
    if (metadata_commit()) fprintf(f, "# commit: %s\n", metadata_commit());
    findings_tsv(&v->result[i], f);
}

int eval_write_files(const struct evaluation *v, const char *dir, struct error *e)
{
    TRY(file_make_directories(dir, e));
    for (int i = 0; i < v->options.tasks.n; i++) {
        const char *task = v->options.tasks.v[i].type->name;
        char name[128], path[4096];
        struct file_out f;
        struct jsn_out o;
        int same = 1;
        for (int k = 0; k < i; k++) same += !strcmp(v->options.tasks.v[k].type->name, task);
        snprintf(name, sizeof name, same > 1 ? "%s-%d.json" : "%s.json", task, same);
        TRY(file_join(path, sizeof path, dir, name, e));
        to_json(&o, v, i);
        int status = file_out_open(&f, path, e);
        if (!status) {
            fprintf(f.f, "%s\n", o.text);
            status = file_out_commit(&f, e);
        }
        jsn_out_close(&o);
        TRY(status);
        snprintf(name, sizeof name, same > 1 ? "%s-%d.tsv" : "%s.tsv", task, same);
        TRY(file_join(path, sizeof path, dir, name, e));
        TRY(file_out_open(&f, path, e));
        to_tsv(f.f, v, i);
        TRY(file_out_commit(&f, e));
    }
    return OK;
}

void eval_print(const struct evaluation *v, bool json, bool tsv)
{
    struct jsn_out o;
    if (json) {
        to_json(&o, v, -1);
        printf("%.*s\n", (int)o.length, o.text);
        jsn_out_close(&o);
        return;
    }
    if (!tsv && v->model < 0) puts("# all models together");
    if (!tsv && v->model > 0) printf("# model %d: %s\n", v->model, v->source.dir);
    if (!tsv) put_heading(stdout, v);
    for (int i = 0; i < v->options.tasks.n; i++) {
        if (i) putchar('\n');
        if (tsv)
            to_tsv(stdout, v, i);
        else
            findings_print(&v->result[i], stdout);
    }
}
