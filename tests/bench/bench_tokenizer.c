/* Speed of encoding on one thread in CPU time, and that decoding gives the text back:
 *   make benches && build/release-float/tests/bench/bench_tokenizer TOKENIZER FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/file.h"
#include "src/base/parallel.h"
#include "src/data/tokenizer.h"

enum { ROUNDS = 7 };

struct output {
    int32_t *id;
    size_t n;
};

static int keep(void *to, const int32_t *id, size_t n, struct error *e)
{
    struct output *o = to;
    (void)e;
    memcpy(o->id + o->n, id, n * sizeof *id);
    o->n += n;
    return OK;
}

static bool decodes(const struct tokenizer *t, const struct output *o, const char *text, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < o->n; i++) {
        size_t size;
        const char *piece = tokenizer_text(t, o->id[i], &size);
        if (at + size > n || memcmp(text + at, piece, size)) return false;
        at += size;
    }
    return at == n;
}

static int bench(const char *name, const char *path, struct error *e)
{
    struct tokenizer *t;
    struct encoder *c;
    struct output o = {0};
    char *text;
    size_t n;
    double best = 1e30, first = 0;
    TRY(tokenizer_open(&t, name, e));
    TRY(file_read_all(path, &text, &n, e));
    TRY(encoder_open(&c, t, e));
    o.id = malloc((n + 1) * sizeof *o.id);
    if (!o.id) return error_set(e, E_MEMORY, "no memory for %zu ids", n);
    for (int i = 0; i < ROUNDS; i++) {
        o.n = 0;
        const clock_t start = clock();
        TRY(encoder_run(c, text, n, false, keep, &o, e));
        const double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (i == 0) first = took;
        if (took < best) best = took;
    }
    printf("%s: %zu bytes, %zu ids, %.3f bytes an id\n", path, n, o.n, (double)n / (double)o.n);
    printf("encode %.1f MB/s (%.1f with an empty cache), decoding %s\n", 1e-6 * (double)n / best,
           1e-6 * (double)n / first, decodes(t, &o, text, n) ? "exact" : "WRONG");
    free(o.id);
    free(text);
    encoder_close(c);
    tokenizer_close(t);
    return OK;
}

int main(int argc, char **argv)
{
    struct error e = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: bench_tokenizer TOKENIZER FILE\n");
        return 2;
    }
    parallel_init(1);
    if (!bench(argv[1], argv[2], &e)) return 0;
    fprintf(stderr, "%s\n", e.text);
    return 1;
}
