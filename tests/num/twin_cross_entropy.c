/* Gradients of the loss against finite differences: with and without soft-cap and z-loss, tokens
 * without target or weight, dh in the place of h, and over more than one chunk. */
#include "src/num/batch.h"
#include "src/num/cross_entropy.h"
#include "src/num/matmul.h"
#include "tests/num/gradient.h"

enum { TOKENS = 11, WIDTH = 6, VOCAB = 19 };

struct setting {
    struct cross_entropy c;
    real h[TOKENS * WIDTH], w[VOCAB * WIDTH], dh[TOKENS * WIDTH], dw[VOCAB * WIDTH], weight[TOKENS];
    int32_t target[TOKENS];
    void *scratch;
};

/* The whole objective, written out: the function returns it without the z-loss. */
static double objective_by_hand(void *context)
{
    const struct setting *s = context;
    double total = 0;
    for (int i = 0; i < TOKENS; i++) {
        double z[VOCAB], sum = 0;
        if (s->target[i] == NO_TARGET) continue;
        for (int j = 0; j < VOCAB; j++) {
            z[j] = inner(s->h + i * WIDTH, s->w + j * WIDTH, WIDTH);
            if (s->c.softcap > 0) z[j] = s->c.softcap * tanh(z[j] / s->c.softcap);
            sum += exp(z[j]);
        }
        const double lse = log(sum);
        total += s->weight[i] * (lse - z[s->target[i]] + s->c.z_loss * lse * lse);
    }
    return total;
}

static struct setting setting(double softcap, double z_loss)
{
    struct setting s = {.c = {TOKENS, WIDTH, VOCAB, softcap, z_loss}};
    struct rng r = rng_open(8, "loss");
    rng_fill_normal(&r, s.h, TOKENS * WIDTH, 0, 1);
    rng_fill_normal(&r, s.w, VOCAB * WIDTH, 0, 1);
    for (int i = 0; i < TOKENS; i++) {
        s.target[i] = i % 4 == 1 ? NO_TARGET : (int32_t)rng_below(&r, VOCAB);
        s.weight[i] = i % 4 == 1 || i == 2 ? 0 : 0.2 + rng_uniform(&r);
    }
    s.scratch = malloc(cross_entropy_scratch(&s.c));
    return s;
}

static void check(double softcap, double z_loss)
{
    struct setting s = setting(softcap, z_loss);
    s.c.z_loss = 0;
    const double plain = objective_by_hand(&s);
    s.c.z_loss = z_loss;
    const double scale = 0.7;
    const double loss =
        cross_entropy(&s.c, s.h, s.w, s.target, s.weight, scale, NULL, s.dh, s.dw, s.scratch);
    ck_assert(fabs(loss - plain) < 1e-12 * fabs(plain));
    for (int i = 0; i < TOKENS * WIDTH; i++) s.dh[i] /= scale;
    for (int i = 0; i < VOCAB * WIDTH; i++) s.dw[i] /= scale;
    ck_assert(gradient_error(objective_by_hand, &s, s.h, s.dh, TOKENS * WIDTH) < 1e-8);
    ck_assert(gradient_error(objective_by_hand, &s, s.w, s.dw, VOCAB * WIDTH) < 1e-8);
    free(s.scratch);
}

TEST(plain)
{
    check(0, 0);
}
END

TEST(soft_cap)
{
    check(2.5, 0);
}
END

TEST(z_loss)
{
    check(0, 0.05);
}
END

TEST(soft_cap_and_z_loss)
{
    check(1.5, 0.1);
}
END

    int
    main(void)
{
    matmul_init();
    return run_tests("cross_entropy (double)", plain, soft_cap, z_loss, soft_cap_and_z_loss, NULL);
}
