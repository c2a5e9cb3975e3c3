/* token_list.c -- see token_list.h. */
#include "src/data/token_list.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/parallel.h"

int token_width(int vocab_size)
{
    return vocab_size <= 1 << 16 ? 2 : 4;
}

static int reserve(struct token_list *l, size_t n, struct error *e)
{
    if (l->capacity - l->n >= n) return OK;
    const size_t capacity = l->capacity + l->capacity / 2 + n;
    void *more = realloc(l->v, capacity * (size_t)l->width);
    if (!more) return error_set(e, E_MEMORY, "no memory for %zu tokens", capacity);
    l->v = more;
    l->capacity = capacity;
    return OK;
}

int token_list_append(void *list, const int32_t *id, size_t n, struct error *e)
{
    struct token_list *l = list;
    TRY(reserve(l, n, e));
    if (l->width == 4) {
        memcpy((int32_t *)l->v + l->n, id, n * sizeof *id);
    } else {
        uint16_t *out = (uint16_t *)l->v + l->n;
        for (size_t i = 0; i < n; i++) out[i] = (uint16_t)id[i];
    }
    l->n += n;
    return OK;
}

int token_list_append_list(struct token_list *l, const struct token_list *more, struct error *e)
{
    if (!more->n) return OK;
    TRY(reserve(l, more->n, e));
    const size_t width = (size_t)l->width;
    memcpy((char *)l->v + l->n * width, more->v, more->n * width);
    l->n += more->n;
    return OK;
}

void token_list_close(struct token_list *l)
{
    free(l->v);
    *l = (struct token_list){.width = l->width};
}

void tokens_read(const void *v, int width, size_t at, size_t n, int32_t *out)
{
    if (width == 4) {
        memcpy(out, (const int32_t *)v + at, n * sizeof *out);
        return;
    }
    const uint16_t *in = (const uint16_t *)v + at;
    for (size_t i = 0; i < n; i++) out[i] = in[i];
}

/* ---- many documents at a time ---- */

struct encode_pool {
    const struct tokenizer *t;
    int threads;
    struct encoder **encoder; /* [threads] */
};

int encode_pool_open(struct encode_pool **out, const struct tokenizer *t, struct error *e)
{
    struct encode_pool *p = *out = calloc(1, sizeof *p);
    const int threads = parallel_threads();
    if (p) p->encoder = calloc((size_t)threads, sizeof *p->encoder);
    int status = p && p->encoder ? OK : error_set(e, E_MEMORY, "no memory for encoders");
    if (!status) p->t = t;
    for (; !status && p->threads < threads; p->threads++)
        status = encoder_open(&p->encoder[p->threads], t, e);
    if (!status) return OK;
    encode_pool_close(p);
    *out = NULL;
    return status;
}

void encode_pool_close(struct encode_pool *p)
{
    for (int i = 0; p && p->encoder && i < p->threads; i++) encoder_close(p->encoder[i]);
    if (p) free(p->encoder);
    free(p);
}

int encode_pool_threads(const struct encode_pool *p)
{
    return p->threads;
}

static int encode_one(struct encode_pool *p, const struct encode_source *from, int thread,
                      int64_t i, struct token_list *out, struct error *e)
{
    const char *text;
    size_t n;
    out->width = out->width ? out->width : token_width(p->t->vocab_size);
    out->n = 0;
    TRY(from->text(from->self, thread, i, &text, &n, e));
    if (encoder_run(p->encoder[thread], text, n, false, token_list_append, out, e)) {
        char name[1024];
        from->name(from->self, i, name, sizeof name);
        return error_wrap(e, "%s", name);
    }
    return from->done ? from->done(from->self, thread, i, out, e) : OK;
}

int encode_pool_run(struct encode_pool *p, const struct encode_source *from, int64_t n,
                    struct token_list *out, struct error *e)
{
    int64_t failed = n; /* the first document that failed */
    int status = OK;
    atomic_int next = 0;
#pragma omp parallel num_threads(p->threads)
    {
        const int thread = atomic_fetch_add(&next, 1);
        struct error why;
#pragma omp for schedule(dynamic, 1)
        for (int64_t i = 0; i < n; i++) {
            const int s = encode_one(p, from, thread, i, &out[i], &why);
            if (!s) continue;
#pragma omp critical(encode_pool)
            if (i < failed) {
                failed = i;
                status = s;
                if (e) *e = why;
            }
        }
    }
    return status;
}
