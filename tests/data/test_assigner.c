/* The drawing rules: the bound of the chairman rule on random instances, and what the deficit rule
 * keeps. */
#include "src/data/assigner.h"
#include "tests/testing.h"

enum { SOURCES = 16, SLOTS = 400 };

struct instance {
    int k, slots;
    int64_t length[SLOTS], longest;
    double w[SLOTS][SOURCES];
};

struct place_in {
    const struct instance *x;
    int slot;
};

/* Weights that change from slot to slot, all of them known. */
static bool ahead_of(void *context, int64_t ahead, double *w, int64_t *span)
{
    const struct place_in *at = context;
    int j = at->slot;
    while (j < at->x->slots && ahead > 0) ahead -= at->x->length[j++];
    if (j >= at->x->slots) return false;
    memcpy(w, at->x->w[j], (size_t)at->x->k * sizeof *w);
    *span = at->x->length[j];
    return true;
}

static void normalise(double *w, int k)
{
    double sum = 0;
    for (int i = 0; i < k; i++) sum += w[i];
    for (int i = 0; i < k; i++) w[i] /= sum;
}

/* pattern: 0 constant, 1 linear ramp, 2 independent of slot to slot, 3 sparse; slots: equal,
 * powers of two, any */
static struct instance *make(struct rng *r, int pattern, int lengths)
{
    struct instance *x = calloc(1, sizeof *x);
    x->k = 2 + (int)rng_below(r, SOURCES - 1);
    x->slots = SLOTS;
    double from[SOURCES], to[SOURCES];
    for (int i = 0; i < x->k; i++) {
        from[i] = pow(rng_uniform(r), 3) + 1e-4;
        to[i] = pow(rng_uniform(r), 3) + 1e-4;
    }
    normalise(from, x->k);
    normalise(to, x->k);
    for (int j = 0; j < SLOTS; j++) {
        x->length[j] = lengths == 0   ? 7
                       : lengths == 1 ? (int64_t)1 << rng_below(r, 6)
                                      : 1 + (int64_t)rng_below(r, 1000);
        if (x->length[j] > x->longest) x->longest = x->length[j];
        const double part = pattern == 1 ? (double)j / SLOTS : 0;
        for (int i = 0; i < x->k; i++)
            x->w[j][i] = pattern == 2   ? -log(1 - rng_uniform(r))
                         : pattern == 3 ? rng_below(r, 4) == 0
                                        : from[i] + part * (to[i] - from[i]);
        if (pattern == 3) x->w[j][rng_below(r, (uint64_t)x->k)] += 1;
        normalise(x->w[j], x->k);
    }
    return x;
}

/* The largest |A_i - c_i| over all cells and prefixes, in longest slots. */
static double deviation(const struct instance *x)
{
    double target[SOURCES] = {0}, w[SOURCES], scratch[2 * SOURCES], worst = 0;
    int64_t drawn[SOURCES] = {0}, slot[SOURCES];
    for (struct place_in at = {x, 0}; at.slot < x->slots; at.slot++) {
        for (int s = 0; s < x->k; s++) slot[s] = x->length[at.slot];
        const int i = assign_slot(x->k, x->longest, w, slot, target, drawn, ahead_of, &at, scratch);
        assign_account(x->k, w, slot[i], i, target, drawn);
        for (int s = 0; s < x->k; s++) {
            const double off = fabs(target[s] - (double)drawn[s]) / (double)x->longest;
            if (off > worst) worst = off;
        }
    }
    return worst;
}

TEST(chairman_rule_keeps_its_bound)
{
    struct rng r = rng_open(1, "instances");
    int instances = 0;
    for (int round = 0; round < 90; round++)
        for (int pattern = 0; pattern < 4; pattern++)
            for (int lengths = 0; lengths < 3; lengths++) {
                struct instance *x = make(&r, pattern, lengths);
                const double bound = 1 - 1 / (2.0 * x->k - 2), worst = deviation(x);
                ck_assert_msg(worst <= bound + 1e-6, "k %d pattern %d lengths %d: %g > %g", x->k,
                              pattern, lengths, worst, bound);
                instances++;
                free(x);
            }
    ck_assert_int_eq(instances, 1080);
}
END

TEST(one_source_takes_all)
{
    struct instance *x = calloc(1, sizeof *x);
    x->k = 1, x->slots = 10, x->longest = 5;
    for (int j = 0; j < 10; j++) x->length[j] = 5, x->w[j][0] = 1;
    ck_assert_double_eq(deviation(x), 0);
    free(x);
}
END

/* Documents: weights w(T) = from + T / total * (to - from) over tokens T. */
struct ramp {
    int k;
    double from[SOURCES], to[SOURCES];
    int64_t at, total, step;
    bool known;
};

static bool ramp_ahead(void *context, int64_t ahead, double *w, int64_t *span)
{
    const struct ramp *r = context;
    if (ahead && !r->known) return false;
    const double part = fmin(1, (double)(r->at + ahead) / (double)r->total);
    for (int i = 0; i < r->k; i++) w[i] = r->from[i] + part * (r->to[i] - r->from[i]);
    *span = r->step;
    return true;
}

/* A rare source waits for its turn. */
TEST(rare_sources_wait)
{
    struct ramp r = {2, {0.999, 0.001}, {0.999, 0.001}, 0, 3000, 1, true};
    const int64_t slot[2] = {1, 1};
    double target[2] = {0}, w[2], scratch[4];
    int64_t drawn[2] = {0}, first = 0;
    for (; r.at < 3000; r.at++) {
        const int i = assign_slot(2, 1, w, slot, target, drawn, ramp_ahead, &r, scratch);
        assign_account(2, w, 1, i, target, drawn);
        if (i == 1 && !first) first = r.at + 1;
        ck_assert(fabs(target[1] - (double)drawn[1]) <= 0.5 + 1e-9);
    }
    ck_assert_int_ge(first, 500);
    ck_assert_int_le(first, 501);
    ck_assert_int_eq(drawn[1], 3);
}
END

/* Documents of any length, each source with a law of its own, and weights that are constant or move
 * from the first token to the last, known ahead or not: the same bound at every prefix of 1000
 * random instances; a source of weight 0 is left alone. */
TEST(documents_keep_the_bound)
{
    struct rng g = rng_open(2, "instances");
    double worst = 0;
    for (int round = 0; round < 1000; round++) {
        struct ramp r = {.k = 2 + (int)rng_below(&g, SOURCES - 1), .known = round % 4 < 2};
        double target[SOURCES] = {0}, w[SOURCES], scratch[2 * SOURCES];
        int64_t drawn[SOURCES] = {0}, slot[SOURCES], scale[SOURCES], longest = 0;
        const bool zero = r.k > 2 && round % 3 == 0, moves = round % 2;
        for (int i = 0; i < r.k; i++) {
            r.from[i] = pow(rng_uniform(&g), 3) + 1e-4;
            r.to[i] = pow(rng_uniform(&g), 3) + 1e-4;
            scale[i] = 1 + (int64_t)rng_below(&g, 1 << rng_below(&g, 12));
            if (scale[i] > longest) longest = scale[i];
        }
        if (zero) r.from[0] = r.to[0] = 0;
        normalise(r.from, r.k);
        normalise(r.to, r.k);
        if (!moves) memcpy(r.to, r.from, sizeof r.to);
        r.step = longest;
        r.total = 400 * longest;
        const double bound = (1 - 1 / (2.0 * r.k - 2)) * (double)longest;
        for (int i = 0; i < r.k; i++) slot[i] = 1 + (int64_t)rng_below(&g, (uint64_t)scale[i]);
        for (int j = 0; j < 1000; j++) {
            const int i =
                assign_slot(r.k, longest, w, slot, target, drawn, ramp_ahead, &r, scratch);
            assign_account(r.k, w, slot[i], i, target, drawn);
            r.at += slot[i];
            slot[i] = 1 + (int64_t)rng_below(&g, (uint64_t)scale[i]);
            for (int s = 0; s < r.k; s++) {
                const double off = fabs(target[s] - (double)drawn[s]);
                worst = fmax(worst, off / bound);
                if (off > bound * (1 + 1e-6))
                    ck_abort_msg("round %d slot %d: %g of %g", round, j, off, bound);
            }
        }
        if (zero) ck_assert_int_eq(drawn[0], 0);
    }
    ck_assert_msg(worst > 0.99, "worst deviation %g: the instances are too easy", worst);
}
END

/* Weights that nobody knows ahead and that move against the drawer: half to each of the two that
 * are owed most. Harmonic growth, as of any rule; never far. */
TEST(feedback_is_followed)
{
    struct rng g = rng_open(3, "instances");
    for (int round = 0; round < 200; round++) {
        struct ramp r = {.k = 2 + (int)rng_below(&g, SOURCES - 1), .total = 1, .step = 1};
        double target[SOURCES] = {0}, w[SOURCES], scratch[2 * SOURCES];
        int64_t drawn[SOURCES] = {0}, slot[SOURCES];
        for (int j = 0; j < 500; j++) {
            int a = -1, b = -1;
            for (int i = 0; i < r.k; i++) {
                slot[i] = 1 + (int64_t)rng_below(&g, 64);
                const double x = target[i] - (double)drawn[i];
                if (a < 0 || x > target[a] - (double)drawn[a])
                    b = a, a = i;
                else if (b < 0 || x > target[b] - (double)drawn[b])
                    b = i;
                r.from[i] = 0;
            }
            r.from[a] = r.from[b] = 0.5;
            memcpy(r.to, r.from, sizeof r.to);
            const int i = assign_slot(r.k, 64, w, slot, target, drawn, ramp_ahead, &r, scratch);
            assign_account(r.k, w, slot[i], i, target, drawn);
            for (int s = 0; s < r.k; s++)
                if (fabs(target[s] - (double)drawn[s]) > 1.25 * 64)
                    ck_abort_msg("round %d: %g", round, target[s] - (double)drawn[s]);
        }
    }
}
END

int main(void)
{
    return run_tests("assigner", chairman_rule_keeps_its_bound, one_source_takes_all,
                     rare_sources_wait, documents_keep_the_bound, feedback_is_followed, NULL);
}
