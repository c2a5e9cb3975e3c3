/* list.c -- what there is: encodings, mixers, lengths, tasks, analyses, figures. */
#include <string.h>

#include "src/base/conf.h"
#include "src/base/json.h"
#include "src/cli/verbs.h"
#include "src/data/length.h"
#include "src/data/mixer.h"
#include "src/eval/task.h"
#include "src/lab/figure.h"
#include "src/model/position.h"
#include "src/theory/analysis.h"

static const char *const families[] = {"encodings", "mixers",  "lengths", "tasks",
                                       "analyses",  "figures", NULL};

static const struct variant *const *members(const char *family)
{
    if (!strcmp(family, "encodings")) return position_registry.types;
    if (!strcmp(family, "mixers")) return mixer_registry.types;
    if (!strcmp(family, "lengths")) return length_registry.types;
    if (!strcmp(family, "tasks")) return task_registry.types;
    if (!strcmp(family, "analyses")) return analysis_registry.types;
    if (!strcmp(family, "figures")) return figure_registry.types;
    return NULL;
}

static void print_json(const struct variant *const *v)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_array_begin(&o, NULL);
    for (; *v; v++) {
        jsn_map_begin(&o, NULL);
        jsn_put_string(&o, "name", (*v)->name);
        jsn_put_string(&o, "summary", (*v)->summary);
        jsn_array_begin(&o, "aliases");
        for (const char *const *a = (*v)->aliases; a && *a; a++) jsn_put_string(&o, NULL, *a);
        jsn_array_end(&o);
        jsn_put_string(&o, "paper", (*v)->paper);
        jsn_map_end(&o);
    }
    jsn_array_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static void print_options(const struct variant *const *v)
{
    for (; *v; v++) {
        printf("%s: %s\n", (*v)->name, (*v)->summary);
        if ((*v)->schema) conf_help(stdout, (*v)->schema);
    }
}

static void print_table(const struct variant *const *v)
{
    const bool encodings = v == position_registry.types;
    for (; *v; v++) {
        printf("%-18s %s", (*v)->name, (*v)->summary);
        if ((*v)->paper) printf("  [%s]", (*v)->paper);
        if ((*v)->aliases) printf("  (also: %s)", (*v)->aliases[0]);
        const char *cost = encodings ? ((const struct position_type *)*v)->cost : NULL;
        if (cost) printf("  cost: %s", cost);
        putchar('\n');
    }
}

/* Tab-separated, for `make docs`; of encodings also hooks, laws and cost. */
static void print_tsv(const struct variant *const *v)
{
    const bool encodings = v == position_registry.types;
    printf("name\taliases\tsummary\tpaper%s\n", encodings ? "\thooks\tlaws\tcost" : "");
    for (; *v; v++) {
        printf("%s\t", (*v)->name);
        for (const char *const *a = (*v)->aliases; a && *a; a++)
            printf("%s%s", a == (*v)->aliases ? "" : " ", *a);
        printf("\t%s\t%s", (*v)->summary, (*v)->paper ? (*v)->paper : "");
        if (encodings) {
            const struct position_type *t = (const struct position_type *)*v;
            char hooks[256], laws[256];
            position_hooks(t, hooks, sizeof hooks);
            position_laws(t, laws, sizeof laws);
            printf("\t%s\t%s\t%s", hooks, laws, t->cost ? t->cost : "");
        }
        putchar('\n');
    }
}

static int run_list(struct cli *c, struct error *e)
{
    bool json = false, options = false, tsv = false;
    const struct flag flags[] = {
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "an array of {name, summary, aliases, paper}"},
        {"tsv", FLAG_BOOL, &tsv, 0, 0, NULL, "tab-separated; of encodings with hooks, laws, cost"},
        {"options", FLAG_BOOL, &options, 0, 0, NULL, "with every option, its default and bounds"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, 1, e));
    const struct variant *const *v = members(c->argv[0]);
    if (!v) {
        const char *near = conf_nearest(c->argv[0], families);
        return error_set(e, E_USAGE,
                         "list: unknown family '%s'%s%s%s\nvalid: encodings, mixers, lengths, "
                         "tasks, analyses, figures",
                         c->argv[0], near ? ": did you mean '" : "", near ? near : "",
                         near ? "'?" : "");
    }
    if (json)
        print_json(v);
    else if (tsv)
        print_tsv(v);
    else if (options)
        print_options(v);
    else
        print_table(v);
    return OK;
}

const struct verb verb_list = {
    .name = "list",
    .operands = "encodings|mixers|lengths|tasks|analyses|figures",
    .summary = "what there is to choose from",
    .help = "Every member of a family, one a line: name, what it is, its paper.\n\n"
            "examples:\n"
            "  ropewalk list encodings\n"
            "  ropewalk list encodings --options\n"
            "  ropewalk list mixers --json",
    .run = run_list,
};
