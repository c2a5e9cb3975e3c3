/* test_rope_oracle.c -- frequencies, magnitudes and rotations that other implementations computed in
 * double: 275 configurations (rope.json). */
#include "src/base/json.h"
#include "tests/laws/samples.h"

static struct jsn_doc doc;

static double number(const jsn *map, const char *key, double absent)
{
    const jsn *x = jsn_get(map, key);
    return x ? jsn_as_double(x) : absent;
}

static void put_list(char *text, size_t size, const char *key, const jsn *list)
{
    size_t n = strlen(text);
    n += (size_t)snprintf(text + n, size - n, ", %s: [", key);
    for (size_t i = 0; i < jsn_length(list); i++)
        n += (size_t)snprintf(text + n, size - n, "%s%.17g", i ? ", " : "",
                              jsn_as_double(jsn_at(list, i)));
    snprintf(text + n, size - n, "]");
}

/* Keys of the oracle's file, and ours where they are spelled otherwise. */
static const char *const keys[][2] = {
    {"rope_theta", NULL},
    {"partial_rotary_factor", NULL},
    {"factor", NULL},
    {"original_max_position_embeddings", NULL},
    {"beta_fast", NULL},
    {"beta_slow", NULL},
    {"mscale", NULL},
    {"mscale_all_dim", NULL},
    {"low_freq_factor", NULL},
    {"high_freq_factor", NULL},
    {"max_position_embeddings", "original_max_position_embeddings"},
    {"train_length", "original_max_position_embeddings"},
    {"alpha", "factor"},
};

static const char *type_of(const char *theirs)
{
    static const char *const names[][2] = {
        {"default", "rope"},         {"linear", "linear"},
        {"dynamic", "dynamic"},      {"yarn", "yarn"},
        {"llama3", "llama3"},        {"proportional", "proportional"},
        {"yarn_clamp_half", "yarn"}, {"ntk_static", "ntk"},
        {"hope_hf", "hope_hf"},      {"longrope", "longrope"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i][0], theirs)) return names[i][1];
    return "freq_list"; /* what is in no registry is a list that the user supplies */
}

/* `position: ...` of a case. */
static void write_position(const jsn *c, char *text, size_t size)
{
    const jsn *params = jsn_get(c, "params");
    const char *theirs = jsn_as_string(jsn_get(c, "rope_type"), NULL), *type = type_of(theirs);
    size_t n = (size_t)snprintf(text, size, "position: {type: %s", type);
    if (!strcmp(type, "freq_list")) {
        put_list(text, size, "inv_freq", jsn_get(c, "inv_freq"));
    } else {
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (jsn_get(params, keys[i][0]))
                n += (size_t)snprintf(text + n, size - n, ", %s: %.17g",
                                      keys[i][1] ? keys[i][1] : keys[i][0],
                                      jsn_as_double(jsn_get(params, keys[i][0])));
        if (jsn_get(params, "truncate") && !jsn_as_bool(jsn_get(params, "truncate")))
            n += (size_t)snprintf(text + n, size - n, ", truncate: false");
        if (jsn_get(c, "deepseek_softmax_scale_multiplier"))
            n += (size_t)snprintf(text + n, size - n, ", magnitude: deepseek");
        if (!strcmp(theirs, "yarn_clamp_half")) snprintf(text + n, size - n, ", clamp: d/2-1");
        if (!strcmp(theirs, "longrope")) {
            put_list(text, size, "short_factor", jsn_get(c, "ext"));
            put_list(text, size, "long_factor", jsn_get(c, "ext"));
        }
    }
    n = strlen(text);
    snprintf(text + n, size - n, "}\n");
}

static double relative(double a, double b)
{
    return a == b ? 0 : fabs(a - b) / fabs(b);
}

static void check_case(const jsn *c)
{
    static char text[16384];
    const char *id = jsn_as_string(jsn_get(c, "id"), NULL);
    const jsn *params = jsn_get(c, "params"), *want = jsn_get(c, "inv_freq");
    const int head_dim = (int)number(params, "head_dim", 0);
    const struct position_shape shape = {1, 1, 1, head_dim, head_dim};
    const int length = (int)number(params, "seq_len", 4096);
    struct specimen s;
    struct rotary_geometry g;
    double w[512], magnitude;
    write_position(c, text, sizeof text);
    specimen_open_text(&s, text, &shape, 4096);
    const int pairs = frequencies(&s, 0, length, &g, w, &magnitude);
    ck_assert_msg(pairs == (int)jsn_length(want), "%s: %d pairs", id, pairs);
    for (int i = 0; i < pairs; i++) {
        const double x = jsn_as_double(jsn_at(want, (size_t)i));
        ck_assert_msg(relative(w[i], x) <= 1e-12, "%s: pair %d is %.17g, not %.17g", id, i, w[i],
                      x);
    }
    const double attention = number(c, "attention_factor", 1);
    ck_assert_msg(relative(magnitude, attention) <= 1e-12, "%s: attention factor %.17g, not %.17g",
                  id, magnitude, attention);
    const double softmax = number(c, "deepseek_softmax_scale_multiplier", 0);
    if (softmax)
        ck_assert_msg(relative(s.type->row_scale(&s.at, 0, 5, 6), softmax) <= 1e-12, "%s", id);
    specimen_close(&s);
}

TEST(frequencies_of_275_configurations)
{
    const jsn *cases = jsn_get(doc.root, "cases");
    ck_assert_uint_eq(jsn_length(cases), 275);
    for (size_t i = 0; i < jsn_length(cases); i++) check_case(jsn_at(cases, i));
}
END

/* LongRoPE takes short_factor up to L and long_factor from L + 1 on. */
TEST(longrope_switches_after_the_original_length)
{
    const struct position_shape shape = {1, 1, 1, 4, 4};
    struct specimen s;
    struct rotary_geometry g;
    double w[2], magnitude;
    specimen_open_text(&s,
                       "position: {type: longrope, factor: 4, short_factor: [1, 1], long_factor: "
                       "[2, 2], original_max_position_embeddings: 100}\n",
                       &shape, 64);
    frequencies(&s, 0, 100, &g, w, &magnitude);
    ck_assert_double_eq(w[0], 1);
    frequencies(&s, 0, 101, &g, w, &magnitude);
    ck_assert_double_eq(w[0], 0.5);
    specimen_close(&s);
}
END

static void check_rotation(const jsn *r)
{
    const int d = (int)number(r, "rotary_dim", 0), pairs = d / 2;
    const int32_t position = (int32_t)number(r, "pos", 0);
    double w[512];
    for (int i = 0; i < pairs; i++) w[i] = pow(number(r, "rope_theta", 0), -2.0 * i / d);
    real *cosine = malloc((size_t)(position + 1) * pairs * sizeof *cosine),
         *sine = malloc((size_t)(position + 1) * pairs * sizeof *sine);
    rotary_fill(cosine, sine, position + 1, pairs, w, 1);
    for (int layout = 0; layout < 2; layout++) {
        const jsn *want = jsn_get(r, layout == ROTARY_HALF ? "out_half" : "out_interleaved");
        const struct rotary_table t = {layout, 0, pairs, position + 1, 0, cosine, sine};
        real x[1024];
        for (int i = 0; i < d; i++) x[i] = (real)((i + 1.0) / d);
        rotate(x, d, 1, d, 1, &position, &t, 1);
        for (int i = 0; i < d; i++)
            ck_assert_msg(fabs(x[i] - jsn_as_double(jsn_at(want, (size_t)i))) <= 1e-6,
                          "position %d, layout %d, channel %d: %.9g", position, layout, i, x[i]);
    }
    free(cosine);
    free(sine);
}

TEST(rotated_vectors_up_to_a_million)
{
    const jsn *rotation = jsn_get(doc.root, "rotation");
    ck_assert_uint_gt(jsn_length(rotation), 0);
    for (size_t i = 0; i < jsn_length(rotation); i++) check_rotation(jsn_at(rotation, i));
}
END

int main(void)
{
    struct error e;
    parallel_init(2);
    if (jsn_open(&doc, "tests/golden/rope.json", &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    const int status = run_tests("rope oracle", frequencies_of_275_configurations,
                                 longrope_switches_after_the_original_length,
                                 rotated_vectors_up_to_a_million, NULL);
    jsn_close(&doc);
    return status;
}
