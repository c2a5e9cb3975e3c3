/* markov.c -- text of an order-2 chain whose every law is known in closed form.
 *
 *   x_t = x_{t-1} + e  with probability A,  x_{t-2} + e  otherwise      (modulo V = 16 symbols)
 *   P(e = 5 j mod 16) ~ 2^-j
 *
 * The difference D_t = x_t - x_{t-1} is a chain of its own: D_t = e, or e - D_{t-1}; its stationary
 * law pi starts a document, so that a window knows nothing from where it stands. Best loss: ln V
 * without context; one token: -ln sum_D pi(D) (A r(d) + (1-A) r(d + D)), d = x_t - x_{t-1}; from two
 * tokens on the chain itself. */
#include <math.h>

#include "src/data/records.h"

enum { V = RECORD_SYMBOLS, ROUNDS = 200 };

static const double last = 0.6; /* A */

/* r: the law of e; pi: of D. */
struct law {
    double r[V], pi[V];
};

static struct law find_law(void)
{
    struct law l;
    double sum = 0;
    for (int j = 0; j < V; j++) sum += l.r[5 * j % V] = exp2(-j);
    for (int j = 0; j < V; j++) {
        l.r[j] /= sum;
        l.pi[j] = 1.0 / V;
    }
    for (int round = 0; round < ROUNDS; round++) {
        double next[V];
        for (int d = 0; d < V; d++) {
            next[d] = last * l.r[d];
            for (int before = 0; before < V; before++)
                next[d] += (1 - last) * l.pi[before] * l.r[(d + before) % V];
        }
        for (int d = 0; d < V; d++) l.pi[d] = next[d];
    }
    return l;
}

static int draw(struct rng *rng, const double *p)
{
    double x = rng_uniform(rng);
    int i = 0;
    for (; i < V - 1 && x >= p[i]; i++) x -= p[i];
    return i;
}

static void write_document(struct rng *rng, int records, unsigned char *text, int32_t *gap)
{
    const struct law l = find_law();
    int x = (int)rng_below(rng, V), before = (x + V - draw(rng, l.pi)) % V;
    for (int t = 0; t < records; t++) {
        if (t) {
            const int from = rng_uniform(rng) < last ? x : before;
            before = x;
            x = (from + draw(rng, l.r)) % V;
        }
        text[t] = (unsigned char)('a' + x);
        if (gap) gap[t] = GAP_NONE;
    }
}

static void prepare(void *scratch, const unsigned char *text, int n)
{
    (void)text, (void)n;
    *(struct law *)scratch = find_law();
}

static double loss(const void *scratch, const unsigned char *text, int i, int visible)
{
    const struct law *l = scratch;
    if (!visible) return log(V);
    const int d = (text[i] - text[i - 1] + V) % V;
    double p = last * l->r[d];
    if (visible > 1)
        p += (1 - last) * l->r[(text[i] - text[i - 2] + V) % V];
    else
        for (int before = 0; before < V; before++)
            p += (1 - last) * l->pi[before] * l->r[(d + before) % V];
    return -log(p);
}

const struct generator generator_markov = {
    .name = "markov",
    .record = 1,
    .content = 1,
    .least = 64,
    .most = 2048,
    .skew = 2,
    .write = write_document,
    .oracle = sizeof(struct law),
    .prepare = prepare,
    .loss = loss,
};
