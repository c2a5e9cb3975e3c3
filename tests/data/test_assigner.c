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

static bool ahead_of(void *context, int64_t ahead, double *w, int64_t *length)
{
    const struct instance *x = ((void **)context)[0];
    const int j = *(int *)((void **)context)[1] + (int)ahead;
    if (j >= x->slots) return false;
    memcpy(w, x->w[j], (size_t)x->k * sizeof *w);
    *length = x->length[j];
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

/* The largest |A_i - c_i| over all sources and prefixes, in longest slots. */
static double deviation(const struct instance *x)
{
    double target[SOURCES] = {0}, scratch[3 * SOURCES], worst = 0;
    int64_t drawn[SOURCES] = {0};
    int j = 0;
    void *context[2] = {(void *)x, &j};
    for (j = 0; j < x->slots; j++) {
        const int i = assign_deadline(x->k, x->longest, target, drawn, ahead_of, context, scratch);
        assign_account(x->k, x->w[j], x->length[j], i, target, drawn);
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

/* Equal slots and constant weights: the deficit rule drifts little, and a rare source waits for
 * its turn. */
TEST(deficit_rule_is_centred)
{
    const double w[2] = {0.999, 0.001};
    const int64_t slot[2] = {1, 1};
    double target[2] = {0};
    int64_t drawn[2] = {0};
    int first = 0;
    for (int j = 1; j <= 3000; j++) {
        const int i = assign_deficit(2, w, slot, target, drawn);
        assign_account(2, w, 1, i, target, drawn);
        if (i == 1 && !first) first = j;
        ck_assert(fabs(target[1] - (double)drawn[1]) <= 0.5 + 1e-9);
    }
    ck_assert_int_ge(first, 500);
    ck_assert_int_le(first, 501);
    ck_assert_int_eq(drawn[1], 3);
}
END

/* Documents of any length: within 1.25 of the longest on every prefix of 600 random instances, and
 * a source of weight 0 is left alone. */
TEST(deficit_rule_follows_documents)
{
    struct rng r = rng_open(2, "instances");
    double worst = 0;
    for (int round = 0; round < 600; round++) {
        const int k = 2 + (int)rng_below(&r, SOURCES - 1);
        double w[SOURCES], target[SOURCES] = {0};
        int64_t drawn[SOURCES] = {0}, slot[SOURCES], scale[SOURCES], longest = 0;
        for (int i = 0; i < k; i++) {
            w[i] = pow(rng_uniform(&r), 3) + 1e-4;
            scale[i] = 1 + (int64_t)rng_below(&r, 1 << rng_below(&r, 12));
            if (scale[i] > longest) longest = scale[i];
        }
        const bool zero = k > 2 && round % 2;
        if (zero) w[0] = 0;
        normalise(w, k);
        for (int i = 0; i < k; i++) slot[i] = 1 + (int64_t)rng_below(&r, (uint64_t)scale[i]);
        for (int j = 0; j < 3000; j++) {
            const int i = assign_deficit(k, w, slot, target, drawn);
            assign_account(k, w, slot[i], i, target, drawn);
            slot[i] = 1 + (int64_t)rng_below(&r, (uint64_t)scale[i]);
            for (int s = 0; s < k; s++) {
                const double off = fabs(target[s] - (double)drawn[s]) / (double)longest;
                if (off > worst) worst = off;
            }
        }
        if (zero) ck_assert_int_eq(drawn[0], 0);
    }
    ck_assert_msg(worst <= 1.25, "worst deviation %g longest documents", worst);
    ck_assert_msg(worst > 0.3, "worst deviation %g: the instances are too easy", worst);
    if (getenv("VERBOSE")) printf("worst %g\n", worst);
}
END

    int
    main(void)
{
    return run_tests("assigner", chairman_rule_keeps_its_bound, one_source_takes_all,
                     deficit_rule_is_centred, deficit_rule_follows_documents, NULL);
}
