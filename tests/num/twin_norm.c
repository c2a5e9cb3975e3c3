/* The adjoint of the norm against finite differences, plain and by groups. */
#include "src/num/norm.h"
#include "tests/num/gradient.h"

enum { ROWS = 7, GROUPS = 3, WIDTH = 21, LD = GROUPS * WIDTH + 2, SIZE = ROWS * LD };

struct setting {
    int groups, width;
    real x[SIZE], y[SIZE], dy[SIZE], dx[SIZE], r[ROWS * GROUPS], gain[GROUPS * WIDTH];
    real dgain[GROUPS * WIDTH];
};

static double forward(void *context)
{
    struct setting *s = context;
    rmsnorm(s->y, LD, s->r, s->x, LD, s->gain, ROWS, s->groups, s->width, 1e-3);
    return inner(s->y, s->dy, SIZE);
}

static void check(int groups, int width)
{
    static struct setting s;
    memset(&s, 0, sizeof s);
    s.groups = groups;
    s.width = width;
    struct rng r = rng_open(3, "norm");
    rng_fill_normal(&r, s.gain, width, 1, 0.3);
    for (int i = 0; i < ROWS; i++) {
        rng_fill_normal(&r, s.x + i * LD, groups * width, 0.1, 1);
        rng_fill_normal(&r, s.dy + i * LD, groups * width, 0, 1);
    }
    void *partial = malloc(rmsnorm_scratch(width));
    forward(&s);
    rmsnorm_backward(s.dx, LD, 0, s.dgain, s.dy, LD, s.x, LD, s.r, s.gain, ROWS, groups, width,
                     partial);
    ck_assert(gradient_error(forward, &s, s.x, s.dx, SIZE) < 1e-8);
    ck_assert(gradient_error(forward, &s, s.gain, s.dgain, width) < 1e-8);
    free(partial);
}

TEST(plain_norm)
{
    check(1, GROUPS * WIDTH);
}
END

TEST(norm_by_groups)
{
    check(GROUPS, WIDTH);
}
END

    int
    main(void)
{
    return run_tests("norm (double)", plain_norm, norm_by_groups, NULL);
}
