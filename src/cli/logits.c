/* logits.c -- logits of given tokens, for parity checks against any other implementation. */
#include <stdlib.h>

#include "src/base/npy.h"
#include "src/cli/model_source.h"
#include "src/cli/verbs.h"
#include "src/data/data.h"
#include "src/data/rows.h"

enum { PASS_TOKENS = 4096, PIECE_VALUES = 1 << 26 };

struct job {
    struct npy ids;
    struct model *model;
    struct batch batch;
    struct npy_out out;
    int rows, length, vocab;
    real *logits; /* [piece][vocab] */
    int piece;    /* tokens whose logits are held at a time */
    float *narrow;
};

static int check_ids(const struct job *j, const char *path, struct error *e)
{
    if (j->ids.n_dims != 2 || j->ids.kind != 'i' || j->ids.size < 4)
        return error_set(e, E_FORMAT, "'%s' is not an int32 or int64 matrix [rows][length]", path);
    if (j->ids.count < 1 || j->ids.count > INT32_MAX || j->ids.shape[1] > 1 << 24)
        return error_set(e, E_FORMAT, "'%s' has %zu ids: between 1 and 2^31 are read", path,
                         j->ids.count);
    for (size_t i = 0; i < j->ids.count; i++) {
        const int64_t id = npy_int(&j->ids, i);
        if (id < 0 || id >= j->vocab)
            return error_set(e, E_FORMAT, "'%s': id %lld at [%zu][%zu] is not in [0, %d)", path,
                             (long long)id, i / (size_t)j->length, i % (size_t)j->length, j->vocab);
    }
    return OK;
}

/* One pass: logits of `rows` rows, written piece by piece. */
static int write_rows(struct job *j, int first, int rows, struct error *e)
{
    const size_t n = (size_t)rows * (size_t)j->length, at = (size_t)first * (size_t)j->length;
    int32_t *token = malloc(n * sizeof *token);
    if (!token) return error_set(e, E_MEMORY, "no memory for %zu ids", n);
    for (size_t i = 0; i < n; i++) token[i] = (int32_t)npy_int(&j->ids, at + i);
    batch_rows(&j->batch, rows, j->length, token, NULL);
    free(token);
    for (int done = 0; done < j->batch.tokens; done += j->piece) {
        const int left = j->batch.tokens - done, count = left < j->piece ? left : j->piece;
        const size_t values = (size_t)count * (size_t)j->vocab;
        model_logits(j->model, &j->batch, done, count, j->logits);
        for (size_t i = 0; i < values; i++) j->narrow[i] = (float)j->logits[i];
        TRY(npy_out_floats(&j->out, j->narrow, values, e));
    }
    return OK;
}

static int write_all(struct job *j, const char *path, int pass_rows, struct error *e)
{
    const int64_t shape[3] = {j->rows, j->length, j->vocab};
    int status = OK;
    TRY(npy_out_open(&j->out, path, 3, shape, e));
    for (int r = 0; r < j->rows && !status; r += pass_rows)
        status = write_rows(j, r, j->rows - r < pass_rows ? j->rows - r : pass_rows, e);
    if (!status) return npy_out_commit(&j->out, e);
    npy_out_abort(&j->out);
    return status;
}

static int work(struct job *j, const struct model_source *s, char *const *argv, struct error *e)
{
    TRY(npy_open(&j->ids, argv[1], e));
    j->rows = (int)j->ids.shape[0];
    j->length = (int)j->ids.shape[1];
    j->vocab = s->hf.config.vocab_size;
    TRY(check_ids(j, argv[1], e));
    int pass_rows = PASS_TOKENS / j->length;
    if (pass_rows < 1) pass_rows = 1;
    if (pass_rows > j->rows) pass_rows = j->rows;
    const int tokens = pass_rows * j->length;
    j->piece = PIECE_VALUES / j->vocab;
    if (j->piece < 1) j->piece = 1;
    if (j->piece > tokens) j->piece = tokens;
    const size_t values = (size_t)j->piece * (size_t)j->vocab;
    j->logits = malloc(values * sizeof *j->logits);
    j->narrow = malloc(values * sizeof *j->narrow);
    if (!j->logits || !j->narrow) return error_set(e, E_MEMORY, "no memory for %zu logits", values);
    TRY(batch_open(&j->batch, tokens, e));
    TRY(model_source_load(&j->model, s, NULL, tokens, j->length, e));
    return write_all(j, argv[2], pass_rows, e);
}

static int run_logits(struct cli *c, struct error *e)
{
    struct model_source s;
    struct job j = {0};
    TRY(cli_parse(c, NULL, 3, 3, e));
    TRY(model_source_open(&s, c, c->argv[0], e));
    const int status = work(&j, &s, c->argv, e);
    free(j.logits);
    free(j.narrow);
    batch_close(&j.batch);
    model_close(j.model);
    npy_close(&j.ids);
    model_source_close(&s);
    return status;
}

const struct verb verb_logits = {
    .name = "logits",
    .operands = "MODEL IDS.npy OUT.npy",
    .summary = "logits of given tokens, as .npy",
    .help = "MODEL is a run, a checkpoint, or a Hugging Face Llama directory (config.json and\n"
            "safetensors, or their shard index). IDS.npy holds int32 or int64 ids [rows][length];\n"
            "OUT.npy becomes float32 [rows][length][vocabulary].\n\n"
            "examples:\n"
            "  ropewalk logits runs/0123456789ab ids.npy logits.npy\n"
            "  ropewalk logits ~/models/Llama-3.2-1B ids.npy logits.npy --threads 2",
    .run = run_logits,
};
