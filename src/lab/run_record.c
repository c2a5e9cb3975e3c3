/* run_record.c -- see run_record.h. */
#include "src/lab/run_record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"

const struct run_fact *run_fact_find(const struct run_facts_list *l, const char *key)
{
    for (int i = 0; i < l->n; i++)
        if (strcmp(l->v[i].key, key) == 0) return &l->v[i];
    return NULL;
}

static int read_status(struct run_record *r, struct error *e)
{
    char path[4200];
    struct jsn_doc d;
    const char *word = "";
    snprintf(path, sizeof path, "%s/metrics.jsonl", r->dir);
    r->status = file_exists(path) ? RUN_RUNNING : RUN_MISSING;
    snprintf(path, sizeof path, "%s/status.json", r->dir);
    if (!file_exists(path)) return OK;
    TRY(jsn_open(&d, path, e));
    int status = jsn_string(&d, d.root, "status", true, &word, e);
    if (!status) status = jsn_int(&d, d.root, "step", false, &r->step, e);
    if (!status) status = jsn_int(&d, d.root, "tokens", false, &r->tokens, e);
    if (!status) status = jsn_int(&d, d.root, "total", false, &r->total, e);
    if (!status) {
        r->status = run_status_of(word);
        if (r->status == RUN_STATUS_COUNT)
            status = error_set(e, E_FORMAT, "'%s': unknown status '%s'", path, word);
    }
    jsn_close(&d);
    return status;
}

static int read_files(struct run_record *r, struct error *e)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/config.yaml", r->dir);
    if (!file_exists(path))
        return error_set(e, E_USAGE, "'%s' is no run: it has no config.yaml", r->dir);
    TRY(run_facts_yaml(&r->config, path, e));
    snprintf(path, sizeof path, "%s/summary.json", r->dir);
    TRY(run_facts_json(&r->summary, path, e));
    snprintf(path, sizeof path, "%s/metadata.json", r->dir);
    TRY(run_facts_json(&r->metadata, path, e));
    return read_status(r, e);
}

int run_record_open(struct run_record *r, const char *dir, struct error *e)
{
    *r = (struct run_record){.status = RUN_MISSING};
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/') n--;
    snprintf(r->dir, sizeof r->dir, "%.*s", (int)n, dir);
    const char *slash = strrchr(r->dir, '/');
    snprintf(r->id, sizeof r->id, "%.63s", slash ? slash + 1 : r->dir);
    const int status = read_files(r, e);
    const struct run_fact *name = run_fact_find(&r->config, "name");
    if (!status && name) snprintf(r->name, sizeof r->name, "%s", name->text);
    if (status) run_record_close(r);
    return status;
}

void run_record_close(struct run_record *r)
{
    run_facts_close(&r->config);
    run_facts_close(&r->summary);
    run_facts_close(&r->metadata);
}

int run_folder_find(char *dir, size_t size, const char *runs, const char *word, struct error *e)
{
    char path[4096], **names;
    size_t n;
    const char *found = NULL;
    int matches = 0;
    TRY(file_join(path, sizeof path, word, "config.yaml", e));
    if (file_exists(path)) {
        snprintf(dir, size, "%s", word);
        return OK;
    }
    if (!file_is_directory(runs))
        return error_set(e, E_USAGE, "'%s' is no run folder, and '%s' no folder of runs", word,
                         runs);
    TRY(file_list(runs, &names, &n, e));
    for (size_t i = 0; i < n; i++) {
        if (strncmp(names[i], word, strlen(word))) continue;
        found = names[i];
        matches++;
    }
    int status =
        matches == 1 ? file_join(dir, size, runs, found, e)
        : matches ? error_set(e, E_USAGE, "%d runs under '%s' begin with '%s'", matches, runs, word)
                  : error_set(e, E_USAGE,
                              "'%s' is no run folder, and no run under '%s' begins "
                              "with it",
                              word, runs);
    file_list_free(names, n);
    return status;
}
