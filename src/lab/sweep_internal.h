/* sweep_internal.h -- what the files sweep_*.c share. */
#ifndef LAB_SWEEP_INTERNAL_H
#define LAB_SWEEP_INTERNAL_H

#include "src/lab/sweep.h"

extern const struct conf_schema sweep_schema, sweep_block_schema;

/* One block of the search: the whole file, or an entry of `blocks`. */
struct sweep_block {
    const char *name;
    int method, run_cap;
    struct node *parameters, *zip, *include, *exclude;
};

/* How the value of a parameter is drawn; NULL: it has values. */
struct distribution;

struct parameter {
    const struct node *key;
    const struct node *when; /* NULL: always active */
    int n;                   /* values */
    const struct node **value;
    const double *probability; /* [n], or NULL */
    const struct distribution *distribution;
    double min, max, mu, sigma, q, a, b;
};

/* Parameters that vary together: one parameter, or those of a zip group. */
struct dimension {
    int n; /* parameters */
    struct parameter **parameter;
    int choices;
};

struct space {
    int n_parameters;
    struct parameter *parameters;
    int n; /* dimensions */
    struct dimension *dimensions;
};

void sweep_note(struct sweep *s, const char *fmt, ...) PRINTF(2, 3);

/* Set a path of an arm's configuration. */
void sweep_set(struct conf *c, const struct sweep_setting *set);

/* sweep_parameter.c: parameters (nested ones by path) and zip groups of a block. */
void space_read(struct sweep *s, const struct sweep_block *b, struct space *space);
/* The value of a parameter at u in [0, 1). */
const struct node *parameter_draw(struct conf *c, const struct parameter *p, double u);

/* sweep_distribution.c */
const struct distribution *distribution_find(const char *name);
const char *const *distribution_names(void);
/* An error for each key that says nothing to this distribution (NULL: to values); false after one. */
bool distribution_refuse_idle(struct conf *c, const struct node *map, const struct distribution *d);
/* Read min, max, mu, sigma, q, a, b of a parameter's map, and check them; false after an error. */
bool distribution_read(struct conf *c, const struct node *map, struct parameter *p);
double distribution_draw(const struct parameter *p, double u);
bool distribution_is_whole(const struct parameter *p);
/* Values of a distribution that a grid can go through, as nodes; false if there is no such list. */
bool distribution_list(struct conf *c, struct parameter *p);

/* sweep_points.c: append the arms of a block. */
void points_add(struct sweep *s, const struct sweep_block *b);

/* sweep_match.c: whether the tree of c has what a pattern asks for: {path: value, path: [any, of]}.
 */
bool pattern_matches(struct conf *c, const struct node *pattern);
/* A pattern must be a map of paths; false after an error. */
bool pattern_check(struct conf *c, const struct node *pattern, const char *what);

/* sweep_label.c: names of the arms by what differs between them. */
void sweep_label(struct sweep *s);
/* A value as it stands in a label: "linear(factor=4)". */
const char *label_value(struct conf *c, const struct node *n);

#endif
