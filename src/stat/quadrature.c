/* quadrature.c -- see quadrature.h. */
#include "src/stat/quadrature.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* The nodes of [low, high], weights not yet times the density. */
static void nodes(struct stat_nodes *q, double low, double high)
{
    gsl_integration_glfixed_table *t = gsl_integration_glfixed_table_alloc(STAT_NODES);
    for (size_t i = 0; t && i < STAT_NODES; i++)
        gsl_integration_glfixed_point(low, high, i, &q->x[i], &q->w[i], t);
    if (t) gsl_integration_glfixed_table_free(t);
}

/* The density was cut off at both ends, and 1 must still integrate to 1. */
static void normalise(struct stat_nodes *q)
{
    double sum = 0;
    for (int i = 0; i < STAT_NODES; i++) sum += q->w[i];
    for (int i = 0; i < STAT_NODES; i++) q->w[i] /= sum;
}

void stat_nodes_normal(struct stat_nodes *q)
{
    nodes(q, -8, 8);
    for (int i = 0; i < STAT_NODES; i++) q->w[i] *= gsl_ran_ugaussian_pdf(q->x[i]);
    normalise(q);
}

/* x = sqrt(c / df) with c chi-square: density 2 df x f(df x^2). */
void stat_nodes_chi(struct stat_nodes *q, double df)
{
    const double tail = 1e-13;
    nodes(q, sqrt(gsl_cdf_chisq_Pinv(tail, df) / df), sqrt(gsl_cdf_chisq_Qinv(tail, df) / df));
    for (int i = 0; i < STAT_NODES; i++)
        q->w[i] *= 2 * df * q->x[i] * gsl_ran_chisq_pdf(df * q->x[i] * q->x[i], df);
    normalise(q);
}
