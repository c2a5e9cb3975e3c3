/* documents.c -- held-out documents one by one. See data_documents in data.h. */
#include "src/data/internal.h"

int64_t data_documents(const struct data *d, int source, enum split split)
{
    return d->source[source].split[split].n;
}

int64_t data_document_tokens(const struct data *d, int source, enum split split, int64_t k)
{
    return part_tokens(&d->source[source].split[split].v[k]);
}

int64_t data_document_of(const struct data *d, int source, enum split split, int64_t k)
{
    return d->source[source].split[split].v[k].document;
}

int64_t data_document_at(const struct data *d, int source, enum split split, int64_t at)
{
    return part_of_token(&d->source[source].split[split], at);
}

int32_t data_end_of_document(const struct data *d)
{
    return d->tokenizer->end_of_document;
}

const int32_t *data_byte_tokens(const struct data *d)
{
    return d->tokenizer->byte_token;
}

void data_document_read(struct data *d, int source, enum split split, int64_t k, int64_t at, int n,
                        int32_t *token, int32_t *target)
{
    const struct source *s = &d->source[source];
    part_read(d, source, &d->reader[source], &s->split[split].v[k], at, n, token);
    for (int i = 0; i < n; i++) {
        const bool counts = token_scored(s, token[i], d->tokenizer);
        token[i] &= ~TOKEN_UNSCORED;
        if (target) target[i] = counts ? token[i] : NO_TARGET;
    }
}
