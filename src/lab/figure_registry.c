/* figure_registry.c -- the table of figures, made from figures.def, with their scripts inside. */
#include <string.h>

#include "src/lab/figure.h"

/* The script's text as a string of the program, so that an installed one needs no folder. */
#define FIGURE(name, ...)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            "plot_" #name ":\n.incbin \"plots/" #name ".gp\"\n.byte 0\n"                           \
            ".popsection\n");                                                                      \
    extern const char plot_##name[];
#include "src/lab/figures.def"
#undef FIGURE

#define FIGURE(name_, source_, what_, width_, height_, grid_, summary_)                            \
    static const struct figure_type figure_##name_ = {                                             \
        .v = {.name = #name_, .summary = summary_},                                                \
        .script = plot_##name_,                                                                    \
        .source = FIGURE_##source_,                                                                \
        .what = what_,                                                                             \
        .width = width_,                                                                           \
        .height = height_,                                                                         \
        .grid = FIGURE_##grid_,                                                                    \
    };
#include "src/lab/figures.def"
#undef FIGURE

static const struct variant *const types[] = {
#define FIGURE(name, ...) &figure_##name.v,
#include "src/lab/figures.def"
#undef FIGURE
    NULL,
};

const struct conf_registry figure_registry = {.what = "figure", .types = types};

int figure_find(const char *name, const struct figure_type **out, struct error *e)
{
    const char *names[128], *near;
    int n = 0;
    *out = (const struct figure_type *)conf_registry_find(&figure_registry, name);
    if (*out) return OK;
    for (; types[n] && n < 127; n++) names[n] = types[n]->name;
    names[n] = NULL;
    near = conf_nearest(name, names);
    return error_set(e, E_USAGE, "unknown figure '%s'%s%s%s ('ropewalk list figures' shows all)",
                     name, near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
}

const struct figure_type *figure_of_analysis(const char *analysis)
{
    const size_t n = strlen(analysis);
    for (int i = 0; types[i]; i++) {
        const struct figure_type *f = (const struct figure_type *)types[i];
        if (f->source == FIGURE_ANALYSIS && strncmp(f->what, analysis, n) == 0 &&
            (!f->what[n] || f->what[n] == ' '))
            return f;
    }
    return NULL;
}
