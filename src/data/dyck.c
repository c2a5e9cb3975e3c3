/* dyck.c -- brackets of K kinds, nested up to depth M.
 *
 *   at depth 0 open, at depth M close, between them open with probability Q; an opening bracket is
 *   of any kind, a closing one of the kind that it closes; a .. d open, e .. h close
 *
 * The depth is a birth-and-death chain whose stationary law pi starts a document (inside brackets
 * that nobody saw, each of any kind), so that a window knows nothing from where it stands. Best loss
 * in a window: the kind of a closing bracket is known if its opening one is seen, else one of K;
 * whether a bracket opens depends on the depth, of which the window shows the changes alone. Every
 * offset that keeps the path within [0, M] is a hypothesis of weight
 *
 *   pi(start) Q^-(openings at depth 0) (1 - Q)^-(closings at depth M)
 *
 * up to a common factor; openings and closings by depth come from running counts. Dyck-(k,m):
 * Hewitt et al. 2020, arXiv:2010.07515. */
#include <math.h>
#include <string.h>

#include "src/data/records.h"

enum { K = 4, M = 8, DEPTHS = M + 1 };

static const double open_probability = 0.5; /* Q */

static double stationary(int depth)
{
    /* pi(d) up(d) = pi(d + 1) down(d + 1) */
    double p[DEPTHS] = {1}, sum = 1;
    for (int d = 1; d <= M; d++) {
        const double up = d == 1 ? 1 : open_probability, down = d == M ? 1 : 1 - open_probability;
        sum += p[d] = p[d - 1] * up / down;
    }
    return p[depth] / sum;
}

static void write_document(struct rng *rng, int records, unsigned char *text, int32_t *gap)
{
    int kind[DEPTHS], depth = 0;
    double x = rng_uniform(rng);
    for (; depth < M && x >= stationary(depth); depth++) x -= stationary(depth);
    for (int d = 0; d < depth; d++) kind[d] = (int)rng_below(rng, K);
    for (int t = 0; t < records; t++) {
        const bool opens = depth == 0 || (depth < M && rng_uniform(rng) < open_probability);
        if (opens) kind[depth++] = (int)rng_below(rng, K);
        text[t] = opens ? (unsigned char)('a' + kind[depth - 1])
                        : (unsigned char)('a' + K + kind[--depth]);
        if (gap) gap[t] = GAP_NONE;
    }
}

/* Of a document, by depths counted from the lowest that it reaches. */
struct path {
    int span;                                 /* the highest */
    unsigned char depth[RECORD_TOKENS_MAX];   /* before token t */
    int opener[RECORD_TOKENS_MAX];            /* of a closing token: where it was opened, or -1 */
    int opens[DEPTHS][RECORD_TOKENS_MAX + 1]; /* at a depth, before token t */
    int closes[DEPTHS][RECORD_TOKENS_MAX + 1];
};

static bool is_open(unsigned char c)
{
    return c < 'a' + K;
}

static void prepare(void *scratch, const unsigned char *text, int n)
{
    struct path *p = scratch;
    int depth = 0, lowest = 0, stack[DEPTHS * 2];
    for (int t = 0; t < n; t++) {
        depth += is_open(text[t]) ? 1 : -1;
        if (depth < lowest) lowest = depth;
    }
    depth = -lowest;
    p->span = 0;
    for (int d = 0; d < depth; d++) stack[d] = -1;
    for (int d = 0; d < DEPTHS; d++) p->opens[d][0] = p->closes[d][0] = 0;
    for (int t = 0; t < n; t++) {
        for (int d = 0; d < DEPTHS; d++) {
            p->opens[d][t + 1] = p->opens[d][t];
            p->closes[d][t + 1] = p->closes[d][t];
        }
        p->depth[t] = (unsigned char)depth;
        p->opener[t] = -1;
        if (depth > p->span) p->span = depth;
        if (is_open(text[t])) {
            p->opens[depth][t + 1]++;
            stack[depth++] = t;
        } else {
            p->closes[depth][t + 1]++;
            p->opener[t] = stack[--depth];
        }
    }
    if (depth > p->span) p->span = depth;
}

/* Lowest and highest depth from token `from` to the place before token i. */
static void range(const struct path *p, int from, int i, int *low, int *high)
{
    *low = *high = p->depth[i];
    for (int d = 0; d < DEPTHS; d++) {
        const int here = p->opens[d][i] - p->opens[d][from] + p->closes[d][i] - p->closes[d][from];
        if (!here) continue;
        if (d < *low) *low = d;
        if (d > *high) *high = d;
    }
}

static int seen(const int *count, int from, int i)
{
    return count[i] - count[from];
}

static double loss(const void *scratch, const unsigned char *text, int i, int visible)
{
    const struct path *p = scratch;
    const int from = i - visible;
    int low, high;
    range(p, from, i, &low, &high);
    double all = 0, opens = 0;
    for (int shift = -low; shift <= M - high; shift++) { /* true depth = depth + shift */
        const int depth = p->depth[i] + shift, start = p->depth[from] + shift;
        double w = stationary(start);
        if (shift <= 0) w *= pow(open_probability, -seen(p->opens[-shift], from, i));
        if (M - shift < DEPTHS)
            w *= pow(1 - open_probability, -seen(p->closes[M - shift], from, i));
        all += w;
        opens += w * (depth == 0 ? 1 : depth == M ? 0 : open_probability);
    }
    const double p_open = opens / all;
    if (is_open(text[i])) return -log(p_open / K);
    const bool known = p->opener[i] >= from;
    return -log((1 - p_open) / (known ? 1 : K));
}

const struct generator generator_dyck = {
    .name = "dyck",
    .record = 1,
    .content = 1,
    .least = 1024,
    .most = 1024,
    .skew = 1,
    .write = write_document,
    .oracle = sizeof(struct path),
    .prepare = prepare,
    .loss = loss,
};
