/* Schedules of lengths against published definitions and numbers worked out by hand; what every
 * registered one promises: values within its range, a pure function of the clock. */
#include "src/data/length.h"

#include "tests/testing.h"

static const struct length_type *find(const char *name)
{
    const struct variant *v = conf_registry_find(&length_registry, name);
    ck_assert_msg(v != NULL, "no length curriculum '%s'", name);
    return (const struct length_type *)v;
}

/* Options from YAML, as a stage gives them. */
struct holder {
    struct conf_variant length;
};

static const struct conf_field holder_fields[] = {
    CONF_VARIANT(struct holder, length, &length_registry, "a schedule"),
    CONF_END,
};

static const struct conf_schema holder_schema = {"holder", sizeof(struct holder), holder_fields};

static struct conf *open_schedule(struct holder *h, const char *yaml)
{
    struct conf *c;
    struct error e;
    char text[512];
    snprintf(text, sizeof text, "length: %s\n", yaml);
    MUST(conf_open_text(&c, "test.yaml", text, &e), &e);
    conf_bind(c, &holder_schema, h);
    MUST(conf_finish(c, &e), &e);
    return c;
}

static int64_t at(const struct holder *h, const struct length_clock *clock)
{
    return ((const struct length_type *)h->length.type)->at(h->length.opts, clock);
}

/* A stage of `steps` steps of 10 tokens, at a step. */
static struct length_clock clock_at(int64_t step, int64_t steps)
{
    return (struct length_clock){.tokens = 10 * step,
                                 .total = 10 * steps,
                                 .step = step,
                                 .steps = steps,
                                 .fraction = (double)step / (double)steps,
                                 .seed = 7};
}

static void expect(const char *yaml, int64_t steps, int n, const int64_t *step, const int64_t *want)
{
    struct holder h;
    struct conf *c = open_schedule(&h, yaml);
    for (int i = 0; i < n; i++) {
        const struct length_clock clock = clock_at(step[i], steps);
        ck_assert_msg(at(&h, &clock) == want[i], "%s at step %lld: %lld, not %lld", yaml,
                      (long long)step[i], (long long)at(&h, &clock), (long long)want[i]);
    }
    conf_close(c);
}

#define N(...)                                                                                     \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[])                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define WANT(...)                                                                                  \
    (const int64_t[])                                                                              \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

TEST(deepspeed_is_exact)
{
    const int64_t steps = 20000;
    expect("{type: fixed_linear, min_difficulty: 8, max_difficulty: 1024, "
           "total_curriculum_step: 15000, difficulty_step: 8}",
           steps, N(0, 1000, 3750, 7500, 14999, 15000, 19999),
           WANT(8, 72, 256, 512, 1016, 1024, 1024));
    expect("{type: fixed_root, min_difficulty: 8, max_difficulty: 1024, "
           "total_curriculum_step: 15000, difficulty_step: 8, root_degree: 2}",
           steps, N(0, 1, 100, 1000, 3750, 7500, 15000), WANT(8, 16, 88, 264, 512, 720, 1024));
    expect("{type: fixed_discrete, difficulty: [64, 128, 512], max_step: [5, 9]}", 20,
           N(0, 5, 6, 9, 10, 19), WANT(64, 64, 128, 128, 512, 512));
}
END

TEST(skyladder_is_exact)
{
    const int64_t steps = 100000;
    expect("{type: skyladder, w_s: 32, w_e: 8192, alpha: 0.125}", steps,
           N(0, 1000, 8192, 16320, 32640, 65279, 65280, 99999),
           WANT(32, 157, 1056, 2072, 4112, 8191, 8192, 8192));
    expect("{type: skyladder, shape: stepwise, r: 1024}", steps,
           N(1000, 8192, 16320, 32640, 65279, 65280), WANT(32, 1024, 2048, 4096, 7168, 8192));
    expect("{type: skyladder, shape: sinusoidal}", steps, N(1000, 8192, 16320, 32640, 65279, 65280),
           WANT(228, 1630, 3154, 5801, 8191, 8192));
    expect("{type: skyladder, shape: exponential}", steps,
           N(1000, 8192, 16320, 32640, 65279, 65280), WANT(34, 64, 128, 512, 8191, 8192));
}
END

/* The shapes of the published code, from its own functions. */
TEST(skyladder_code_is_exact)
{
    const int64_t steps = 100000;
    const int64_t at_rate[] = {0, 1, 1000, 8192, 16320, 32640, 65279, 65280},
                  at_share[] = {0, 1, 1000, 20000, 40000, 79999, 80000}, up = 8160 * 8;
    expect("{type: skyladder, shape: cosine}", steps, 8, at_rate,
           WANT(32, 32, 41, 657, 2422, 8191, 8192, 8192));
    expect("{type: skyladder, shape: log}", steps, 8, at_rate,
           WANT(32, 45, 1013, 2901, 4095, 5791, 8191, 8192));
    expect("{type: skyladder, shape: log, samples_per_step: 16}", steps, 8, at_rate,
           WANT(32, 99, 1539, 3570, 4704, 6207, 8191, 8192));
    expect("{type: skyladder, shape: inverse}", steps, 8, at_rate,
           WANT(8192, 8192, 8067, 7168, 6152, 4112, 33, 8192));
    expect("{type: skyladder, shape: sinusoidal, round_to: 1024}", steps, 8, at_rate,
           WANT(32, 32, 32, 1024, 3072, 5120, 7168, 8192));
    expect("{type: skyladder, shape: exponential, round_to: 1024}", steps, 8, at_rate,
           WANT(32, 32, 32, 32, 32, 32, 7168, 8192));
    expect("{type: skyladder, percent: 80}", steps, 7, at_share,
           WANT(32, 32, 134, 2072, 4112, 8191, 8192));
    expect("{type: skyladder, percent: 80, shape: exponential}", steps, 7, at_share,
           WANT(32, 32, 34, 128, 512, 8191, 8192));
    expect("{type: skyladder, percent: 80, shape: sinusoidal}", steps, 7, at_share,
           WANT(32, 32, 192, 3154, 5801, 8191, 8192));
    expect("{type: skyladder, percent: 80, shape: cosine}", steps, 7, at_share,
           WANT(32, 32, 38, 2422, 8191, 8192, 8192));
    expect("{type: skyladder, percent: 80, shape: log}", steps, 7, at_share,
           WANT(32, 44, 952, 4146, 5828, 8191, 8192));
    expect("{type: skyladder, percent: 95}", 1000, N(0, 1, 500, 949, 950),
           WANT(32, 40, 4326, 8183, 8192));
    expect("{type: skyladder, shape: gradual, cycles: 2}", 6 * up,
           N(0, 1000, up - 1, up, up + 1000, 2 * up - 1, 2 * up, 3 * up - 1, 3 * up, 4 * up - 1,
             4 * up, 4 * up + 1000, 4 * up + up / 2 - 1, 4 * up + up / 2),
           WANT(32, 157, 8191, 8192, 8067, 33, 32, 8191, 8192, 33, 32, 157, 4111, 8192));
    expect("{type: skyladder, shape: jump, cycles: 2}", 6 * up,
           N(0, 1000, up - 1, up, up + 1000, 2 * up - 1, 2 * up),
           WANT(32, 157, 8191, 32, 157, 8191, 8192));
}
END

TEST(composer_and_olmo_are_exact)
{
    /* duration 0.3 of 10000 steps, 8 to 1024 in eights */
    expect("{type: seq_length_warmup}", 10000, N(0, 1, 24, 1500, 2999, 3000, 9999),
           WANT(8, 8, 16, 512, 1016, 1024, 1024));
    /* split: 128 times a power of two; s = 128 + 1920 t / 2000 */
    expect("{type: sequence_length_scheduler, train_sequence_length: 2048}", 10000,
           N(0, 133, 134, 400, 934, 1999, 2000, 5000),
           WANT(128, 128, 256, 512, 1024, 1024, 2048, 2048));
    expect("{type: sequence_length_scheduler, train_sequence_length: 2048, truncate: true}", 10000,
           N(0, 133, 134, 267, 1999, 2000), WANT(128, 128, 256, 384, 1920, 2048));
}
END

TEST(shapes_by_hand)
{
    const char *const ends = "from: 64, to: 1024}";
    char yaml[128];
    static const struct {
        const char *type;
        int64_t half; /* at u = 1/2 */
    } shapes[] = {
        {"linear", 544},     {"root", 742},   {"stepwise", 544}, /* root: 64 + 960 sqrt(1/2) */
        {"sinusoidal", 742}, {"cosine", 544}, {"exponential", 256},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        snprintf(yaml, sizeof yaml, "{type: %s, %s", shapes[i].type, ends);
        expect(yaml, 100, N(0, 50, 100), WANT(64, shapes[i].half, 1024));
        snprintf(yaml, sizeof yaml, "{type: %s, over: 0.5, %s", shapes[i].type, ends);
        expect(yaml, 100, N(0, 25, 50, 99), WANT(64, shapes[i].half, 1024, 1024));
        snprintf(yaml, sizeof yaml, "{type: %s, over: 500, %s", shapes[i].type, ends); /* tokens */
        expect(yaml, 100, N(0, 25, 50, 99), WANT(64, shapes[i].half, 1024, 1024));
        snprintf(yaml, sizeof yaml, "{type: %s, multiple: 64, %s", shapes[i].type, ends);
        expect(yaml, 100, N(0, 50, 100), WANT(64, shapes[i].half - shapes[i].half % 64, 1024));
    }
    expect("{type: linear, from: 1024, to: 64}", 100, N(0, 50, 100), WANT(1024, 544, 64));
    expect("{type: exponential, from: 100, to: 100}", 100, N(0, 50, 99), WANT(100, 100, 100));
    expect("{type: stepwise, from: 100, to: 500, steps: 4}", 100, N(0, 24, 25, 50, 75, 99, 100),
           WANT(100, 100, 200, 300, 400, 400, 500));
    expect("{type: cyclic, from: 100, to: 200, cycles: 2}", 100, N(0, 25, 50, 75, 100),
           WANT(100, 200, 100, 200, 100));
    expect("{type: cyclic, from: 100, to: 200, cycles: 2, shape: jump}", 100,
           N(0, 25, 49, 50, 75, 100), WANT(100, 150, 198, 100, 150, 200));
    expect("{type: discrete, lengths: [64, 128, 512]}", 99, N(0, 32, 33, 65, 66, 98),
           WANT(64, 64, 128, 128, 512, 512));
    expect("{type: reversed, of: {type: linear, from: 64, to: 1024}}", 100, N(0, 50, 100),
           WANT(1024, 544, 64));
    expect("{type: reversed, of: {type: fixed_discrete, difficulty: [1, 2], max_step: [30]}}", 100,
           N(0, 68, 69, 99), WANT(2, 2, 1, 1));
}
END

TEST(staged_switches_where_it_says)
{
    const char *const yaml =
        "{type: staged, lengths: [256, 1024, 256, 4096], at: [0.25, 600, 0.75]}";
    expect(yaml, 100, N(0, 24, 25, 59, 60, 74, 75, 99),
           WANT(256, 256, 1024, 1024, 256, 256, 4096, 4096));
    struct holder h;
    struct conf *c = open_schedule(&h, yaml);
    /* the tokens of a budget in FLOPs are not known in advance: its fraction is */
    struct length_clock clock = {.fraction = 0.2499};
    ck_assert_int_eq(at(&h, &clock), 256);
    clock.fraction = 0.25;
    ck_assert_int_eq(at(&h, &clock), 1024);
    conf_close(c);
}
END

/* ---- buckets ---- */

/* How many steps of [from, to) each of six buckets from 256 gets. */
static void count(const struct holder *h, int64_t from, int64_t to, int64_t steps, int64_t n[6])
{
    memset(n, 0, 6 * sizeof *n);
    for (int64_t k = from; k < to; k++) {
        const struct length_clock clock = clock_at(k, steps);
        int b = 0;
        while (256 << b < at(h, &clock)) b++;
        ck_assert_int_eq(256 << b, at(h, &clock));
        n[b]++;
    }
}

/* A cycle holds every bucket's share exactly, whatever the order. */
TEST(cycles_hold_their_shares)
{
    static const char *const types[] = {"uniform", "grow_linear",     "grow_p2",    "grow_p100",
                                        "shrink",  "vsl_grow_linear", "vsl_grow_p2"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char yaml[128];
        struct holder h;
        int64_t n[6];
        snprintf(yaml, sizeof yaml, "{type: %s, cycles: 3, shares: [1, 2, 3, 3, 2, 1]}", types[i]);
        struct conf *c = open_schedule(&h, yaml);
        for (int k = 0; k < 3; k++) {
            count(&h, 120 * k, 120 * (k + 1), 360, n);
            for (int b = 0; b < 6; b++)
                ck_assert_msg(n[b] == 10 * (b < 3 ? b + 1 : 6 - b), "%s: %lld", types[i],
                              (long long)n[b]);
        }
        conf_close(c);
    }
}
END

/* The first draw of a cycle follows the odds: over many cycles, seen as a frequency. */
static void first_draws(const char *type, const double odds[6])
{
    char yaml[64];
    struct holder h;
    int64_t n[6] = {0};
    const int64_t cycles = 4000;
    snprintf(yaml, sizeof yaml, "{type: %s, cycles: %lld}", type, (long long)cycles);
    struct conf *c = open_schedule(&h, yaml);
    for (int64_t k = 0; k < cycles; k++) {
        int64_t one[6];
        count(&h, 6 * k, 6 * k + 1, 6 * cycles, one);
        for (int b = 0; b < 6; b++) n[b] += one[b];
    }
    double sum = 0;
    for (int b = 0; b < 6; b++) sum += odds[b];
    for (int b = 0; b < 6; b++) {
        const double p = odds[b] / sum, sd = sqrt(p * (1 - p) * (double)cycles);
        ck_assert_msg(fabs((double)n[b] - p * (double)cycles) <= 4 * sd + 1, "%s: bucket %d: %lld",
                      type, b, (long long)n[b]);
    }
    conf_close(c);
}

TEST(draws_follow_the_odds)
{
    first_draws("uniform", (const double[6]){1, 1, 1, 1, 1, 1});
    first_draws("grow_linear", (const double[6]){6, 5, 4, 3, 2, 1});
    first_draws("grow_p2", (const double[6]){32, 16, 8, 4, 2, 1});
    first_draws("grow_p100", (const double[6]){1e10, 1e8, 1e6, 1e4, 100, 1});
    first_draws("shrink", (const double[6]){1, 100, 1e4, 1e6, 1e8, 1e10});
}
END

/* OLMo-core's table for six buckets, as steps per sub-cycle. Linear: b0 654321, b1 564321, b2
 * 456321, b3 345621, b4 234561, b5 123456; P2: two to the power of these less one. */
TEST(sub_cycles_follow_the_table)
{
    static const int linear[6][6] = {{6, 5, 4, 3, 2, 1}, {5, 6, 4, 3, 2, 1}, {4, 5, 6, 3, 2, 1},
                                     {3, 4, 5, 6, 2, 1}, {2, 3, 4, 5, 6, 1}, {1, 2, 3, 4, 5, 6}};
    for (int p2 = 0; p2 < 2; p2++) {
        struct holder h;
        const int64_t of_bucket = p2 ? 63 : 21, steps = 6 * of_bucket;
        struct conf *c = open_schedule(&h, p2 ? "{type: vsl_grow_p2, cycles: 1}"
                                              : "{type: vsl_grow_linear, cycles: 1}");
        int64_t from = 0;
        for (int s = 0; s < 6; s++) {
            int64_t want[6], n[6], all = 0;
            for (int b = 0; b < 6; b++)
                all += want[b] = p2 ? 1 << (linear[b][s] - 1) : linear[b][s];
            count(&h, from, from + all, steps, n);
            for (int b = 0; b < 6; b++) ck_assert_int_eq(n[b], want[b]);
            from += all;
        }
        ck_assert_int_eq(from, steps);
        conf_close(c);
    }
}
END

/* ---- every type ---- */

static const char *const samples[] = {
    "300",
    "{type: staged, lengths: [256, 1024], at: [0.5]}",
    "{type: discrete, lengths: [256, 512, 128]}",
    "{type: linear, from: 100, to: 1000}",
    "{type: root, from: 100, to: 1000, degree: 3}",
    "{type: stepwise, from: 100, to: 1000}",
    "{type: sinusoidal, from: 100, to: 1000}",
    "{type: cosine, from: 1000, to: 100}",
    "{type: exponential, from: 100, to: 1000}",
    "{type: cyclic, from: 100, to: 1000}",
    "{type: reversed, of: {type: cosine, from: 10, to: 100}}",
    "{type: skyladder, w_s: 32, w_e: 1024, alpha: 8}",
    "{type: fixed_linear, min_difficulty: 8, max_difficulty: 1020, total_curriculum_step: 100}",
    "{type: fixed_root, min_difficulty: 8, max_difficulty: 1020, total_curriculum_step: 100}",
    "{type: fixed_discrete, difficulty: [8, 4, 16], max_step: [20, 80]}",
    "{type: seq_length_warmup}",
    "{type: sequence_length_scheduler, train_sequence_length: 1024, warmup_steps: 100}",
    "{type: uniform, cycles: 4}",
    "{type: grow_linear, cycles: 4}",
    "{type: grow_p2, cycles: 4}",
    "{type: grow_p100, cycles: 4}",
    "{type: shrink, cycles: 4}",
    "{type: vsl_grow_linear, cycles: 4}",
    "{type: vsl_grow_p2, cycles: 4}",
};

TEST(every_type_keeps_its_range)
{
    ck_assert_str_eq(length_registry.shorthand_type, "constant");
    ck_assert_str_eq(length_registry.shorthand_key, "length");
    size_t types = 0;
    while (length_registry.types[types]) types++;
    ck_assert_uint_eq(types, sizeof samples / sizeof *samples);
    for (size_t i = 0; i < types; i++) {
        struct holder h;
        struct error e;
        struct conf *c = open_schedule(&h, samples[i]);
        const struct length_type *t = (const struct length_type *)h.length.type;
        ck_assert_ptr_eq(h.length.type, length_registry.types[i]);
        ck_assert(t->v.summary && t->range && t->at);
        const struct length_clock stage = clock_at(0, 200);
        if (t->check) MUST(t->check(h.length.opts, &stage, &e), &e);
        int64_t least, greatest, low = INT64_MAX, high = 0;
        t->range(h.length.opts, &least, &greatest);
        for (int64_t k = 0; k < 200; k++) {
            const struct length_clock clock = clock_at(k, 200);
            const int64_t v = at(&h, &clock);
            ck_assert_msg(v >= least && v <= greatest, "%s: %lld", samples[i], (long long)v);
            ck_assert_int_eq(v, at(&h, &clock));
            if (v < low) low = v;
            if (v > high) high = v;
        }
        ck_assert_msg(t->constant == (low == high), "%s", samples[i]);
        conf_close(c);
    }
}
END

static void refused(const char *yaml, const char *text)
{
    struct holder h;
    struct error e;
    struct conf *c = open_schedule(&h, yaml);
    const struct length_type *t = (const struct length_type *)h.length.type;
    const struct length_clock stage = clock_at(0, 100);
    ck_assert_int_eq(t->check(h.length.opts, &stage, &e), E_USAGE);
    ck_assert_str_eq(e.text, text);
    conf_close(c);
}

TEST(what_cannot_be_is_refused)
{
    refused("{type: staged}", "length staged: `lengths` is missing (for example [256, 1024])");
    refused("{type: staged, lengths: [256, 12.5], at: [0.5]}",
            "length staged: 12.5 is not a whole number of tokens from 1 to 16M");
    refused("{type: staged, lengths: [0, 256], at: [0.5]}",
            "length staged: 0 is not a whole number of tokens from 1 to 16M");
    refused("{type: staged, lengths: [256, 1024]}",
            "length staged: 2 lengths need 1 points in `at`, not 0");
    refused("{type: staged, lengths: [1, 2, 3], at: [0.5, 0.25]}",
            "length staged: point 0.25 of `at` does not rise");
    refused("{type: staged, lengths: [256, 1024], at: [0]}",
            "length staged: point 0 of `at` does not rise");
    refused("{type: staged, lengths: [256, 1024], at: [1000]}",
            "length staged: point 1000 of `at` is never reached, the stage has 1000 tokens");
    refused("{type: linear, from: 64, to: 100, multiple: 8}",
            "length linear: from 64 and to 100 must be multiples of 8");
    refused("{type: cosine, from: 64, to: 100, over: 2000}",
            "length cosine: `to` is reached after 2000 tokens, the stage has 1000");
    refused("{type: grow_p2, min: 256, max: 1000}",
            "length grow_p2: max 1000 is not min 256 times a power of two");
    refused("{type: grow_p2, cycles: 20}",
            "length grow_p2: 20 cycles of 6 buckets need 120 steps, the stage has 100");
    refused("{type: uniform, shares: [1, 2]}", "length uniform: 2 shares for 6 buckets");
    refused("{type: skyladder, w_s: 64, w_e: 32}", "length skyladder: w_s 64 is more than w_e 32");
    refused(
        "{type: skyladder, shape: jump, percent: 20}",
        "length skyladder: percent 20 does not go with shape jump, whose cycles last as long as "
        "alpha says");
    refused(
        "{type: skyladder, shape: stepwise, round_to: 64}",
        "length skyladder: shape stepwise rounds to r 1024: round_to 64 is for the other shapes");
    refused("{type: skyladder, shape: log, r: 64}",
            "length skyladder: r 64 is for shape stepwise: round_to is for log");
    refused("{type: skyladder, cycles: 2}",
            "length skyladder: cycles 2 is for shapes gradual and jump, not linear");
    refused("{type: skyladder, samples_per_step: 16}",
            "length skyladder: samples_per_step 16 is for shape log, not linear");
    refused("{type: skyladder, percent: 20, alpha: 1}",
            "length skyladder: alpha 1 and percent 20 exclude each other");
    refused("{type: reversed}",
            "length reversed: `of` is missing (for example {type: linear, from: "
            "64, to: 512})");
    refused("{type: sequence_length_scheduler, train_sequence_length: 1000}",
            "length sequence_length_scheduler: train_sequence_length 1000 must be "
            "min_sequence_length 128 times a power of two");
    refused("{type: fixed_discrete, difficulty: [8, 16], max_step: []}",
            "length fixed_discrete: 2 values of `difficulty` and 0 of `max_step`: one fewer is "
            "needed, like [64, 256] and [1000]");
    ck_assert(find("constant")->check == NULL);
}
END

int main(void)
{
    return run_tests("lengths", deepspeed_is_exact, skyladder_is_exact, skyladder_code_is_exact,
                     composer_and_olmo_are_exact, shapes_by_hand, staged_switches_where_it_says,
                     cycles_hold_their_shares, draws_follow_the_odds, sub_cycles_follow_the_table,
                     every_type_keeps_its_range, what_cannot_be_is_refused, NULL);
}
