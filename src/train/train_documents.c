/* train_documents.c -- the test loss of every document, beside the summary.
 *
 *   test_documents.tsv    source  document  targets  loss      loss: summed over the targets
 *
 * Only documents with targets have a line. Sums have all their digits, so that differences of two
 * runs can be taken document by document. */
#include <inttypes.h>
#include <stdlib.h>

#include "src/train/run.h"

int documents_open(struct loss_documents **documents, const struct training *t, struct error *e)
{
    struct loss_documents *d = *documents = calloc((size_t)t->n_sources + 1, sizeof *d);
    if (!d) return error_set(e, E_MEMORY, "no memory for losses of documents");
    for (int s = 0; s < t->n_sources; s++) {
        const size_t n = (size_t)data_documents(t->data, s, SPLIT_TEST) + 1;
        d[s].sum = calloc(n, sizeof *d[s].sum);
        d[s].targets = calloc(n, sizeof *d[s].targets);
        if (!d[s].sum || !d[s].targets)
            return error_set(e, E_MEMORY, "no memory for losses of %zu documents", n - 1);
    }
    return OK;
}

int documents_write(const struct loss_documents *documents, const struct training *t,
                    struct error *e)
{
    char path[4096];
    struct file_out out;
    TRY(files_path(t, "test_documents.tsv", path, sizeof path, e));
    TRY(file_out_open(&out, path, e));
    fputs("source\tdocument\ttargets\tloss\n", out.f);
    for (int s = 0; s < t->n_sources; s++)
        for (int64_t k = 0; k < data_documents(t->data, s, SPLIT_TEST); k++)
            if (documents[s].targets[k])
                fprintf(out.f, "%s\t%" PRId64 "\t%" PRId64 "\t%.17g\n", t->sources[s].name,
                        data_document_of(t->data, s, SPLIT_TEST, k), documents[s].targets[k],
                        documents[s].sum[k]);
    return file_out_commit(&out, e);
}

void documents_close(struct loss_documents *documents, const struct training *t)
{
    for (int s = 0; documents && s < t->n_sources; s++) {
        free(documents[s].sum);
        free(documents[s].targets);
    }
    free(documents);
}
