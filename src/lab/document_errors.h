/* document_errors.h -- how much the difference of two arms owes to the choice of test documents.
 *
 * Seeds say what another training would give, documents what another test set would. Runs leave the
 * test loss of every document (test_documents.tsv); arms are compared document by document, so that
 * what makes a document hard cancels (src/stat/cluster.h; Miller 2024, arXiv 2411.00640). */
#ifndef LAB_DOCUMENT_ERRORS_H
#define LAB_DOCUMENT_ERRORS_H

#include "src/lab/results.h"

struct document_errors {
    /* That all complete runs are tested on; 0: not to be had, because the metric is not test/loss,
     * there is no baseline, or a run has no such file or other documents. */
    int documents;
    /* Every seed has documents of its own (generated text), the same for all arms: then the interval
     * over seeds is one over documents too. */
    bool by_seed;
};

/* half [n_arms]: half-width of the interval of arm - baseline over documents, the mean over the seeds
 * that both have; NaN: none in common, or fewer than two documents. E_FORMAT: a file is damaged. */
int document_errors(const struct lab_results *r, double *half, struct document_errors *d,
                    struct error *e);

#endif
