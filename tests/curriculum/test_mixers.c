/* Mixers: laws of all of them, golden vectors, refusals. */
#include "src/data/mixer.h"
#include "tests/testing.h"

enum { CLASSES = 3 };

/* Lengths below 1024, below 8192, and above. */
static const int64_t edges[] = {1024, 8192};
static const struct mixer_source sources[] = {
    {"books", 0.6, 1000, 10, 0}, {"code", 0.2, 100, 5, 0}, {"rfcs", 0.2, 10, 3, 0}};
static const struct mixer_cell cells[3][CLASSES] = {
    {{100, 5, 500}, {400, 4, 4000}, {500, 1, 20000}},
    {{70, 4, 300}, {30, 1, 2000}, {0, 0, 0}},
    {{10, 3, 100}, {0, 0, 0}, {0, 0, 0}}};

struct option_set {
    struct conf_variant v;
};

/* A mixer from YAML, as a configuration gives it. */
struct mix {
    struct conf *conf;
    struct option_set set;
    struct mixer_at at;
    double state[64], w[16];
};

static const struct conf_field set_fields[] = {
    CONF_VARIANT(struct option_set, v, &mixer_registry, "a mixer"),
    CONF_END,
};
static const struct conf_schema set_schema = {"set", sizeof(struct option_set), set_fields};

static const struct mixer_type *type_of(const struct mix *m)
{
    return (const struct mixer_type *)m->set.v.type;
}

/* n sources of the above in `classes` classes (3, or 1). */
static struct mix *make(const char *yaml, int n, const struct mixer_source *of, int classes)
{
    static struct mix m;
    char text[512];
    struct error e;
    conf_close(m.conf);
    memset(&m, 0, sizeof m);
    snprintf(text, sizeof text, "v: %s\n", yaml);
    MUST(conf_open_text(&m.conf, "mixer", text, &e), &e);
    conf_bind(m.conf, &set_schema, &m.set);
    MUST(conf_finish(m.conf, &e), &e);
    m.at = (struct mixer_at){.opts = m.set.v.opts,
                             .state = m.state,
                             .n = n,
                             .source = of,
                             .classes = classes,
                             .edge = edges,
                             .cell = &cells[0][0]};
    return &m;
}

static struct mix *ready(const char *yaml, int n, const struct mixer_source *of, int classes)
{
    struct mix *m = make(yaml, n, of, classes);
    struct error e;
    if (type_of(m)->check) MUST(type_of(m)->check(&m->at, &e), &e);
    if (type_of(m)->state_size)
        ck_assert_uint_le(type_of(m)->state_size(m->at.opts, n), sizeof m->state);
    if (type_of(m)->init) type_of(m)->init(&m->at);
    return m;
}

static const double *weights(struct mix *m, int64_t tokens, int64_t total)
{
    const struct data_clock clock = {tokens, total, 0};
    type_of(m)->weights(&m->at, &clock, m->w);
    return m->w;
}

static void expect(struct mix *m, int64_t tokens, int64_t total, int n, const double *want,
                   double tolerance)
{
    const double *w = weights(m, tokens, total);
    for (int i = 0; i < n; i++)
        ck_assert_msg(fabs(w[i] - want[i]) <= tolerance, "%d: %.9f, not %.9f", i, w[i], want[i]);
}

#define GIVES(m, tokens, total, tolerance, ...)                                                    \
    do {                                                                                           \
        const double want_[] = {__VA_ARGS__};                                                      \
        expect(m, tokens, total, (int)(sizeof want_ / sizeof *want_), want_, tolerance);           \
    } while (0)

static void refused(const char *yaml, int classes, const char *text)
{
    struct mix *m = make(yaml, 3, sources, classes);
    struct error e = {0};
    ck_assert_int_eq(type_of(m)->check(&m->at, &e), E_USAGE);
    ck_assert_str_eq(e.text, text);
}

/* One of every kind, with options that it accepts. */
static const char *const every[] = {
    "static",
    "{type: static, weights: [3, 0, 1]}",
    "{type: temperature, temperature: 3}",
    "{type: unimax, max_epochs: 4}",
    "{type: capped, weights: [1, 1, 1], max_epochs: 2}",
    "{type: piecewise, parts: [{weights: [1, 0, 0]}, {from: 0.3, weights: [0, 2, 2]}]}",
    "{type: scheduled, to: [0, 0, 1], shape: cosine, begin: 0.1, end: 0.9}",
    "{type: upsample, threshold: 8192, conserve_sources: false}",
    "{type: upsample, threshold: 1024, conserve_sources: true}",
    "{type: upsample, rule: remove, threshold: 8192, conserve_sources: true}",
    "{type: upsample, rule: power, threshold: 1024, power: 0.5, conserve_sources: false}",
    "{type: upsample_sources, sources: [code], threshold: 1024}",
    "{type: long_sources, threshold: 1024}",
    "{type: long_short, threshold: 1024, share: 0.6}",
    "{type: class_shares, shares: [1, 2, 3]}",
    "{type: class_shares, shares: [1, 2, 3, 4, 5, 0, 6, 0, 0]}",
    "{type: repeats, repeats: [1, 4, 0]}",
    "{type: doremi, reference: runs/x}",
    "{type: odm, warmup: 0}",
    "{type: odm, rule: exp3, warmup: 0}",
    "{type: odm, rule: smoothed_mean, warmup: 0}",
    "{type: odm, rule: group, warmup: 0}",
    "{type: odm, rule: ema, warmup: 0}",
    "{type: odm, rule: naive_validation, warmup: 0}",
    "{type: skill_it, graph: [1, 0.5, 0, 0, 1, 0, 0, 0, 1], relative: true, decay: true}",
};

enum { EVERY = sizeof every / sizeof *every };

static void tell(struct mix *m, int step)
{
    const struct data_clock clock = {step * 10, 100, step};
    const double sums[9] = {50, 40 - step, 9, 3.0 * step, 2, 0, 1, 0, 0}, loss[3] = {3, NAN, 1};
    const int64_t targets[9] = {20, 10, 10, 4, 1, 0, step % 2, 0, 0};
    if (type_of(m)->batch) type_of(m)->batch(&m->at, &clock, sums, targets);
    if (type_of(m)->excess) type_of(m)->excess(&m->at, &clock, sums, targets);
    if (type_of(m)->eval) type_of(m)->eval(&m->at, &clock, loss);
}

/* Shares, none below 0, nothing for what is empty, the same twice, at any time, after any event. */
TEST(weights_are_shares)
{
    for (int k = 0; k < EVERY; k++) {
        struct mix *m = ready(every[k], 3, sources, CLASSES);
        for (int step = 0; step <= 10; step++) {
            double sum = 0, first[9];
            memcpy(first, weights(m, step * 10, 100), sizeof first);
            ck_assert_mem_eq(first, weights(m, step * 10, 100), sizeof first);
            for (int i = 0; i < 9; i++) {
                ck_assert_msg(first[i] >= 0 && first[i] <= 1 + 1e-12, "%s: %g", every[k], first[i]);
                if (!cells[i / 3][i % 3].tokens)
                    ck_assert_msg(first[i] == 0, "%s draws from an empty cell", every[k]);
                sum += first[i];
            }
            ck_assert_msg(fabs(sum - 1) < 1e-12, "%s: sum %.15f", every[k], sum);
            tell(m, step);
        }
    }
    for (const struct variant *const *t = mixer_registry.types; *t; t++) {
        bool seen = false;
        for (int k = 0; k < EVERY; k++) seen |= strstr(every[k], (*t)->name) != NULL;
        ck_assert_msg(seen, "mixer %s is not tested", (*t)->name);
        ck_assert((*t)->summary && ((const struct mixer_type *)*t)->weights);
    }
}
END

/* Of a stage that is as long as some seconds nobody knows the tokens before its first step: shares
 * are those of its begin, and no cap binds. */
TEST(a_stage_of_unknown_length_begins_like_any)
{
    for (int k = 0; k < EVERY; k++) {
        double first[9], sum = 0;
        const bool caps = strstr(every[k], "unimax") || strstr(every[k], "capped");
        struct mix *m = ready(every[k], 3, sources, CLASSES);
        memcpy(first, weights(m, 0, caps ? 1 : 1 << 30), sizeof first);
        const double *w = weights(m, 0, CLOCK_UNKNOWN);
        for (int i = 0; i < 9; i++) {
            ck_assert_msg(fabs(w[i] - first[i]) < 1e-12, "%s: %g, not %g", every[k], w[i],
                          first[i]);
            sum += w[i];
        }
        ck_assert_double_eq_tol(sum, 1, 1e-12);
    }
}
END

/* With events, the state alone decides: a copy of it goes on alike. */
TEST(state_is_all_there_is)
{
    for (int k = 0; k < EVERY; k++) {
        struct mix *m = ready(every[k], 3, sources, CLASSES);
        double state[64], want[9];
        for (int step = 0; step < 5; step++) tell(m, step);
        memcpy(state, m->state, sizeof state);
        for (int step = 5; step < 9; step++) tell(m, step);
        memcpy(want, weights(m, 90, 100), sizeof want);
        m = ready(every[k], 3, sources, CLASSES);
        memcpy(m->state, state, sizeof state);
        for (int step = 5; step < 9; step++) tell(m, step);
        ck_assert_mem_eq(want, weights(m, 90, 100), sizeof want);
    }
}
END

/* Mixers of sources leave the lengths within each as they are, whatever the classes. */
TEST(lengths_stay_unless_asked)
{
    for (int k = 0; k < EVERY; k++) {
        if (strstr(every[k], "upsample") || strstr(every[k], "long_") ||
            strstr(every[k], "class_shares"))
            continue;
        double share[3];
        struct mix *m = ready(every[k], 3, sources, 1);
        memcpy(share, weights(m, 40, 100), sizeof share);
        m = ready(every[k], 3, sources, CLASSES);
        const double *w = weights(m, 40, 100);
        for (int i = 0; i < 9; i++)
            ck_assert_double_eq_tol(w[i],
                                    share[i / 3] * (double)cells[i / 3][i % 3].tokens /
                                        (double)sources[i / 3].tokens,
                                    1e-15);
    }
}
END

static const struct mixer_source thousands[] = {
    {"a", 1, 1000, 1, 0}, {"b", 1, 100, 1, 0}, {"c", 1, 10, 1, 0}};

TEST(temperature_golden)
{
    GIVES(ready("temperature", 3, thousands, 1), 0, 1, 5e-7, .900901, .090090, .009009);
    GIVES(ready("{type: temperature, temperature: 2}", 3, thousands, 1), 0, 1, 5e-7, .706101,
          .223289, .070610);
    GIVES(ready("{type: temperature, alpha: 0.3}", 3, thousands, 1), 0, 1, 5e-7, .570654, .286004,
          .143342);
    GIVES(ready("{type: temperature, temperature: 2, max: 500}", 3, thousands, 1), 0, 1, 5e-7,
          .629471, .281508, .089021);
}
END

TEST(unimax_golden)
{
    GIVES(ready("{type: unimax, max_epochs: 4}", 3, thousands, 1), 0, 600, 5e-7, .466667, .466667,
          .066667);
    GIVES(ready("{type: unimax, max_epochs: 4, budget: 6000}", 3, thousands, 1), 0, 1, 1e-12,
          4000 / 4440.0, 400 / 4440.0, 40 / 4440.0);
    static const struct mixer_source five[] = {{"swe", 1, 179955884499, 1, 0},
                                               {"fas", 1, 184595788282, 1, 0},
                                               {"ekk", 1, 42541080893, 1, 0},
                                               {"isl", 1, 10027573389, 1, 0},
                                               {"fao", 1, 549707867, 1, 0}};
    GIVES(ready("{type: unimax, max_epochs: 4}", 5, five, 1), 0, 250000000000, 1e-12,
          69230291658.6666666 / 250e9, 69230291658.6666666 / 250e9, 69230291658.6666666 / 250e9,
          40110293556 / 250e9, 2198831468 / 250e9);
}
END

TEST(capped_fills_what_caps_leave)
{
    /* 500/300/200 of 1000, caps 4000/400/40: c takes 40, its 160 go 5:3 */
    GIVES(ready("{type: capped, weights: [0.5, 0.3, 0.2], max_epochs: 4}", 3, thousands, 1), 0,
          1000, 1e-12, .6, .36, .04);
    /* caps 1000/100/10: both small ones bind */
    GIVES(ready("{type: capped, weights: [0.5, 0.3, 0.2]}", 3, thousands, 1), 0, 1000, 1e-12, .89,
          .1, .01);
    /* more than there is: all capped */
    GIVES(ready("{type: capped, weights: [0.5, 0.3, 0.2]}", 3, thousands, 1), 0, 5000, 1e-12,
          1000 / 1110.0, 100 / 1110.0, 10 / 1110.0);
    GIVES(ready("{type: capped, weights: [0.5, 0.3, 0.2]}", 3, thousands, 1), 0, 40, 1e-12, .5, .3,
          .2);
}
END

TEST(schedules)
{
    struct mix *m = ready("{type: piecewise, parts: [{weights: [1, 0, 0]}, {from: 0.25, weights: "
                          "[0, 1, 3]}, {from: 90}]}",
                          3, sources, 1);
    GIVES(m, 0, 100, 0, 1, 0, 0);
    GIVES(m, 24, 100, 0, 1, 0, 0);
    GIVES(m, 25, 100, 0, 0, .25, .75);
    GIVES(m, 89, 100, 0, 0, .25, .75);
    GIVES(m, 90, 100, 1e-15, .6, .2, .2);
    m = ready("{type: scheduled, from: [2, 0, 0], to: [0, 1, 1]}", 3, sources, 1);
    GIVES(m, 0, 100, 0, 1, 0, 0);
    GIVES(m, 50, 100, 1e-15, .5, .25, .25);
    GIVES(m, 100, 100, 0, 0, .5, .5);
    m = ready("{type: scheduled, to: [0, 0, 1], shape: cosine, begin: 20, end: 0.6}", 3, sources,
              1);
    GIVES(m, 20, 100, 1e-15, .6, .2, .2);
    GIVES(m, 30, 100, 1e-12, .6 * (1 + M_SQRT1_2) / 2, .2 * (1 + M_SQRT1_2) / 2,
          1 - .8 * (1 + M_SQRT1_2) / 2);
    GIVES(m, 40, 100, 1e-12, .3, .1, .6);
    GIVES(m, 99, 100, 1e-15, 0, 0, 1);
}
END

/* 30 % long: r = 0.2 gives .3 / (.3 + .7 r) = 68.2 %, r = 0.1 81.1 %. */
TEST(upsampling_golden)
{
    static const struct mixer_source one[] = {{"web", 1, 1000, 10, 0}};
    static const struct mixer_cell parts[] = {{400, 5, 500}, {300, 4, 900}, {300, 1, 9000}};
    struct mix *m = ready("{type: upsample, threshold: 8192, keep: 0.2, conserve_sources: false}",
                          1, one, CLASSES);
    m->at.cell = parts;
    ck_assert_double_eq_tol(weights(m, 0, 1)[2], .681818, 5e-7);
    m = ready("{type: upsample, threshold: 8192, keep: 0.1, conserve_sources: true}", 1, one,
              CLASSES);
    m->at.cell = parts;
    ck_assert_double_eq_tol(weights(m, 0, 1)[2], .810811, 5e-7);
    m = ready("{type: upsample, rule: power, power: 1, threshold: 1024, conserve_sources: true}", 1,
              one, CLASSES);
    m->at.cell = parts;
    GIVES(m, 0, 1, 1e-12, 200 / 3170.0, 270 / 3170.0, 2700 / 3170.0);
}
END

/* The same filter, with and without the mix of the sources. */
TEST(upsampling_conserves_if_told)
{
    const double share[3] = {.6, .2, .2};
    struct mix *m =
        ready("{type: upsample, threshold: 1024, conserve_sources: true}", 3, sources, CLASSES);
    const double *w = weights(m, 0, 1);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(w[3 * i] + w[3 * i + 1] + w[3 * i + 2], share[i], 1e-15);
    ck_assert_double_eq_tol((w[1] + w[2]) / .6, 900 / (900 + 100 * .2), 1e-12);
    m = ready("{type: upsample, threshold: 1024, conserve_sources: false}", 3, sources, CLASSES);
    w = weights(m, 0, 1);
    /* books (1 - .1) + .1 r = .92, code .3 + .7 r = .44, rfcs r = .2 */
    const double sum = .6 * .92 + .2 * .44 + .2 * .2;
    ck_assert_double_eq_tol(w[0] + w[1] + w[2], .6 * .92 / sum, 1e-12);
    ck_assert_double_eq_tol(w[6], .2 * .2 / sum, 1e-12);
    m = ready("{type: upsample, rule: remove, threshold: 1024, conserve_sources: false}", 3,
              sources, CLASSES);
    GIVES(m, 0, 1, 1e-12, .06 / .4, 0, 0, .14 / .4, 0, 0, .2 / .4, 0, 0);
    m = ready("{type: upsample_sources, sources: [code], threshold: 1024, keep: 0.5}", 3, sources,
              CLASSES);
    w = weights(m, 0, 1); /* .6 : .6 : .2 */
    ck_assert_double_eq_tol(w[3] + w[4], .6 / 1.4, 1e-12);
    ck_assert_double_eq_tol(w[4] / (w[3] + w[4]), 30 / (30 + 35.0), 1e-12);
}
END

TEST(pools_buckets_and_long_sources)
{
    struct mix *m = ready("{type: long_short, threshold: 8192, share: 0.6}", 3, sources, CLASSES);
    GIVES(m, 0, 1, 1e-12, .4 * .06 / .7, .4 * .24 / .7, .6, .4 * .14 / .7, .4 * .06 / .7, 0,
          .4 * .2 / .7, 0, 0);
    m = ready("{type: class_shares, shares: [1, 2, 5]}", 3, sources, CLASSES);
    GIVES(m, 0, 1, 1e-12, .6 / 8, 1.2 / 8, 3.0 / 8, .2 / 3, .4 / 3, 0, .2, 0, 0);
    m = ready("{type: class_shares, shares: [1, 2, 3, 4, 5, 0, 5, 0, 0]}", 3, sources, CLASSES);
    GIVES(m, 0, 1, 1e-12, .05, .1, .15, .2, .25, 0, .25, 0, 0);
    m = ready("{type: long_sources, threshold: 1024, boost: 9}", 3, sources, CLASSES);
    const double *w = weights(m, 0, 1), a = .6 * 9.1, b = .2 * 3.7, c = .2;
    ck_assert_double_eq_tol(w[0] + w[1] + w[2], a / (a + b + c), 1e-12);
    ck_assert_double_eq_tol(w[2], a / (a + b + c) / 2, 1e-12);
    m = ready("{type: repeats, repeats: [0, 1, 10]}", 3, sources, 1);
    GIVES(m, 0, 1, 1e-15, 0, .5, .5);
}
END

TEST(doremi_golden)
{
    struct mix *m = ready("{type: doremi, reference: runs/x}", 3, sources, 1);
    const struct data_clock clock = {0, 100, 0};
    GIVES(m, 0, 100, 1e-15, 1 / 3.0, 1 / 3.0, 1 / 3.0);
    type_of(m)->excess(&m->at, &clock, (const double[]){5, .4, 0}, (const int64_t[]){10, 2, 3});
    GIVES(m, 0, 100, 5e-10, .425919836, .315615569, .258464595);
    /* absent: the last lambda stays */
    struct mix first = *m;
    type_of(m)->excess(&m->at, &clock, (const double[]){5, 0, 0}, (const int64_t[]){10, 0, 3});
    const double a = m->state[1];
    *m = first;
    type_of(m)->excess(&m->at, &clock, (const double[]){5, .2, 0}, (const int64_t[]){10, 1, 3});
    ck_assert_double_eq_tol(a, m->state[1], 1e-15);
    ck_assert_str_eq(type_of(m)->reference(m->at.opts), "runs/x");
}
END

/* eps after `steps` steps, read off the state. */
static double odm_eps(int n, int steps)
{
    static const struct mixer_source five[] = {{"a", 1, 1, 1, 0},
                                               {"b", 1, 1, 1, 0},
                                               {"c", 1, 1, 1, 0},
                                               {"d", 1, 1, 1, 0},
                                               {"e", 1, 1, 1, 0}};
    struct mix *m = ready("{type: odm, warmup: 0}", n, five, 1);
    const struct data_clock clock = {0, 100, 0};
    const double loss[5] = {1, 1, 1, 1, 1};
    const int64_t targets[5] = {1, 1, 1, 1, 1};
    for (int t = 0; t < steps; t++) type_of(m)->batch(&m->at, &clock, loss, targets);
    return m->state[1];
}

TEST(odm_golden)
{
    ck_assert_double_eq_tol(odm_eps(3, 10), .191365, 5e-7);
    ck_assert_double_eq_tol(odm_eps(3, 100), .060515, 5e-7);
    ck_assert_double_eq_tol(odm_eps(3, 1000), .019136, 5e-7);
    for (int t = 0; t <= 8; t++) ck_assert_double_eq_tol(odm_eps(5, t), .2, 1e-15);
    ck_assert_double_eq_tol(odm_eps(5, 10), .179412, 5e-7);
    ck_assert_double_eq_tol(odm_eps(5, 100), .056735, 5e-7);
}
END

/* Rules of training losses against their formulas, step by step. */
TEST(odm_follows_its_formulas)
{
    static const char *const yaml[] = {
        "{type: odm, warmup: 0}", "{type: odm, warmup: 0, rule: exp3}",
        "{type: odm, warmup: 0, rule: smoothed_mean}", "{type: odm, warmup: 0, rule: group}"};
    for (int rule = 0; rule < 4; rule++) {
        struct mix *m = ready(yaml[rule], 3, sources, 1);
        double r[3] = {0}, pi[3] = {.6, .2, .2}, before = 1 / 3.0;
        for (int t = 1; t <= 40; t++) {
            const double loss[3] = {6.0 / t, 2, 3 - t * .05};
            const int64_t targets[3] = {2, t % 3 != 0, 1};
            const struct data_clock clock = {t, 100, t};
            double sum = 0, g[3];
            for (int i = 0; i < 3; i++) {
                if (!targets[i]) continue;
                const double l = loss[i] / (double)targets[i];
                r[i] = rule == 0   ? .9 * r[i] + .1 * l / pi[i]
                       : rule == 1 ? r[i] + l / 10 / pi[i]
                                   : .9 * r[i] + .1 * exp(l);
            }
            const double eps = fmin(1 / 3.0, sqrt(log(3) / (3 * t)));
            for (int i = 0; i < 3; i++)
                sum += g[i] = rule == 3 ? r[i] * before : exp(r[i] * before);
            for (int i = 0; i < 3; i++) pi[i] = (1 - 3 * eps) * g[i] / sum + eps;
            before = eps;
            type_of(m)->batch(&m->at, &clock, loss, targets);
            GIVES(m, t, 100, 1e-12, pi[0], pi[1], pi[2]);
        }
        ck_assert(pi[0] != pi[1]);
    }
    /* the configured mix during the warm-up */
    struct mix *m = ready("{type: odm, warmup: 0.5}", 3, sources, 1);
    const struct data_clock early = {49, 100, 0}, late = {50, 100, 0};
    const double loss[3] = {1, 2, 3};
    const int64_t targets[3] = {1, 1, 1};
    for (int t = 0; t < 9; t++) type_of(m)->batch(&m->at, &early, loss, targets);
    GIVES(m, 0, 100, 1e-15, .6, .2, .2);
    type_of(m)->batch(&m->at, &late, loss, targets);
    ck_assert(weights(m, 0, 100)[0] < .5);
}
END

TEST(odm_ema_follows_its_formula)
{
    struct mix *m = ready("{type: odm, rule: ema, warmup: 0}", 3, sources, 1);
    double r[3] = {.6, .2, .2};
    GIVES(m, 0, 100, 1e-15, .6, .2, .2);
    for (int t = 1; t <= 40; t++) {
        const double loss[3] = {6.0 / t, 4, 3 - t * .05};
        const int64_t targets[3] = {2, t % 3 != 0, 1};
        const struct data_clock clock = {t, 100, t};
        for (int i = 0; i < 3; i++)
            if (targets[i])
                r[i] = (1 - 2. / (1 + t)) * r[i] + 2. / (1 + t) * loss[i] / (double)targets[i];
        const double sum = r[0] + r[1] + r[2];
        type_of(m)->batch(&m->at, &clock, loss, targets);
        GIVES(m, t, 100, 1e-12, r[0] / sum, r[1] / sum, r[2] / sum);
    }
}
END

/* Dev losses alone count; one that is not known changes nothing of its source. */
TEST(odm_naive_validation_follows_its_formula)
{
    struct mix *m = ready("{type: odm, rule: naive_validation, warmup: 0.1}", 3, sources, 1);
    double r[3] = {0}, before = 1 / 3.0;
    const double ignored[3] = {9, 1, 4};
    const int64_t targets[3] = {1, 1, 1};
    for (int t = 1; t <= 60; t++) {
        const struct data_clock clock = {t, 100, t};
        type_of(m)->batch(&m->at, &clock, ignored, targets);
        if (t % 5) continue;
        const double loss[3] = {3, 4 - .05 * t, t % 2 ? NAN : 2.5};
        double least = INFINITY, most = -INFINITY, g[3], sum = 0;
        for (int i = 0; i < 3; i++) {
            if (isnan(loss[i])) continue;
            least = fmin(least, loss[i]);
            most = fmax(most, loss[i]);
        }
        for (int i = 0; i < 3; i++)
            if (!isnan(loss[i])) r[i] += (loss[i] - least) / (most - least);
        const double eps = fmin(1 / 3.0, sqrt(log(3) / (3 * t)));
        for (int i = 0; i < 3; i++) sum += g[i] = exp(before * r[i]);
        type_of(m)->eval(&m->at, &clock, loss);
        if (t < 10)
            GIVES(m, t, 100, 1e-15, .6, .2, .2);
        else
            GIVES(m, t, 100, 1e-12, (1 - 3 * eps) * g[0] / sum + eps,
                  (1 - 3 * eps) * g[1] / sum + eps, (1 - 3 * eps) * g[2] / sum + eps);
        before = eps;
    }
    const double same[3] = {2, 2, 2};
    const struct data_clock clock = {61, 100, 61};
    double was[3];
    memcpy(was, weights(m, 61, 100), sizeof was);
    type_of(m)->eval(&m->at, &clock, same);
    GIVES(m, 61, 100, 0, was[0], was[1], was[2]);
}
END

TEST(skill_it_golden)
{
    static const struct mixer_source two[] = {{"a", 1, 1, 1, 0}, {"b", 1, 1, 1, 0}};
    struct mix *m = ready("{type: skill_it, graph: [1, 0.5, 0, 1]}", 2, two, 1);
    const struct data_clock clock = {0, 100, 0};
    GIVES(m, 0, 100, 0, .5, .5);
    type_of(m)->eval(&m->at, &clock, (const double[]){2, 1});
    GIVES(m, 0, 100, 5e-7, .679179, .320821);
    /* three evaluations count, from the prior */
    type_of(m)->eval(&m->at, &clock, (const double[]){9, 9});
    for (int k = 0; k < 3; k++) type_of(m)->eval(&m->at, &clock, (const double[]){.5, 1});
    GIVES(m, 0, 100, 1e-12, .5, .5); /* A L = (1, 1) three times */
    type_of(m)->eval(&m->at, &clock, (const double[]){NAN, NAN});
    GIVES(m, 0, 100, 1e-12, .5, .5);
}
END

TEST(mixers_refuse_what_cannot_be)
{
    refused("{type: static, weights: [1, 1]}", 1, "mixer static: 2 weights for 3 sources");
    refused("{type: static, weights: [0, 0, 0]}", 1, "mixer static: all weights are 0");
    refused("{type: static, weights: [1, -1, 0]}", 1,
            "mixer static: weight -1 of source 'code' is not a number from 0 up");
    refused("{type: temperature, temperature: 0}", 1,
            "mixer temperature: temperature 0 is not above 0");
    refused("{type: temperature, temperature: 2, alpha: 0.5}", 1,
            "mixer temperature: `temperature` and `alpha` exclude each other");
    refused("piecewise", 1,
            "mixer piecewise: `parts` is missing (for example [{weights: [1, 0]}, {from: 0.5, "
            "weights: [0, 1]}])");
    refused("{type: piecewise, parts: [{from: 0.5}]}", 1,
            "mixer piecewise: the first part begins at 0.5, not at 0");
    refused("{type: piecewise, parts: [{}, {from: 0.5}, {from: 0.5}]}", 1,
            "mixer piecewise: part 3 begins at 0.5, not after 0.5");
    refused("{type: scheduled, to: [1, 0]}", 1, "mixer scheduled: 2 to for 3 sources");
    refused("{type: scheduled, to: [1, 0, 0], begin: 0.5, end: 0.5}", 1,
            "mixer scheduled: it ends at 0.5, not after its begin at 0.5");
    refused(
        "{type: upsample, threshold: 4096, conserve_sources: true}", 3,
        "mixer upsample: threshold 4096 is no edge of data.length_classes (which has 2): add it "
        "there");
    refused("{type: upsample, rule: keep, keep: 0, threshold: 1024, conserve_sources: true}", 3,
            "mixer upsample: nothing is left of source 'rfcs', which cannot keep its share of the "
            "mix");
    refused("{type: upsample_sources, sources: [web], threshold: 1024}", 3,
            "mixer upsample_sources: there is no source 'web'");
    refused("{type: class_shares, shares: [1, 1]}", 3,
            "mixer class_shares: 2 shares for 3 length classes (or 9 cells)");
    refused(
        "{type: class_shares, shares: [1, 1, 1, 1, 1, 1, 1, 1, 1]}", 3,
        "mixer class_shares: source 'code' has no documents of length class 3, which has share 1");
    refused("{type: class_shares, shares: [1]}", 1,
            "mixer class_shares: data.length_classes has no edges");
    refused("{type: skill_it, graph: [1, 2]}", 1,
            "mixer skill_it: a graph of 2 numbers for 3 sources, not 9");
}
END

int main(void)
{
    return run_tests("mixers", weights_are_shares, a_stage_of_unknown_length_begins_like_any,
                     state_is_all_there_is, lengths_stay_unless_asked, temperature_golden,
                     unimax_golden, capped_fills_what_caps_leave, schedules, upsampling_golden,
                     upsampling_conserves_if_told, pools_buckets_and_long_sources, doremi_golden,
                     odm_golden, odm_follows_its_formulas, odm_ema_follows_its_formula,
                     odm_naive_validation_follows_its_formula, skill_it_golden,
                     mixers_refuse_what_cannot_be, NULL);
}
