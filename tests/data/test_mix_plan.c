/* The plan of a mix: golden vectors of rounding and feasibility, what is planned is what is drawn,
 * what cannot be is refused with the most that can. */
#include "src/data/mix_plan.h"

#include "src/data/stream.h"
#include "tests/testing.h"

enum { TOTAL = 120000, STEP = 512, LONGEST = 256 };

static struct data *open_data(double cap0, double cap1)
{
    struct source_config s[3] = {
        {.name = "a", .generate = "copy_lag", .tokens = 100000, .weight = 0.2, .max_epochs = cap0},
        {.name = "b",
         .generate = "keyed_records",
         .tokens = 60000,
         .weight = 0.5,
         .max_epochs = cap1},
        {.name = "c", .generate = "copy_lag", .tokens = 30000, .weight = 0.3}};
    static const double edges[] = {1024, 4096};
    const struct data_config c = {.sources = {3, s},
                                  .packing = {.document_mask = true, .reset_positions = true},
                                  .dev_fraction = 0.05,
                                  .test_fraction = 0.05,
                                  .length_classes = {2, edges}};
    struct data *d;
    struct error e;
    MUST(data_open(&d, &c, 1, &e), &e);
    return d;
}

struct option_set {
    struct conf_variant v;
};
static const struct conf_field set_fields[] = {
    CONF_VARIANT(struct option_set, v, &mixer_registry, "a mixer"),
    CONF_END,
};
static const struct conf_schema set_schema = {"set", sizeof(struct option_set), set_fields};

static struct conf *mixer(const char *yaml, struct conf_variant *v)
{
    char text[512];
    struct conf *c;
    struct error e;
    struct option_set set;
    snprintf(text, sizeof text, "v: %s\n", yaml);
    MUST(conf_open_text(&c, "mixer", text, &e), &e);
    conf_bind(c, &set_schema, &set);
    MUST(conf_finish(c, &e), &e);
    *v = set.v;
    return c;
}

TEST(hamilton_golden)
{
    int64_t out[3];
    mix_apportion(3, (const double[]){.5, .3, .2}, 7, out);
    ck_assert(out[0] == 4 && out[1] == 2 && out[2] == 1);
    mix_apportion(3, (const double[]){1, 1, 1}, 100, out);
    ck_assert(out[0] == 34 && out[1] == 33 && out[2] == 33);
    mix_apportion(3, (const double[]){1, 0, 3}, 0, out);
    ck_assert(out[0] == 0 && out[1] == 0 && out[2] == 0);
}
END

TEST(caps_golden)
{
    const double size[3] = {1000, 100, 10}, ideal[3] = {500, 300, 200}, cap[3] = {4, 4, 4};
    const double none[3] = {0, 0, 0}, taken[3] = {100, 60, 40};
    double repeat[3];
    const double part = mix_feasible(3, size, ideal, cap, repeat);
    ck_assert_double_eq_tol(part, .2, 1e-15);
    ck_assert(repeat[0] == 1 && repeat[1] == 3 && repeat[2] == 4);
    for (int i = 0; i < 3; i++) ck_assert_double_eq_tol(part * ideal[i], taken[i], 1e-12);
    ck_assert_double_eq(mix_feasible(3, size, ideal, none, repeat), 1);
    ck_assert_double_eq(repeat[2], 20);
}
END

/* Draw a stage as training does; the tokens of every cell. */
static void draw(struct data *d, const struct conf_variant *m, int64_t *cell)
{
    struct stream *s;
    struct batch b;
    struct error e;
    memset(cell, 0, 9 * sizeof *cell);
    MUST(stream_open(&s, d, m, LONGEST, 3, &e), &e);
    MUST(batch_open(&b, STEP, &e), &e);
    for (int64_t at = 0; at < TOTAL; at += STEP) {
        const struct data_clock clock = {at, TOTAL, at / STEP};
        const int n = TOTAL - at < STEP ? (int)(TOTAL - at) : STEP;
        MUST(stream_next(s, &clock, n, LONGEST, &b, &e), &e);
        for (int i = 0; i < n; i++) cell[b.source[i] * 3 + b.length_class[i]]++;
    }
    batch_close(&b);
    stream_close(s);
}

TEST(what_is_planned_is_drawn)
{
    static const char *const yaml[] = {
        "static",
        "{type: temperature, temperature: 2}",
        "{type: unimax, max_epochs: 0.5}",
        "{type: capped, max_epochs: 0.6}",
        "{type: piecewise, parts: [{weights: [1, 0, 0]}, {from: 0.31, weights: [1, 2, 2]}]}",
        "{type: scheduled, to: [0.6, 0.1, 0.3], shape: cosine}",
        "{type: upsample, threshold: 4096, conserve_sources: true}",
        "{type: upsample, threshold: 4096, conserve_sources: false}",
        "{type: upsample, rule: remove, threshold: 4096, conserve_sources: true}",
        "{type: long_short, threshold: 4096}",
        "{type: class_shares, shares: [1, 2, 1]}"};
    struct data *d = open_data(0, 0);
    for (size_t k = 0; k < sizeof yaml / sizeof *yaml; k++) {
        struct conf_variant m;
        struct conf *c = mixer(yaml[k], &m);
        struct mix_plan p;
        struct error e;
        int64_t planned[9], drawn[9], sum = 0;
        MUST(mix_plan_open(&p, d, &e), &e);
        MUST(mix_plan_stage(&p, d, &m, TOTAL, STEP, &e), &e);
        MUST(mix_plan_check(&p, d, &e), &e);
        mix_plan_round(&p, planned);
        draw(d, &m, drawn);
        /* the bound of nine cells, what the rounding of a step's weights costs, and a token */
        const double bound = (1 - 1 / 16.0) * LONGEST + (k == 4 ? STEP : k == 5 ? 4 : 1);
        for (int i = 0; i < 9; i++) {
            ck_assert_msg(fabs((double)(planned[i] - drawn[i])) <= bound, "%s, cell %d: %lld, %lld",
                          yaml[k], i, (long long)planned[i], (long long)drawn[i]);
            sum += planned[i];
        }
        ck_assert_int_eq(sum, TOTAL);
        mix_plan_close(&p);
        conf_close(c);
    }
    data_close(d);
}
END

/* Without upsampling, each source comes with its own law of lengths. */
TEST(lengths_are_those_of_the_source)
{
    struct data *d = open_data(0, 0);
    const struct mixer_cell *cell;
    const struct mixer_source *source;
    int64_t drawn[9];
    data_classes(d, NULL, &cell);
    data_sources(d, &source);
    draw(d, NULL, drawn);
    for (int i = 0; i < 3; i++) {
        const double all = (double)(drawn[3 * i] + drawn[3 * i + 1] + drawn[3 * i + 2]);
        ck_assert_double_eq_tol(all, source[i].weight * TOTAL, 3 * LONGEST);
        for (int c = 0; c < 3; c++)
            ck_assert_double_eq_tol((double)drawn[3 * i + c],
                                    all * (double)cell[3 * i + c].tokens / (double)source[i].tokens,
                                    2 * LONGEST);
    }
    data_close(d);
}
END

TEST(what_cannot_be_is_refused)
{
    struct data *d = open_data(0, 0.5);
    const struct mixer_source *source;
    struct mix_plan p;
    struct error e;
    char want[512];
    data_sources(d, &source);
    MUST(mix_plan_open(&p, d, &e), &e);
    MUST(mix_plan_stage(&p, d, NULL, TOTAL, STEP, &e), &e);
    ck_assert_int_eq(mix_plan_check(&p, d, &e), E_USAGE);
    const double times = 0.5 * TOTAL / (double)source[1].tokens;
    const char *begin = "the mix repeats source 'b', length ";
    ck_assert_msg(!strncmp(e.text, begin, strlen(begin)), "%s", e.text);
    snprintf(want, sizeof want,
             " %.4g times, more than its max_epochs 0.5: at these shares at most %lld of the "
             "120000 tokens are possible (mixer capped gives what is left over to the others)",
             times, (long long)(0.5 / times * TOTAL));
    ck_assert_msg(strstr(e.text, want) != NULL, "%s\n%s", e.text, want);
    mix_plan_close(&p);
    /* a quarter of it can be */
    MUST(mix_plan_open(&p, d, &e), &e);
    MUST(mix_plan_stage(&p, d, NULL, TOTAL / 4, STEP, &e), &e);
    MUST(mix_plan_check(&p, d, &e), &e);
    mix_plan_close(&p);
    data_close(d);
}
END

/* Drawing itself keeps the caps: what is spent leaves its share to the others, until nothing is
 * left. */
TEST(drawing_keeps_the_caps)
{
    struct data *d = open_data(0.25, 0.5);
    d->mixer_source[2].max_epochs = 1; /* the last one too */
    struct stream *s;
    struct batch b;
    struct error e;
    int64_t drawn[3] = {0}, at = 0;
    MUST(stream_open(&s, d, NULL, LONGEST, 3, &e), &e);
    MUST(batch_open(&b, STEP, &e), &e);
    int status = OK;
    while (!status && at < 10 * TOTAL) {
        const struct data_clock clock = {at, 10 * TOTAL, 0};
        status = stream_next(s, &clock, STEP, LONGEST, &b, &e);
        for (int i = 0; i < STEP && !status; i++) drawn[b.source[i]]++;
        at += STEP;
    }
    ck_assert_int_eq(status, E_USAGE);
    ck_assert_msg(strstr(e.text, "every source with weight has been repeated max_epochs times"),
                  "%s", e.text);
    const double cap[3] = {0.25, 0.5, 1};
    for (int i = 0; i < 3; i++) {
        const double most = cap[i] * (double)d->mixer_source[i].tokens;
        ck_assert_double_le((double)drawn[i], most + 3 * LONGEST);
        ck_assert_double_ge((double)drawn[i], most - STEP - 3 * LONGEST);
    }
    batch_close(&b);
    stream_close(s);
    data_close(d);
}
END

int main(void)
{
    return run_tests("mix_plan", hamilton_golden, caps_golden, what_is_planned_is_drawn,
                     lengths_are_those_of_the_source, what_cannot_be_is_refused,
                     drawing_keeps_the_caps, NULL);
}
