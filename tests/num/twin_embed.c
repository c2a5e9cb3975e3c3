/* The adjoint of the look-up against finite differences: rows that share an id, and ids that no
 * row has. */
#include "src/num/embed.h"
#include "tests/num/gradient.h"

enum { TOKENS = 9, VOCAB = 6, WIDTH = 131 };

static real table[VOCAB * WIDTH], x[TOKENS * WIDTH], dx[TOKENS * WIDTH], dtable[VOCAB * WIDTH];
static const int32_t TOKEN[TOKENS] = {5, 0, 3, 3, 5, 3, 0, 1, 3};

static double forward(void *context)
{
    (void)context;
    embed(x, table, TOKEN, TOKENS, WIDTH);
    return inner(x, dx, TOKENS * WIDTH);
}

TEST(adjoint)
{
    struct rng r = rng_open(6, "embed");
    rng_fill_normal(&r, table, VOCAB * WIDTH, 0, 1);
    rng_fill_normal(&r, dx, TOKENS * WIDTH, 0, 1);
    void *scratch = malloc(embed_scratch(TOKENS, VOCAB));
    embed_backward(dtable, dx, TOKEN, TOKENS, WIDTH, VOCAB, scratch);
    ck_assert(gradient_error(forward, NULL, table, dtable, VOCAB * WIDTH) < 1e-8);
    free(scratch);
}
END

    int
    main(void)
{
    return run_tests("embed (double)", adjoint, NULL);
}
