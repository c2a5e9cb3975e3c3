/* tree.c -- leaves of a binary tree whose nodes differ from their parent with probability eps: long
 * text with power-law mutual information.
 *
 *   two leaves whose lowest common ancestor is h levels up: correlation lambda^(2h), lambda = 1 - 2
 *   eps; information about lambda^(4h) / 2 nats = d^(-4 log2(1/lambda)) / 2 at distance d = 2^h
 *
 * A document of n tokens is the first n leaves of the smallest tree that has them. Best loss: exact
 * inference on the tree. A message m in [-1, 1] is the bias of a node given what was seen below it;
 * an edge multiplies it by lambda, and two of them join to (a + b) / (1 + ab). Messages of whole
 * subtrees are kept, so a window costs O(log^2 n). The reader is taken to know where in the document
 * the window stands: what it gets is a bound for one that does not. After Lin and Tegmark 2017,
 * arXiv:1606.06737. */
#include <math.h>
#include <string.h>

#include "src/data/records.h"

static const double flip = 0.05, lambda = 0.9; /* 1 - 2 flip */

static int levels_for(int n)
{
    int levels = 0;
    while (1 << levels < n) levels++;
    return levels;
}

static void write_document(struct rng *rng, int records, unsigned char *text, int32_t *gap)
{
    unsigned char value[RECORD_TOKENS_MAX];
    const int levels = levels_for(records);
    value[0] = rng_uniform(rng) < 0.5;
    for (int level = 0; level < levels; level++)
        for (int j = (1 << level) - 1; j >= 0; j--) {
            const unsigned char parent = value[j];
            value[2 * j + 1] = parent ^ (rng_uniform(rng) < flip);
            value[2 * j] = parent ^ (rng_uniform(rng) < flip);
        }
    for (int t = 0; t < records; t++) {
        text[t] = (unsigned char)('a' + value[t]);
        if (gap) gap[t] = GAP_NONE;
    }
}

/* Messages of whole subtrees, level by level from the leaves: node j of level h is up[first(h) +
 * j]. */
struct messages {
    int levels;
    double up[2 * RECORD_TOKENS_MAX];
};

static int first_of(const struct messages *m, int level)
{
    int first = 0;
    for (int h = 0; h < level; h++) first += 1 << (m->levels - h);
    return first;
}

static double join(double a, double b)
{
    return (a + b) / (1 + a * b);
}

static void prepare(void *scratch, const unsigned char *text, int n)
{
    struct messages *m = scratch;
    m->levels = levels_for(n);
    const int leaves = 1 << m->levels;
    for (int i = 0; i < leaves; i++) m->up[i] = i >= n ? 0 : text[i] == 'b' ? 1 : -1;
    for (int h = 1; h <= m->levels; h++) {
        const double *below = m->up + first_of(m, h - 1);
        double *here = m->up + first_of(m, h);
        for (int j = 0; j < leaves >> h; j++)
            here[j] = join(lambda * below[2 * j], lambda * below[2 * j + 1]);
    }
}

/* Of node j of a level, seen from leaf `from` on. */
static double partial(const struct messages *m, int level, int j, int from)
{
    if (j << level >= from) return m->up[first_of(m, level) + j];
    if ((j + 1) << level <= from) return 0;
    return join(lambda * partial(m, level - 1, 2 * j, from),
                lambda * partial(m, level - 1, 2 * j + 1, from));
}

static double loss(const void *scratch, const unsigned char *text, int i, int visible)
{
    const struct messages *m = scratch;
    double bias = 0;
    for (int h = m->levels - 1; h >= 0; h--) {
        const int j = i >> h;
        if (j & 1) bias = join(bias, lambda * partial(m, h, j - 1, i - visible));
        bias *= lambda;
    }
    return -log((1 + (text[i] == 'b' ? bias : -bias)) / 2);
}

const struct generator generator_tree = {
    .name = "tree",
    .record = 1,
    .content = 1,
    .least = 512,
    .most = RECORD_TOKENS_MAX,
    .skew = 0.5,
    .write = write_document,
    .oracle = sizeof(struct messages),
    .prepare = prepare,
    .loss = loss,
};
