/* power_law_problem.h -- the one-dimensional search that all fits share. Private to src/stat. */
#ifndef STAT_POWER_LAW_PROBLEM_H
#define STAT_POWER_LAW_PROBLEM_H

#include "src/stat/power_law.h"

enum power_law_held { HOLD_NOTHING, HOLD_GAMMA, HOLD_A };

struct power_law_problem {
    int n;
    const double *u, *loss, *weight; /* [n]; u = ln c - center; weight may be NULL */
    enum power_law_held held;
    double value; /* of the parameter that is held */
};

struct power_law_solution {
    double a, beta, gamma, sse;
};

/* Best A and gamma for this beta, both >= 0. */
struct power_law_solution power_law_solve(const struct power_law_problem *q, double beta);

/* Best beta: 80 log-spaced values, then golden section around the best. */
struct power_law_solution power_law_search(const struct power_law_problem *q);

/* u[n] from c[n], and returns the center. */
double power_law_center(const double *c, int n, double *u);

/* Refuses what cannot be fitted. */
int power_law_check(const struct power_law_points *p, struct error *e);

struct power_law power_law_of(const struct power_law_solution *s, int n, double center);

#endif
