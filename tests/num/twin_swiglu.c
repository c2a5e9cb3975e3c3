/* The adjoint of the gated unit against finite differences, over more than one block of channels.
 */
#include "src/num/swiglu.h"
#include "tests/num/gradient.h"

enum { ROWS = 2, WIDTH = 520, SIZE = ROWS * WIDTH };

static real gate_up[2 * SIZE], y[SIZE], dy[SIZE], dgate_up[2 * SIZE];

static double forward(void *context)
{
    (void)context;
    swiglu(y, gate_up, ROWS, WIDTH);
    return inner(y, dy, SIZE);
}

TEST(adjoint)
{
    struct rng r = rng_open(4, "swiglu");
    rng_fill_normal(&r, gate_up, 2 * SIZE, 0, 2);
    rng_fill_normal(&r, dy, SIZE, 0, 1);
    swiglu_backward(dgate_up, NULL, dy, gate_up, ROWS, WIDTH);
    ck_assert(gradient_error(forward, NULL, gate_up, dgate_up, 2 * SIZE) < 1e-8);
}
END

    int
    main(void)
{
    return run_tests("swiglu (double)", adjoint, NULL);
}
