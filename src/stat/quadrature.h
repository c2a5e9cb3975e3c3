/* quadrature.h -- integrals over a chi or a normal variable by fixed Gauss-Legendre nodes, so that
 * equal arguments give equal bits. Private to src/stat. */
#ifndef STAT_QUADRATURE_H
#define STAT_QUADRATURE_H

enum { STAT_NODES = 64 };

/* Nodes x and weights w with sum w f(x) = E f(X). Exact to about 1e-10 for the smooth f of this
 * folder (normal distribution functions of x times something). */
struct stat_nodes {
    double x[STAT_NODES], w[STAT_NODES];
};

/* X standard normal. */
void stat_nodes_normal(struct stat_nodes *q);

/* X = sqrt(chi^2_df / df), df >= 1: the ratio of an estimated to a true standard deviation. */
void stat_nodes_chi(struct stat_nodes *q, double df);

#endif
