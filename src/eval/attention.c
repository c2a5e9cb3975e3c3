/* attention.c -- what each head attends to, on held-out text and on repeated random blocks.
 *
 * The definitions are those of attention_probe.h; everything is summed while the logits pass by, in
 * memory linear in the length. Means over rows, then over sequences; sd is that between sequences.
 *
 *   sink_share     share of sequences whose mean attention to the first token is over 0.3 (Gu et al.
 *                  2024, arXiv 2410.10781)
 *   duplicate, induction   over the rows that have such keys; *_uniform: of uniform attention there
 *                  (Olsson et al. 2022, arXiv 2209.11895: on repeated random tokens)
 *   rope           norms of q and k per rotated pair (Barbero et al. 2024, arXiv 2410.06205) and the
 *                  pair's share of the variance of the logits over the keys of a row: of 64 rows of
 *                  each sequence, Var_j c_p(i, j) / sum_p Var_j c_p(i, j), sum_p c_p = q_i . k_j
 */
#include <math.h>
#include <stdlib.h>

#include "src/eval/attention_table.h"
#include "src/eval/feed.h"
#include "src/eval/sequences.h"

struct attention_options {
    int length, sequences, repeated;
};

#define S struct attention_options
static const struct conf_field fields[] = {
    CONF_INT(S, length, 0, 0, 1 << 24, "tokens of a sequence, at least 64; 0: eval.length"),
    CONF_INT(S, sequences, 16, 0, 1 << 16, "pieces of held-out text per source"),
    CONF_INT(S, repeated, 16, 0, 1 << 16, "sequences of repeated random blocks"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"attention", sizeof(struct attention_options), fields};

static int attention_check(const void *opts, struct error *e)
{
    const struct attention_options *o = opts;
    if (o->length == 0 || o->length >= 64) return OK;
    return error_set(e, E_USAGE, "attention: length %d is less than 64", o->length);
}

static int row_length(const struct attention_options *o, const struct eval_at *at)
{
    const int length = o->length ? o->length : at->length;
    return length < 64 ? 64 : length;
}

static int attention_reach(const void *opts, const struct eval_at *at)
{
    return row_length(opts, at);
}

static void ignore(void *self, int64_t tag, int n, const int32_t *target, const real *loss)
{
    (void)self, (void)tag, (void)n, (void)target, (void)loss;
}

/* n sequences through the model under the lens; nothing is scored. */
static int pass(const struct eval_at *at, struct head_sums *sums, const int32_t *token, int n,
                int length, struct error *e)
{
    struct feed f;
    int32_t *none = malloc((size_t)length * sizeof *none);
    if (!none) return error_set(e, E_MEMORY, "no memory for a sequence");
    for (int i = 0; i < length; i++) none[i] = NO_TARGET;
    const struct model_lens lens = {.self = sums, .attend = head_sums_attend};
    int status = feed_open(&f, at->model, at->max_tokens, ignore, NULL, e);
    if (!status) {
        model_set_lens(at->model, &lens);
        for (int i = 0; i < n && !status; i++)
            status = feed_row(&f, token + (size_t)i * (size_t)length, none, length, 0, i, e);
        feed_flush(&f);
        model_set_lens(at->model, NULL);
        feed_close(&f);
    }
    free(none);
    return status;
}

static int run_kind(const struct eval_at *at, const char *name, const int32_t *token, int n,
                    int length, struct head_tables *tables, struct error *e)
{
    struct head_sums sums;
    int status = head_sums_open(&sums, at->model, at->max_tokens, length, e);
    if (!status) status = pass(at, &sums, token, n, length, e);
    if (!status) head_tables_add(tables, name, &sums);
    head_sums_close(&sums);
    return status;
}

static int run_kinds(const struct attention_options *o, const struct eval_at *at, int length,
                     int32_t *token, struct findings *r, struct error *e)
{
    const struct mixer_source *source;
    const int sources = data_sources(at->data, &source);
    struct head_tables tables = head_tables_open(r);
    for (int s = 0; s < sources && o->sequences; s++) {
        int n;
        TRY(sequences_text(at, s, length, o->sequences, token, &n, e));
        if (n)
            TRY(run_kind(at, source[s].name, token, n, length, &tables, e));
        else
            findings_fact(r, source[s].name, "no document of %d tokens", length);
    }
    if (o->repeated) {
        const int vocab = model_config(at->model)->vocab_size,
                  block = sequences_repeated(at->seed, vocab, length, o->repeated, token);
        findings_fact(r, "repeated", "blocks of %d different random tokens, again and again",
                      block);
        TRY(run_kind(at, "repeated", token, o->repeated, length, &tables, e));
    }
    head_tables_close(&tables);
    return OK;
}

static int attention_run(const void *opts, const struct eval_at *at, struct findings *r,
                         struct error *e)
{
    const struct attention_options *o = opts;
    const int length = row_length(o, at),
              most = o->sequences > o->repeated ? o->sequences : o->repeated;
    for (int l = 0; l < model_config(at->model)->num_hidden_layers; l++)
        if (model_transforms(at->model, l))
            return error_set(e, E_USAGE,
                             "attention: the encoding of layer %d transforms whole rows of logits, "
                             "which the probes cannot follow",
                             l);
    int32_t *token = malloc(((size_t)most * (size_t)length + 1) * sizeof *token);
    if (!token) return error_set(e, E_MEMORY, "no memory for %d sequences", most);
    findings_fact_number(r, "length", length);
    findings_fact(r, "protocol", "each sequence by itself, positions from 0; rows are queries");
    model_set_length(at->model, length);
    const int status = run_kinds(o, at, length, token, r, e);
    model_set_length(at->model, 0);
    free(token);
    return status;
}

const struct task_type task_attention = {
    .v = {.name = "attention",
          .summary = "distance, entropy, sink, copying patterns, and use of RoPE pairs, per head",
          .schema = &schema},
    .needs_data = true,
    .check = attention_check,
    .reach = attention_reach,
    .run = attention_run,
};
