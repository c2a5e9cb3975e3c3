/* registry.c -- the table of analyses, made from analyses.def. */
#include <stdlib.h>
#include <string.h>

#include "src/theory/analysis.h"

#define ANALYSIS(name) extern const struct analysis_type analysis_##name;
#include "src/theory/analyses.def"
#undef ANALYSIS

static const struct variant *const types[] = {
#define ANALYSIS(name) &analysis_##name.v,
#include "src/theory/analyses.def"
#undef ANALYSIS
    NULL,
};

const struct conf_registry analysis_registry = {.what = "analysis", .types = types};

int analysis_find(const char *name, const struct analysis_type **out, struct error *e)
{
    const char *names[64], *near;
    int n = 0;
    *out = (const struct analysis_type *)conf_registry_find(&analysis_registry, name);
    if (*out) return OK;
    for (; types[n] && n < 63; n++) names[n] = types[n]->name;
    names[n] = NULL;
    near = conf_nearest(name, names);
    return error_set(e, E_USAGE, "unknown analysis '%s'%s%s%s ('ropewalk list analyses' shows all)",
                     name, near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool names_encodings(int n, char *const *argument)
{
    for (int i = 0; i < n; i++)
        if (!strncmp(argument[i], "position", 8) || !strncmp(argument[i], "compare", 7))
            return true;
    return false;
}

int analysis_bind_and_run(const struct analysis_type *a, int n, char *const *arguments,
                          const struct run_facts *runs, int n_runs, struct result *out,
                          struct error *e)
{
    struct conf *c;
    TRY(conf_open_text(&c, a->v.name, "{}", e));
    if (a->compare && !names_encodings(n, arguments)) {
        char *own = conf_text(c, "compare=%s", a->compare);
        conf_override(c, 1, &own);
    }
    void *opts = calloc(1, a->v.schema->size);
    if (!opts) abort();
    conf_override(c, n, arguments);
    conf_bind(c, a->v.schema, opts);
    int status = conf_finish(c, e);
    if (!status) {
        result_open(out, a->v.name);
        status = a->run(opts, runs, n_runs, out, e);
        if (status) result_close(out);
    }
    free(opts);
    conf_close(c);
    return status;
}
