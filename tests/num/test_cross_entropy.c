/* The loss and its gradients against a naive double version, in pieces, in place, without targets,
 * and bits. */
#include "src/num/batch.h"
#include "src/num/cross_entropy.h"
#include "src/num/matmul.h"
#include "tests/testing.h"

struct problem {
    struct cross_entropy c;
    double scale;
    real *h, *w, *weight, *loss, *dh, *dw;
    int32_t *target;
    void *scratch;
    double total;
};

static real *reals(size_t n)
{
    return calloc(n, sizeof(real));
}

static struct problem problem(int tokens, int width, int vocab, double softcap, double z_loss)
{
    struct problem p = {.c = {tokens, width, vocab, softcap, z_loss}, .scale = 1.0 / tokens};
    struct rng r = rng_open(tokens + vocab, "loss");
    p.h = reals((size_t)tokens * width);
    p.dh = reals((size_t)tokens * width);
    p.w = reals((size_t)vocab * width);
    p.dw = reals((size_t)vocab * width);
    p.weight = reals(tokens);
    p.loss = reals(tokens);
    p.target = calloc(tokens, sizeof *p.target);
    rng_fill_normal(&r, p.h, (size_t)tokens * width, 0, 1);
    rng_fill_normal(&r, p.w, (size_t)vocab * width, 0, 1);
    rng_fill_normal(&r, p.dw, (size_t)vocab * width, 0, 0.01);
    for (int i = 0; i < tokens; i++) {
        p.target[i] = i % 5 == 2 ? NO_TARGET : (int32_t)rng_below(&r, vocab);
        p.weight[i] = (real)(i % 5 == 2 || i % 7 == 3 ? 0 : 0.5 + rng_uniform(&r));
    }
    p.scratch = aligned_alloc(64, (cross_entropy_scratch(&p.c) + 63) / 64 * 64);
    return p;
}

static void release(struct problem *p)
{
    free(p->h), free(p->dh), free(p->w), free(p->dw), free(p->weight), free(p->loss);
    free(p->target), free(p->scratch);
}

static void run(struct problem *p)
{
    p->total = cross_entropy(&p->c, p->h, p->w, p->target, p->weight, p->scale, p->loss, p->dh,
                             p->dw, p->scratch);
}

/* One token in double: its loss, and dz [vocab] for weight * scale. */
static double naive_row(const struct problem *p, int i, double *dz)
{
    const int vocab = p->c.vocab, width = p->c.width, target = p->target[i];
    double most = -INFINITY, sum = 0, at_target = 0;
    for (int j = 0; j < vocab; j++) {
        double z = 0;
        for (int c = 0; c < width; c++) z += (double)p->h[i * width + c] * p->w[j * width + c];
        if (p->c.softcap > 0) z = p->c.softcap * tanh(z / p->c.softcap);
        dz[j] = z;
        most = fmax(most, z);
    }
    for (int j = 0; j < vocab; j++) sum += exp(dz[j] - most);
    const double lse = most + log(sum), f = p->weight[i] * p->scale;
    at_target = dz[target];
    for (int j = 0; j < vocab; j++) {
        const double z = dz[j],
                     slope = p->c.softcap > 0 ? 1 - z * z / (p->c.softcap * p->c.softcap) : 1;
        dz[j] = f * ((1 + 2 * p->c.z_loss * lse) * exp(z - lse) - (j == target)) * slope;
    }
    return lse - at_target;
}

static double norm_error(const real *got, const double *want, size_t n)
{
    double d = 0, s = 0;
    for (size_t i = 0; i < n; i++) {
        d += (got[i] - want[i]) * (got[i] - want[i]);
        s += want[i] * want[i];
    }
    return sqrt(d / s);
}

static void check(int tokens, int width, int vocab, double softcap, double z_loss)
{
    struct problem p = problem(tokens, width, vocab, softcap, z_loss);
    double *dh = calloc((size_t)tokens * width, sizeof(double)),
           *dw = calloc((size_t)vocab * width, sizeof(double)),
           *dz = malloc(vocab * sizeof(double));
    double total = 0;
    for (int i = 0; i < vocab * width; i++) dw[i] = p.dw[i];
    run(&p);
    for (int i = 0; i < tokens; i++) {
        if (p.target[i] == NO_TARGET) {
            ck_assert(p.loss[i] == 0);
            continue;
        }
        const double loss = naive_row(&p, i, dz);
        ck_assert_msg(fabs(p.loss[i] - loss) < 4e-6 * (1 + loss), "token %d: loss %.8g, not %.8g",
                      i, (double)p.loss[i], loss);
        total += p.weight[i] * loss;
        for (int j = 0; j < vocab; j++)
            for (int c = 0; c < width; c++) {
                dh[i * width + c] += dz[j] * p.w[j * width + c];
                dw[j * width + c] += dz[j] * p.h[i * width + c];
            }
    }
    ck_assert(fabs(p.total - total) < 2e-6 * total);
    ck_assert(norm_error(p.dh, dh, (size_t)tokens * width) < 1e-5);
    ck_assert(norm_error(p.dw, dw, (size_t)vocab * width) < 1e-5);
    free(dh), free(dw), free(dz);
    release(&p);
}

TEST(agrees_with_the_naive_loss)
{
    check(40, 16, 50, 0, 0);
    check(33, 24, 1203, 0, 1e-2);
    check(33, 24, 1203, 5, 0);
    check(21, 24, 2500, 8, 1e-3);
    check(1, 5, 3, 0, 0);
}
END

TEST(rows_without_target_or_weight_have_no_gradient)
{
    struct problem p = problem(50, 16, 70, 0, 0.1);
    for (int i = 0; i < 50 * 16; i++) p.dh[i] = 7;
    run(&p);
    for (int i = 0; i < 50; i++)
        for (int c = 0; c < 16; c++)
            if (p.weight[i] == 0) ck_assert(p.dh[i * 16 + c] == 0);
    ck_assert(p.target[3] != NO_TARGET && p.weight[3] == 0 && p.loss[3] > 0);
    real *before = reals(70 * 16);
    memcpy(before, p.dw, 70 * 16 * sizeof(real));
    for (int i = 0; i < 50; i++) p.target[i] = NO_TARGET;
    run(&p);
    ck_assert(p.total == 0);
    ck_assert(memcmp(before, p.dw, 70 * 16 * sizeof(real)) == 0);
    for (int i = 0; i < 50 * 16; i++) ck_assert(p.dh[i] == 0);
    for (int i = 0; i < 50; i++) ck_assert(p.loss[i] == 0);
    free(before);
    release(&p);
}
END

/* 20011 ids: a chunk holds 256 tokens, so 700 tokens are three chunks. */
TEST(gradient_may_replace_the_input)
{
    struct problem p = problem(700, 12, 20011, 0, 0), q = problem(700, 12, 20011, 0, 0);
    run(&p);
    free(q.dh);
    q.dh = q.h;
    run(&q);
    ck_assert(p.total == q.total);
    ck_assert(memcmp(p.dh, q.dh, 700 * 12 * sizeof(real)) == 0);
    ck_assert(memcmp(p.dw, q.dw, 20011 * 12 * sizeof(real)) == 0);
    q.dh = NULL;
    release(&p);
    release(&q);
}
END

/* Pieces of 100 tokens are chunks of 100 and not of 256: losses and dh keep their bits, dw is
 * summed in another order. */
TEST(chunks_do_not_show)
{
    struct problem p = problem(700, 12, 20011, 6, 1e-3), q = problem(700, 12, 20011, 6, 1e-3);
    run(&p);
    double total = 0;
    const struct cross_entropy part = {100, 12, 20011, 6, 1e-3};
    for (int i = 0; i < 700; i += 100)
        total += cross_entropy(&part, q.h + i * 12, q.w, q.target + i, q.weight + i, q.scale,
                               q.loss + i, q.dh + i * 12, q.dw, q.scratch);
    ck_assert(fabs(total - p.total) < 1e-12 * total);
    ck_assert(memcmp(p.loss, q.loss, 700 * sizeof(real)) == 0);
    ck_assert(memcmp(p.dh, q.dh, 700 * 12 * sizeof(real)) == 0);
    ck_assert(relative_error(q.dw, p.dw, 20011 * 12) < 1e-5);
    release(&p);
    release(&q);
}
END

TEST(evaluation_has_the_same_losses)
{
    struct problem p = problem(300, 16, 3000, 0, 0);
    run(&p);
    real *loss = reals(300);
    const double total =
        cross_entropy(&p.c, p.h, p.w, p.target, p.weight, p.scale, loss, NULL, NULL, p.scratch);
    ck_assert(total == p.total);
    ck_assert(memcmp(loss, p.loss, 300 * sizeof(real)) == 0);
    const double silent =
        cross_entropy(&p.c, p.h, p.w, p.target, p.weight, p.scale, NULL, NULL, NULL, p.scratch);
    ck_assert(silent == p.total);
    free(loss);
    release(&p);
}
END

TEST(large_logits_and_divergence_show)
{
    struct problem p = problem(4, 2, 9, 0, 0);
    for (int i = 0; i < 8; i++) p.h[i] *= 1e4;
    run(&p);
    ck_assert(isfinite(p.total));
    p.h[0] = NAN;
    run(&p);
    ck_assert(!isfinite(p.total));
    release(&p);
}
END

TEST(same_bits_for_any_thread_count)
{
    static const int threads[] = {2, 3, 8};
    parallel_init(1);
    struct problem one = problem(600, 40, 9000, 0, 1e-4);
    run(&one);
    for (int t = 0; t < 3; t++) {
        parallel_init(threads[t]);
        struct problem p = problem(600, 40, 9000, 0, 1e-4);
        run(&p);
        ck_assert(p.total == one.total);
        ck_assert(memcmp(p.loss, one.loss, 600 * sizeof(real)) == 0);
        ck_assert(memcmp(p.dh, one.dh, 600 * 40 * sizeof(real)) == 0);
        ck_assert(memcmp(p.dw, one.dw, 9000 * 40 * sizeof(real)) == 0);
        release(&p);
    }
    release(&one);
    parallel_init(2);
}
END

    int
    main(void)
{
    matmul_init();
    parallel_init(2);
    return run_tests("cross_entropy", agrees_with_the_naive_loss,
                     rows_without_target_or_weight_have_no_gradient, gradient_may_replace_the_input,
                     chunks_do_not_show, evaluation_has_the_same_losses,
                     large_logits_and_divergence_show, same_bits_for_any_thread_count, NULL);
}
