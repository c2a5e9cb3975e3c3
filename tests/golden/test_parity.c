/* test_parity.c -- a Llama, and models with windows, of Hugging Face transformers (5.17.0, eager attention, float32): logits,
 * loss, every gradient and ten AdamW steps. */
#include <unistd.h>

#include "src/base/file.h"
#include "src/num/matmul.h"
#include "src/train/hf.h"
#include "src/train/hf_position.h"
#include "src/train/parity.h"
#include "tests/testing.h"

static void must_agree(const char *name)
{
    struct error e;
    struct parity p;
    char dir[256];
    snprintf(dir, sizeof dir, "tests/golden/llama/%s", name);
    MUST(parity_run(&p, dir, NULL, NULL, &e), &e);
    ck_assert_int_ge(p.n, 2 + 20 + 10);
    for (int i = 0; i < p.n; i++)
        ck_assert_msg(p.row[i].error <= p.row[i].tolerance, "%s: %s: %g > %g", name, p.row[i].name,
                      p.row[i].error, p.row[i].tolerance);
    ck_assert(parity_passed(&p));
    p.row[0].error = NAN;
    ck_assert(!parity_passed(&p));
    parity_close(&p);
}

TEST(plain)
{
    must_agree("default");
}
END

TEST(tied)
{
    must_agree("default-tied");
}
END

TEST(interpolated)
{
    must_agree("linear4");
}
END

TEST(llama_3)
{
    must_agree("llama3");
}
END

TEST(yarn)
{
    must_agree("yarn4");
}
END

TEST(windows)
{
    must_agree("qwen3-sliding");
    must_agree("mistral-sliding");
}
END

/* ---- config.json ---- */

static char dir[64];

/* A config.json of a small model with `extra` keys. */
static int open_typed(struct hf_model *h, const char *type, const char *extra, struct error *e)
{
    char path[128], text[2048];
    snprintf(path, sizeof path, "%s/config.json", dir);
    snprintf(text, sizeof text,
             "{\"model_type\": \"%s\", \"vocab_size\": 100, \"hidden_size\": 64, "
             "\"intermediate_size\": 96, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, "
             "\"max_position_embeddings\": 256%s}",
             type, extra);
    MUST(file_write_all(path, text, strlen(text), e), e);
    return hf_open(h, dir, NULL, NULL, e);
}

static int open_config(struct hf_model *h, const char *extra, struct error *e)
{
    return open_typed(h, "llama", extra, e);
}

static double theta_of(const struct hf_model *h)
{
    const struct position_type *t = (const struct position_type *)h->position.v[0].type;
    return t->rope_theta(h->position.v[0].opts);
}

TEST(all_spellings_of_rope)
{
    const struct {
        const char *extra, *type;
        double theta;
    } spellings[] = {
        {"", "rope", 10000},
        {", \"rope_theta\": 5e5", "rope", 5e5},
        {", \"rope_theta\": 5e5, \"rope_scaling\": null", "rope", 5e5},
        {", \"rope_theta\": 5e5, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}", "linear",
         5e5},
        {", \"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 4.0, \"rope_theta\": 3e4}",
         "linear", 3e4},
        {", \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 7e4}", "rope", 7e4},
        {", \"rope_parameters\": {\"rope_type\": \"llama3\", \"rope_theta\": 5e5, \"factor\": 8, "
         "\"low_freq_factor\": 1, \"high_freq_factor\": 4, "
         "\"original_max_position_embeddings\": 32}",
         "llama3", 5e5},
        {", \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"beta_fast\": 0, "
         "\"attention_factor\": null}",
         "yarn", 1e4},
        {", \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2}", "dynamic", 1e4},
        {", \"rope_scaling\": {\"type\": \"su\", \"short_factor\": [1,1,1,1,1,1,1,1], "
         "\"long_factor\": [1,2,3,4,5,6,7,8]}, \"original_max_position_embeddings\": 64",
         "longrope", 1e4},
    };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        struct error e;
        struct hf_model h;
        MUST(open_config(&h, spellings[i].extra, &e), &e);
        ck_assert_int_eq(h.position.n, 1);
        ck_assert_str_eq(h.position.v[0].type->name, spellings[i].type);
        ck_assert_double_eq(theta_of(&h), spellings[i].theta);
        ck_assert_int_eq(h.config.num_key_value_heads, 4);
        hf_close(&h);
    }
}
END

/* One dictionary for each type of layer. */
static void read_position(const char *json, struct conf_variants *out, struct conf **owner)
{
    struct error e;
    struct jsn_doc d;
    const struct hf_notes quiet = {0};
    MUST(jsn_open_text(&d, "config.json", json, strlen(json), &e), &e);
    MUST(hf_position_read(&d, 4096, &quiet, out, owner, &e), &e);
    jsn_close(&d);
}

TEST(rope_by_the_type_of_layer)
{
    struct conf_variants p;
    struct conf *owner;
    read_position("{\"layer_types\": [\"sliding_attention\", \"full_attention\"], "
                  "\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"linear\", "
                  "\"factor\": 8, \"rope_theta\": 1e6}, \"sliding_attention\": {\"rope_type\": "
                  "\"default\", \"rope_theta\": 1e4}}}",
                  &p, &owner);
    ck_assert_int_eq(p.n, 2);
    ck_assert_str_eq(p.v[0].type->name, "linear");
    ck_assert(!conf_layers_has(&p.v[0].layers, 0) && conf_layers_has(&p.v[0].layers, 1));
    ck_assert_str_eq(p.v[1].type->name, "rope");
    ck_assert(conf_layers_has(&p.v[1].layers, 0) && !conf_layers_has(&p.v[1].layers, 1));
    conf_close(owner);
    read_position("{\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"yarn\", "
                  "\"factor\": 8, \"rope_theta\": 1e6}}}",
                  &p, &owner);
    ck_assert_int_eq(p.n, 1);
    ck_assert_str_eq(p.v[0].type->name, "yarn");
    ck_assert(!p.v[0].layers.n);
    conf_close(owner);
}
END

#define QWEN ", \"num_key_value_heads\": 4, \"head_dim\": 16"
#define SLIDING "\"sliding_attention\""
#define FULL "\"full_attention\""

/* Which of two layers slide, by how much: of transformers' configurations. */
TEST(windows_by_layer)
{
    const struct {
        const char *type, *extra;
        int window;
        bool slides[2];
    } cases[] = {
        {"llama", ", \"sliding_window\": 8", 0, {0, 0}},
        {"llama", ", \"layer_types\": [" FULL ", " FULL "]", 0, {0, 0}},
        {"mistral", ", \"sliding_window\": 8", 8, {1, 1}},
        {"mistral", ", \"sliding_window\": null", 0, {0, 0}},
        {"mistral", "", 4096, {1, 1}},
        {"qwen3", "", 0, {0, 0}},
        {"qwen3", ", \"sliding_window\": 8", 0, {0, 0}},
        {"qwen3", ", \"sliding_window\": 8, \"use_sliding_window\": true", 0, {0, 0}},
        {"qwen3", ", \"use_sliding_window\": true, \"max_window_layers\": 0", 4096, {1, 1}},
        {"qwen3",
         ", \"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 1",
         8,
         {0, 1}},
        {"qwen3",
         ", \"sliding_window\": null, \"use_sliding_window\": true, \"max_window_layers\": 1",
         0,
         {0, 0}},
        {"qwen3",
         ", \"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 1, "
         "\"layer_types\": [" SLIDING ", " FULL "]",
         8,
         {1, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error e;
        struct hf_model h;
        char extra[512];
        snprintf(extra, sizeof extra, QWEN "%s", cases[i].extra);
        MUST(open_typed(&h, cases[i].type, extra, &e), &e);
        ck_assert_msg(h.config.sliding_window == cases[i].window, "case %zu: %d", i,
                      h.config.sliding_window);
        for (int l = 0; l < 2; l++)
            ck_assert_msg(
                (h.config.sliding_window && conf_layers_has(&h.config.sliding_window_layers, l)) ==
                    cases[i].slides[l],
                "case %zu, layer %d", i, l);
        hf_close(&h);
    }
}
END

TEST(what_cannot_be_computed_is_refused)
{
    const char *const refused[][2] = {
        {", \"attention_bias\": true", "attention_bias true cannot be computed"},
        {", \"mlp_bias\": true", "mlp_bias true cannot be computed"},
        {", \"hidden_act\": \"gelu\"", "hidden_act 'gelu' cannot be computed: valid is silu"},
        {", \"rope_scaling\": {\"type\": \"wavy\"}", "unknown rope_type 'wavy' (valid: default"},
        {", \"rope_scaling\": {\"type\": \"linear\"}", "rope_type 'linear' needs 'factor'"},
        {", \"rope_scaling\": {\"type\": \"linear\", \"factor\": \"4\"}", "not a number"},
        {", \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\"}, "
         "\"sliding_attention\": {\"rope_type\": \"default\"}}",
         "by the type of layer need the list 'layer_types'"},
        {", \"head_dim\": -1", "head_dim -1 is not in"},
        {", \"num_key_value_heads\": 3", "not a multiple of num_key_value_heads 3"},
        {", \"vocab_size\": 5", "duplicate"},
        {", \"use_sliding_window\": true", "use_sliding_window true cannot be computed"},
        {", \"layer_types\": [" FULL "]", "layer_types lists 1 layers, num_hidden_layers is 2"},
        {", \"layer_types\": [" FULL ", \"linear_attention\"]",
         "layer_types[1] cannot be computed: valid are full_attention and sliding_attention"},
        {", \"layer_types\": [" SLIDING ", " FULL "]",
         "layer_types[0] is sliding_attention, which needs model_type qwen3"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct error e;
        struct hf_model h;
        ck_assert_msg(open_config(&h, refused[i][0], &e) != OK, "accepted %s", refused[i][0]);
        ck_assert_msg(strstr(e.text, refused[i][1]) != NULL, "%s", e.text);
    }
}
END

static void round_trip(const char *extra, const char *model_type)
{
    struct error e;
    struct hf_model h, back;
    char path[128], *text;
    size_t n;
    double a[64], b[64], ma, mb;
    struct model *x, *y;
    snprintf(path, sizeof path, "%s/config.json", dir);
    MUST(open_config(&h, extra, &e), &e);
    MUST(hf_write_config(path, &h.config, &h.position, 256, &e), &e);
    MUST(file_read_all(path, &text, &n, &e), &e);
    ck_assert_ptr_nonnull(strstr(text, model_type));
    free(text);
    MUST(hf_open(&back, dir, NULL, NULL, &e), &e);
    const struct model_use use = {.max_tokens = 8, .max_length = 512, .train_length = 256};
    MUST(model_open(&x, &h.config, &h.position, &use, &e), &e);
    MUST(model_open(&y, &back.config, &back.position, &use, &e), &e);
    const int pairs = model_frequencies(x, 0, 512, a, &ma);
    ck_assert_int_eq(pairs, model_frequencies(y, 0, 512, b, &mb));
    for (int i = 0; i < pairs; i++) ck_assert_double_eq(a[i], b[i]);
    ck_assert_double_eq(ma, mb);
    ck_assert_int_eq(model_reals(x) == model_reals(y), 1);
    model_close(x);
    model_close(y);
    hf_close(&h);
    hf_close(&back);
}

TEST(what_is_written_reads_the_same)
{
    round_trip("", "\"llama\"");
    round_trip(", \"tie_word_embeddings\": true, \"rope_theta\": 5e5", "\"llama\"");
    round_trip(", \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}", "\"llama\"");
    round_trip(", \"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4, \"truncate\": false, "
               "\"original_max_position_embeddings\": 64}",
               "\"llama\"");
    round_trip(", \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2}", "\"ropewalk\"");
    round_trip(", \"partial_rotary_factor\": 0.5", "\"ropewalk\"");
}
END

int main(void)
{
    struct error e;
    parallel_init(2);
    matmul_init();
    snprintf(dir, sizeof dir, "/tmp/ropewalk-parity-%ld", (long)getpid());
    if (file_make_directories(dir, &e)) return 1;
    const int status =
        run_tests("parity", plain, tied, interpolated, llama_3, yarn, windows,
                  all_spellings_of_rope, rope_by_the_type_of_layer, windows_by_layer,
                  what_cannot_be_computed_is_refused, what_is_written_reads_the_same, NULL);
    file_remove_tree(dir, &e);
    return status;
}
