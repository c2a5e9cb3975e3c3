/* cluster.h -- errors of an evaluation loss from its documents.
 *
 * A loss in nats per token is a ratio of sums over documents, R = sum s_d / sum n_d. Tokens of one
 * document depend on each other; documents are the independent units (Miller 2024, arXiv
 * 2411.00640). Linearised:
 *
 *   SE^2 = D / (D - 1) * sum (s_d - R n_d)^2 / (sum n_d)^2
 *
 * This is the error of the evaluation set alone and says nothing about training seeds. NaN for
 * fewer than two documents with tokens. Pure functions; any thread. */
#ifndef STAT_CLUSTER_H
#define STAT_CLUSTER_H

struct stat_ratio_mean {
    int documents; /* with n_d > 0 */
    double mean, se;
};

/* sum[documents], count[documents]: loss summed over a document's tokens, and how many they are. */
struct stat_ratio_mean stat_cluster_mean(const double *sum, const double *count, int documents);

/* x - y of two models on the same documents and tokens: paired, so what makes a document hard cancels. */
struct stat_ratio_mean stat_cluster_difference(const double *sum_x, const double *sum_y,
                                               const double *count, int documents);

/* Seeds and documents together: sqrt(sd_seed^2 / n + se_documents^2). All seeds see the same
 * documents, so more seeds do not average their error out. */
double stat_total_error(double sd_seed, int seeds, double se_documents);

#endif
