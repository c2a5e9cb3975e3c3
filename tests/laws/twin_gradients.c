/* twin_gradients.c -- the adjoint of every learned hook against 4-point central differences.
 *
 * For each hook y = f(parameters, x), the loss is sum d_i y_i with random d; its gradient by the
 * hook's adjoint, minus what stood in the accumulator before, must match. */
#include "tests/laws/samples.h"

enum { HEADS = 4, ROWS = 14, COLS = 17, TOKENS = 12, WIDTH = 24 };

struct problem {
    struct specimen s;
    int kind; /* which positions */
    int32_t position[COLS], q[ROWS], anchor[TOKENS];
    real d[HEADS * ROWS * COLS], x[TOKENS * WIDTH];
};

typedef double loss_function(struct problem *p);

static double tiles_loss(struct problem *p, bool weight)
{
    double sum = 0;
    for (int h = 0; h < HEADS; h++) {
        real y[ROWS * COLS];
        for (int i = 0; i < ROWS * COLS; i++) y[i] = weight;
        const struct attention_tile t = {h, ROWS, COLS, COLS, p->q, p->position};
        (weight ? p->s.type->weight : p->s.type->bias)(&p->s.at, &t, y);
        for (int i = 0; i < ROWS * COLS; i++) sum += p->d[h * ROWS * COLS + i] * y[i];
    }
    return sum;
}

static double bias_loss(struct problem *p)
{
    return tiles_loss(p, false);
}

static double weight_loss(struct problem *p)
{
    return tiles_loss(p, true);
}

static void tiles_grad(struct problem *p, bool weight, double *g)
{
    for (int h = 0; h < HEADS; h++) {
        const struct attention_tile t = {h, ROWS, COLS, COLS, p->q, p->position};
        const real *d = p->d + h * ROWS * COLS;
        (weight ? p->s.type->weight_grad : p->s.type->bias_grad)(&p->s.at, &t, d, g);
    }
}

static double scale_loss(struct problem *p)
{
    double sum = 0;
    for (int h = 0; h < HEADS; h++)
        for (int i = 0; i < ROWS; i++)
            sum += p->d[h * ROWS + i] * p->s.type->row_scale(&p->s.at, h, p->q[i], i + 1);
    return sum;
}

static double content_loss(struct problem *p)
{
    real c[TOKENS * HEADS] = {0};
    double sum = 0;
    p->s.type->content(&p->s.at, p->x, p->anchor, TOKENS, c);
    for (int i = 0; i < TOKENS * HEADS; i++) sum += p->d[i] * c[i];
    return sum;
}

static double embed_loss(struct problem *p)
{
    real x[TOKENS * WIDTH];
    double sum = 0;
    memcpy(x, p->x, sizeof x);
    p->s.type->embed(&p->s.at, p->position, TOKENS, x);
    for (int i = 0; i < TOKENS * WIDTH; i++) sum += p->d[i] * x[i];
    return sum;
}

/* ||g - differences|| / ||differences|| over n values at w. */
static double difference_error(struct problem *p, loss_function *loss, real *w, const double *g,
                               int n)
{
    const double h = 1e-4;
    double wrong = 0, size = 0;
    for (int i = 0; i < n; i++) {
        const real old = w[i];
        double at[4];
        const int step[] = {-2, -1, 1, 2};
        for (int k = 0; k < 4; k++) {
            w[i] = old + (real)(step[k] * h);
            at[k] = loss(p);
        }
        w[i] = old;
        const double d = (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * h);
        wrong += (g[i] - d) * (g[i] - d);
        size += d * d;
    }
    return sqrt(wrong / fmax(size, 1e-2)); /* some hooks leave their input alone */
}

static void problem_open(struct problem *p, const char *type, const char *options, int kind)
{
    struct rng r = rng_open(9, type);
    *p = (struct problem){.kind = kind};
    specimen_open(&p->s, type, options);
    for (int i = 0, at = 0; i < COLS; i++, at += kind ? 1 + (int)rng_below(&r, 900) : 1)
        p->position[i] = at;
    for (int i = 0; i < ROWS; i++) p->q[i] = p->position[i] + (kind ? 3 : 0);
    for (int i = 0; i < TOKENS; i++) p->anchor[i] = i < 5 ? 0 : 5;
    rng_fill_normal(&r, p->d, HEADS * ROWS * COLS, 0, 1);
    rng_fill_normal(&r, p->x, TOKENS * WIDTH, 0, 1);
    for (int h = 0; h < HEADS; h++) /* as masked elements come: without a gradient */
        for (int i = 0; i < ROWS; i++)
            for (int j = i + 1; j < COLS; j++) p->d[(h * ROWS + i) * COLS + j] = 0;
}

static void compare(struct problem *p, const char *hook, loss_function *loss, real *w, double *g,
                    int n, double before)
{
    for (int i = 0; i < n; i++) g[i] -= before;
    const double error = difference_error(p, loss, w, g, n);
    ck_assert_msg(error <= 1e-8, "%s, %s, positions %d: the gradient is off by %.2e",
                  p->s.type->v.name, hook, p->kind, error);
}

static void check_hooks(const char *type, const char *options, int kind)
{
    struct problem p;
    problem_open(&p, type, options, kind);
    const struct position_type *t = p.s.type;
    const int n = p.s.n_scalars;
    double *g = malloc((size_t)(n + 1) * sizeof *g);
    const double before = 0.5;
#define START                                                                                      \
    for (int i = 0; i < n; i++) g[i] = before
    if (t->bias_grad) {
        START;
        tiles_grad(&p, false, g);
        compare(&p, "bias", bias_loss, p.s.scalars, g, n, before);
    }
    if (t->weight_grad) {
        START;
        tiles_grad(&p, true, g);
        compare(&p, "weight", weight_loss, p.s.scalars, g, n, before);
    }
    if (t->row_scale_grad) {
        START;
        for (int h = 0; h < HEADS; h++)
            for (int i = 0; i < ROWS; i++)
                t->row_scale_grad(&p.s.at, h, p.q[i], i + 1, p.d[h * ROWS + i], g);
        compare(&p, "row scale", scale_loss, p.s.scalars, g, n, before);
    }
    if (t->embed_grad) {
        START;
        t->embed_grad(&p.s.at, p.position, TOKENS, p.d, g);
        compare(&p, "embedding", embed_loss, p.s.scalars, g, n, before);
    }
    if (t->content_grad) {
        real dx[TOKENS * WIDTH];
        double input[TOKENS * WIDTH];
        START;
        for (int i = 0; i < TOKENS * WIDTH; i++) dx[i] = 2;
        t->content_grad(&p.s.at, p.x, p.anchor, TOKENS, p.d, dx, g);
        compare(&p, "content", content_loss, p.s.scalars, g, n, before);
        for (int i = 0; i < TOKENS * WIDTH; i++) input[i] = dx[i];
        compare(&p, "content, input", content_loss, p.x, input, TOKENS * WIDTH, 2);
    }
#undef START
    free(g);
    specimen_close(&p.s);
}

TEST(adjoints_match_differences)
{
    for (int k = 0; position_types[k]; k++)
        for (int kind = 0; kind < 2; kind++)
            check_hooks(position_types[k]->v.name, sample_of(position_types[k]->v.name)->options,
                        kind);
}
END

/* Switches that the samples leave at their defaults. */
TEST(adjoints_of_other_options)
{
    check_hooks("fox", "gate: bias_only", 0);
    check_hooks("fox", "gate: fixed, decay_time_min: 3, decay_time_max: 50", 0);
    check_hooks("sinusoidal", "scaled: false", 0);
    check_hooks("fire", "mlp_width: 3, init_l: 1000.5, init_c: 0.7", 0);
    check_hooks("fire", "mlp_width: 3, init_l: 0.5", 1);
    check_hooks("t5", "num_buckets: 32, max_distance: 128", 1);
}
END

/* The formula as it stands, unit by unit. */
static double fire_plain(const real *w, int width, double init_l, int head, int i, int j)
{
    const real *out = w + 2 * width + head * (width + 1),
               *last = w + 2 * width + HEADS * (width + 1);
    const double c = last[0], threshold = fabs(last[1] * init_l);
    const double u = log(fabs(c * abs(i - j)) + 1) / (log(fabs(c * fmax(threshold, i)) + 1) + 1e-6);
    double y = out[width];
    for (int k = 0; k < width; k++) y += out[k] * fmax(w[k] * u + w[width + k], 0);
    return y;
}

/* c and the multiplier may turn negative in training; a slope of 0 bends nowhere. Rows below and
 * above the threshold, in one tile; positions near each other, and too far apart for a table. */
TEST(fire_is_its_formula)
{
    enum { UNITS = 7 };
    static const int gap[] = {1, 90, 5000};
    for (int k = 0; k < 6; k++) {
        struct problem p;
        problem_open(&p, "fire", "mlp_width: 7, init_l: 5, init_c: 0.3", k / 3);
        real *w = p.s.scalars;
        const int n = p.s.n_scalars;
        struct rng r = rng_open((uint64_t)k, "fire");
        rng_fill_normal(&r, w, n - 2, 0, 1);
        w[k % UNITS] = 0;
        w[n - 2] *= k % 2 ? -1 : 1;
        w[n - 1] = (real)(k / 3 ? -1.7 : 1.3) * (real)gap[k % 3];
        for (int i = 0; i < COLS; i++) p.position[i] = i * gap[k % 3];
        for (int i = 0; i < ROWS; i++) p.q[i] = p.position[i];
        for (int h = 0; h < HEADS; h++) {
            real y[ROWS * COLS] = {0};
            const struct attention_tile t = {h, ROWS, COLS, COLS, p.q, p.position};
            p.s.type->bias(&p.s.at, &t, y);
            for (int i = 0; i < ROWS * COLS; i++) {
                const double want = fire_plain(w, UNITS, 5, h, p.q[i / COLS], p.position[i % COLS]);
                ck_assert_msg(fabs(y[i] - want) < 1e-10, "case %d, head %d, element %d: %g, not %g",
                              k, h, i, y[i], want);
            }
        }
        double g[2 * UNITS + HEADS * (UNITS + 1) + 2] = {0};
        tiles_grad(&p, false, g);
        compare(&p, "bias", bias_loss, w, g, n, 0);
        specimen_close(&p.s);
    }
}
END

/* Gate sums run over heads in parallel, in blocks of tokens: same bits for any number of threads,
 * and blocks that do not meet the runs of equal anchors. */
TEST(gates_are_the_same_for_any_threads)
{
    enum { N = 3000 };
    real *x = malloc(N * WIDTH * sizeof *x), *c[2], *dx[2];
    double *g[2];
    int32_t anchor[N];
    struct specimen s;
    struct rng r = rng_open(2, "x");
    specimen_open(&s, "fox", NULL);
    rng_fill_normal(&r, x, N * WIDTH, 0, 1);
    for (int i = 0; i < N; i++) anchor[i] = i / 700 * 700;
    for (int k = 0; k < 2; k++) {
        c[k] = calloc(N * HEADS, sizeof *c[k]);
        dx[k] = calloc(N * WIDTH, sizeof *dx[k]);
        g[k] = calloc((size_t)s.n_scalars, sizeof *g[k]);
        parallel_init(k ? 3 : 1);
        s.type->content(&s.at, x, anchor, N, c[k]);
        s.type->content_grad(&s.at, x, anchor, N, x, dx[k], g[k]);
    }
    ck_assert(!memcmp(c[0], c[1], N * HEADS * sizeof *c[0]));
    ck_assert(!memcmp(dx[0], dx[1], N * WIDTH * sizeof *dx[0]));
    ck_assert(!memcmp(g[0], g[1], (size_t)s.n_scalars * sizeof *g[0]));
    for (int k = 0; k < 2; k++) {
        free(c[k]);
        free(dx[k]);
        free(g[k]);
    }
    free(x);
    specimen_close(&s);
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("gradients of encodings", adjoints_match_differences,
                     adjoints_of_other_options, fire_is_its_formula,
                     gates_are_the_same_for_any_threads, NULL);
}
