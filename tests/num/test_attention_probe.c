/* Streamed sums of attention against a plain T x T computation in double, with and without terms and
 * windows; uniform attention has the values that arithmetic gives; the same bits for any threads. */
#include "src/num/attention_pool.h"
#include "src/num/attention_probe.h"

#include "tests/testing.h"

/* Every member of struct attention_sums is a double. */
enum { SUMS = sizeof(struct attention_sums) / sizeof(double) };
enum { N = 331, HEADS = 4, KV = 2, D = 16, VD = 16, VOCAB = 12, SEGMENTS = 3, LONGEST = 200 };

struct fixture {
    struct attention a;
    real q[N * HEADS * D], k[N * KV * D], v[N * KV * VD], o[N * HEADS * VD], lse[N * HEADS];
    int32_t anchor[N], position[N], begin[N], token[N];
    struct attention_segment segment[SEGMENTS];
    void *scratch;
};

static void fill_bias(const void *self, const struct attention_tile *t, real *x)
{
    (void)self;
    for (int r = 0; r < t->rows; r++)
        for (int c = 0; c < t->cols; c++)
            x[r * t->ld + c] +=
                (real)(-0.02 * (1 + t->head) * (t->q_position[r] - t->k_position[c]));
}

static struct fixture *open_fixture(double scale, int window, bool bias)
{
    static const int length[SEGMENTS] = {LONGEST, 1, N - LONGEST - 1};
    struct fixture *f = calloc(1, sizeof *f);
    struct rng r = rng_open(4, "probe");
    for (int s = 0, at = 0; s < SEGMENTS; at += length[s++]) {
        f->segment[s] = (struct attention_segment){at, at + length[s]};
        for (int i = at; i < at + length[s]; i++) {
            f->anchor[i] = at;
            f->position[i] = i - at;
            f->begin[i] = window && i - window + 1 > at ? i - window + 1 : at;
            f->token[i] = (int32_t)rng_below(&r, VOCAB);
        }
    }
    rng_fill_normal(&r, f->q, N * HEADS * D, 0, scale);
    rng_fill_normal(&r, f->k, N * KV * D, 0, scale);
    rng_fill_normal(&r, f->v, N * KV * VD, 0, 1);
    f->a = (struct attention){.tokens = N,
                              .heads = HEADS,
                              .kv_heads = KV,
                              .qk_dim = D,
                              .v_dim = VD,
                              .scale = (real)0.25,
                              .anchor = f->anchor,
                              .key_begin = window ? f->begin : NULL,
                              .position = f->position};
    if (bias) f->a.bias[f->a.n_bias++] = (struct attention_term){.fill = fill_bias};
    f->scratch = aligned_alloc(64, (attention_scratch(&f->a, false) + 63) / 64 * 64);
    attention_forward(&f->a, f->q, HEADS * D, f->k, KV * D, f->v, KV * VD, f->o, HEADS * VD, f->lse,
                      f->scratch);
    return f;
}

static void close_fixture(struct fixture *f)
{
    free(f->scratch);
    free(f);
}

struct outcome {
    struct attention_sums sums[SEGMENTS * HEADS];
    double mass[HEADS * LONGEST], logit[HEADS * LONGEST], pairs[HEADS * LONGEST];
    int32_t top[N * HEADS];
};

static struct outcome *probe(struct fixture *f)
{
    struct outcome *x = calloc(1, sizeof *x);
    const struct attention_probe p = {.token = f->token,
                                      .segments = SEGMENTS,
                                      .segment = f->segment,
                                      .sums = x->sums,
                                      .mass = x->mass,
                                      .logit = x->logit,
                                      .pairs = x->pairs,
                                      .longest = LONGEST,
                                      .top = x->top};
    void *work = aligned_alloc(64, (attention_probe_work(&f->a, &p) + 63) / 64 * 64);
    attention_probe(&f->a, f->q, HEADS * D, f->k, KV * D, f->lse, &p, f->scratch, work);
    free(work);
    return x;
}

/* By the definitions, a row at a time. */
static void naive_row(const struct fixture *f, int head, int i, bool bias, struct outcome *x,
                      struct attention_sums *sums)
{
    static double s[N], a[N];
    const int anchor = f->anchor[i], begin = f->begin[i];
    double top = -INFINITY, sum = 0;
    int best = begin;
    for (int j = begin; j <= i; j++) {
        double dot = 0;
        for (int c = 0; c < D; c++)
            dot += (double)f->q[(i * HEADS + head) * D + c] *
                   (double)f->k[(j * KV + head / (HEADS / KV)) * D + c];
        s[j] = 0.25 * dot - (bias ? 0.02 * (1 + head) * (i - j) : 0);
        if (s[j] > top) top = s[j], best = j;
    }
    for (int j = begin; j <= i; j++) sum += exp(s[j] - top);
    double entropy = 0, distance = 0, away = 0, rest = 0, same = 0, after = 0;
    int n_same = 0, n_after = 0;
    const int seen = i - begin + 1;
    for (int j = begin; j <= i; j++) {
        a[j] = exp(s[j] - top) / sum;
        entropy -= a[j] > 0 ? a[j] * log(a[j]) : 0;
        distance += a[j] * (i - j);
        if (j > anchor) away += a[j] * (i - j), rest += a[j];
        if (j < i && f->token[j] == f->token[i]) same += a[j], n_same++;
        if (j > anchor && f->token[j - 1] == f->token[i]) after += a[j], n_after++;
        x->mass[head * LONGEST + i - j] += a[j];
        x->logit[head * LONGEST + i - j] += s[j];
        x->pairs[head * LONGEST + i - j]++;
    }
    sums->rows++;
    sums->distance += distance;
    sums->away += rest > 0 ? away / rest : 0;
    sums->entropy += entropy;
    sums->relative += seen > 1 ? entropy / log(seen) : 0;
    sums->sink += begin == anchor ? a[anchor] : 0;
    sums->self += a[i];
    sums->previous += i > anchor && i - 1 >= begin ? a[i - 1] : 0;
    sums->top += (double)(i - best) / (i - anchor + 1);
    sums->top_first += best == anchor;
    sums->max_logit += top;
    sums->duplicate += same;
    sums->induction += after;
    sums->duplicate_uniform += (double)n_same / seen;
    sums->induction_uniform += (double)n_after / seen;
    sums->duplicate_rows += n_same > 0;
    sums->induction_rows += n_after > 0;
    x->top[i * HEADS + head] = best;
}

static void same_values(const double *is, const double *want, size_t n, const char *what)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs(is[i] - want[i]) <= 1e-5 * (1 + fabs(want[i])), "%s %zu: %.9g, not %.9g",
                      what, i, is[i], want[i]);
}

TEST(equal_to_a_plain_computation)
{
    static const struct {
        double scale;
        int window;
        bool bias;
    } cases[] = {{1, 0, false}, {2, 0, false}, {1, 37, false}, {1, 0, true}, {1.5, 70, true}};
    for (int c = 0; c < 5; c++) {
        struct fixture *f = open_fixture(cases[c].scale, cases[c].window, cases[c].bias);
        struct outcome *is = probe(f), *want = calloc(1, sizeof *want);
        for (int s = 0; s < SEGMENTS; s++)
            for (int h = 0; h < HEADS; h++)
                for (int i = f->segment[s].from; i < f->segment[s].to; i++)
                    naive_row(f, h, i, cases[c].bias, want, &want->sums[s * HEADS + h]);
        same_values((double *)is->sums, (double *)want->sums, SEGMENTS * HEADS * SUMS, "sum");
        same_values(is->mass, want->mass, HEADS * LONGEST, "mass");
        same_values(is->logit, want->logit, HEADS * LONGEST, "logit");
        same_values(is->pairs, want->pairs, HEADS * LONGEST, "pairs");
        ck_assert(!memcmp(is->top, want->top, sizeof is->top));
        free(is);
        free(want);
        close_fixture(f);
    }
}
END

/* Logits of 0: every visible key has the same weight. */
TEST(uniform_attention_is_exact)
{
    struct fixture *f = open_fixture(0, 0, false);
    struct outcome *x = probe(f);
    const int t = LONGEST;
    double entropy = 0, harmonic = 0;
    for (int i = 1; i <= t; i++) entropy += log(i), harmonic += 1.0 / i;
    for (int h = 0; h < HEADS; h++) {
        const struct attention_sums *s = &x->sums[h];
        ck_assert(fabs(s->distance / t - (t - 1) / 4.0) < 1e-4);
        ck_assert(fabs(s->entropy - entropy) < 1e-3);
        ck_assert(fabs(s->relative - (t - 1)) < 1e-3);
        ck_assert(fabs(s->sink - harmonic) < 1e-5);
        ck_assert(fabs(s->self - harmonic) < 1e-5);
        ck_assert(fabs(s->previous - (harmonic - 1)) < 1e-5);
        ck_assert(fabs(s->duplicate - s->duplicate_uniform) < 1e-4);
        ck_assert(fabs(s->induction - s->induction_uniform) < 1e-4);
        ck_assert_int_eq((int)s->rows, t);
    }
    free(x);
    close_fixture(f);
}
END

TEST(threads_change_nothing)
{
    struct fixture *f = open_fixture(1, 0, false);
    struct outcome *want = probe(f);
    for (int threads = 1; threads <= 7; threads += 3) {
        parallel_init(threads);
        free(f->scratch);
        f->scratch = aligned_alloc(64, (attention_scratch(&f->a, false) + 63) / 64 * 64);
        struct outcome *is = probe(f);
        ck_assert(!memcmp(is, want, sizeof *is));
        free(is);
    }
    parallel_init(2);
    free(want);
    close_fixture(f);
}
END

/* The matrix of a head in blocks, each its largest weight; above the diagonal nothing. */
TEST(pooled_matrices)
{
    enum { CELLS = 7 };
    static const int windows[] = {0, 37};
    for (int w = 0; w < 2; w++) {
        struct fixture *f = open_fixture(1.5, windows[w], false);
        const struct attention_segment *s = &f->segment[0];
        float out[HEADS * CELLS * CELLS];
        attention_pool(&f->a, f->q, HEADS * D, f->k, KV * D, f->lse, s->from, s->to, CELLS, out,
                       f->scratch);
        double want[HEADS * CELLS * CELLS] = {0};
        for (int h = 0; h < HEADS; h++)
            for (int i = s->from; i < s->to; i++)
                for (int j = f->begin[i]; j <= i; j++) {
                    double dot = 0;
                    for (int c = 0; c < D; c++)
                        dot += (double)f->q[(i * HEADS + h) * D + c] *
                               (double)f->k[(j * KV + h / (HEADS / KV)) * D + c];
                    const double a = exp(0.25 * dot - (double)f->lse[i * HEADS + h]);
                    const int row = i * CELLS / LONGEST, column = j * CELLS / LONGEST;
                    double *cell = &want[(h * CELLS + row) * CELLS + column];
                    *cell = fmax(*cell, a);
                }
        for (int k = 0; k < HEADS * CELLS * CELLS; k++)
            ck_assert_msg(fabs((double)out[k] - want[k]) < 1e-5, "cell %d: %g, not %g", k,
                          (double)out[k], want[k]);
        ck_assert(out[1] == 0 && want[CELLS * CELLS - 1] > 0);
        close_fixture(f);
    }
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("attention_probe", equal_to_a_plain_computation, uniform_attention_is_exact,
                     threads_change_nothing, pooled_matrices, NULL);
}
