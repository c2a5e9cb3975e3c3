/* test_hf.c -- weights of Hugging Face directories: one file, shards, what is missing, superfluous
 * or of another shape; and which config.json we write. */
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/safetensors.h"
#include "src/num/matmul.h"
#include "src/train/hf.h"
#include "tests/testing.h"

static char dir[64];

static const char *in_dir(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

struct own {
    struct model_config model;
    struct conf_variants position;
};

static const struct conf_field own_fields[] = {
    CONF_SECTION(struct own, model, &model_schema, ""),
    CONF_VARIANTS(struct own, position, &position_registry, ""),
    CONF_END,
};
static const struct conf_schema own_schema = {"own", sizeof(struct own), own_fields};

#define SMALL                                                                                      \
    "hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 24, "       \
    "vocab_size: 11"

/* A model with random weights; c owns what it points to. */
static struct model *open_small(struct conf **c, struct own *own, const char *more,
                                const char *position)
{
    struct error e;
    struct model *m;
    char text[1024];
    snprintf(text, sizeof text, "model: {" SMALL "%s}\nposition: %s\n", more, position);
    MUST(conf_open_text(c, "small", text, &e), &e);
    conf_bind(*c, &own_schema, own);
    MUST(conf_finish(*c, &e), &e);
    MUST(model_config_resolve(&own->model, &e), &e);
    const struct model_use use = {.max_tokens = 8, .max_length = 8, .train_length = 8};
    MUST(model_open(&m, &own->model, &own->position, &use, &e), &e);
    model_init(m, 3);
    return m;
}

enum { DROP = 1, ADD = 2, HEAD = 4, TABLE = 8, SHIFTED = 16 };

/* Tensors i with i % parts == part into a file; `what` bends it. */
static void write_part(struct model *m, const char *name, int part, int parts, int what)
{
    struct error e;
    int n;
    struct safe_writer *w;
    const struct tensor *t = model_tensors(m, &n);
    const int64_t two = 2;
    static const float extra[2] = {1, 2};
    MUST(safe_writer_open(&w, &e), &e);
    for (int i = 0; i < n; i++)
        if (i % parts == part && !(what & DROP && i == 4))
            safe_writer_add(w, t[i].name, SAFE_REAL, t[i].n_dims, t[i].shape,
                            model_weights(m) + t[i].offset);
    if (what & ADD) safe_writer_add(w, "model.extra.weight", SAFE_F32, 1, &two, extra);
    if (what & TABLE)
        safe_writer_add(w, "model.layers.0.self_attn.rotary_emb.inv_freq", SAFE_F32, 1, &two,
                        extra);
    if (what & HEAD)
        safe_writer_add(w, "lm_head.weight", SAFE_REAL, 2, t[0].shape,
                        model_weights(m) + t[0].offset + (what & SHIFTED ? 1 : 0));
    MUST(safe_writer_commit(w, in_dir(name), &e), &e);
    safe_writer_close(w);
}

static void write_index(struct model *m, const char *other)
{
    struct error e;
    struct jsn_out o;
    int n;
    const struct tensor *t = model_tensors(m, &n);
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_map_begin(&o, "weight_map");
    for (int i = 0; i < n; i++) jsn_put_string(&o, t[i].name, i % 2 ? other : "a.safetensors");
    jsn_map_end(&o);
    jsn_map_end(&o);
    MUST(file_write_all(in_dir("model.safetensors.index.json"), o.text, o.length, &e), &e);
    jsn_out_close(&o);
}

static bool same_weights(struct model *a, struct model *b)
{
    return memcmp(model_weights(a), model_weights(b), model_reals(a) * sizeof(real)) == 0;
}

TEST(one_file_or_shards)
{
    struct error e;
    struct conf *c, *d;
    struct own own, copy;
    struct model *m = open_small(&c, &own, ", tie_word_embeddings: false", "rope");
    struct model *back = open_small(&d, &copy, ", tie_word_embeddings: false", "rope");
    memset(model_weights(back), 0, model_reals(back) * sizeof(real));
    write_part(m, "model.safetensors", 0, 1, TABLE);
    MUST(hf_load_weights(back, dir, &e), &e);
    ck_assert(same_weights(m, back));
    unlink(in_dir("model.safetensors"));
    memset(model_weights(back), 0, model_reals(back) * sizeof(real));
    write_part(m, "a.safetensors", 0, 2, 0);
    write_part(m, "b.safetensors", 1, 2, 0);
    write_index(m, "b.safetensors");
    MUST(hf_load_weights(back, dir, &e), &e);
    ck_assert(same_weights(m, back));
    write_index(m, "c.safetensors");
    ck_assert_int_eq(hf_load_weights(back, dir, &e), E_IO);
    ck_assert_ptr_nonnull(strstr(e.text, "c.safetensors': No such file"));
    write_index(m, "../b.safetensors");
    ck_assert_int_eq(hf_load_weights(back, dir, &e), E_FORMAT);
    ck_assert_ptr_nonnull(strstr(e.text, "'../b.safetensors' is not a plain file name"));
    unlink(in_dir("model.safetensors.index.json"));
    model_close(m);
    model_close(back);
    conf_close(c);
    conf_close(d);
}
END

static void must_fail(struct model *m, const char *message)
{
    struct error e;
    ck_assert_int_eq(hf_load_weights(m, dir, &e), E_FORMAT);
    ck_assert_msg(strstr(e.text, message) != NULL, "no '%s' in: %s", message, e.text);
}

TEST(tensors_that_do_not_fit)
{
    struct error e;
    struct conf *c, *d;
    struct own own, other;
    struct model *m = open_small(&c, &own, "", "rope");
    struct model *wide = open_small(&d, &other, ", head_dim: 10", "rope");
    write_part(m, "model.safetensors", 0, 1, DROP);
    must_fail(m, "the weights lack tensor 'model.layers.0.self_attn.v_proj.weight'");
    write_part(m, "model.safetensors", 0, 1, ADD);
    must_fail(m, "the model has no tensor 'model.extra.weight'");
    write_part(m, "model.safetensors", 0, 1, 0);
    must_fail(wide, "'model.layers.0.self_attn.q_proj.weight' has shape [16, 16], [20, 16]");
    /* the head of a tied model may stand there twice, but not differ */
    write_part(m, "model.safetensors", 0, 1, HEAD);
    MUST(hf_load_weights(m, dir, &e), &e);
    write_part(m, "model.safetensors", 0, 1, HEAD | SHIFTED);
    must_fail(m, "lm_head.weight differs from model.embed_tokens.weight");
    model_close(m);
    model_close(wide);
    conf_close(c);
    conf_close(d);
}
END

/* Write config.json for these sections; which model it claims to be, and that it reads the same. */
static void claims(const char *more, const char *position, const char *model_type)
{
    struct error e;
    struct conf *c;
    struct own own;
    struct hf_model h;
    struct jsn_doc d;
    const char *type;
    struct model *m = open_small(&c, &own, more, position), *back;
    MUST(hf_write_config(in_dir("config.json"), &own.model, &own.position, 64, &e), &e);
    MUST(jsn_open(&d, in_dir("config.json"), &e), &e);
    MUST(jsn_string(&d, d.root, "model_type", true, &type, &e), &e);
    ck_assert_msg(strcmp(type, model_type) == 0, "{%s} %s: %s, not %s", more, position, type,
                  model_type);
    jsn_close(&d);
    MUST(hf_open(&h, dir, NULL, NULL, &e), &e);
    ck_assert_int_eq(h.max_position_embeddings, 64);
    ck_assert_int_eq(h.config.qk_norm, own.model.qk_norm);
    ck_assert_int_eq(h.config.sliding_window, own.model.sliding_window);
    ck_assert_double_eq(h.config.rms_norm_eps, own.model.rms_norm_eps);
    ck_assert_double_eq(h.config.final_logit_softcapping, own.model.final_logit_softcapping);
    const struct model_use use = {.max_tokens = 8, .max_length = 8, .train_length = 8};
    MUST(model_open(&back, &h.config, &h.position, &use, &e), &e);
    write_part(m, "model.safetensors", 0, 1, 0);
    MUST(hf_load_weights(back, dir, &e), &e);
    ck_assert(same_weights(m, back));
    model_close(m);
    model_close(back);
    hf_close(&h);
    conf_close(c);
}

TEST(llama_is_claimed_only_where_it_is_true)
{
    claims("", "rope", "llama");
    claims(", qk_norm: true", "{type: rope, rope_theta: 5e5}", "qwen3");
    claims(", num_key_value_heads: 1, tie_word_embeddings: false", "{type: linear, factor: 3}",
           "llama");
    claims("", "{type: llama3, factor: 8, original_max_position_embeddings: 32}", "llama");
    claims("", "{type: yarn, factor: 8, original_max_position_embeddings: 8}", "llama");
    claims("", "{type: yarn, factor: 8, magnitude: softmax}", "ropewalk");
    claims("", "{type: rope, layout: interleaved}", "ropewalk");
    claims("", "{type: rope, layers: [0]}", "ropewalk");
    claims("", "{type: dynamic, factor: 2}", "ropewalk");
    claims("", "[{type: rope}, {type: alibi}]", "ropewalk");
    claims("", "t5", "ropewalk");
    claims("", "nope", "ropewalk");
    claims(", sliding_window: 4", "rope", "ropewalk");
    claims(", final_logit_softcapping: 30", "rope", "ropewalk");
}
END

int main(void)
{
    struct error e;
    parallel_init(1);
    matmul_init();
    snprintf(dir, sizeof dir, "/tmp/ropewalk-hf-%ld", (long)getpid());
    if (file_make_directories(dir, &e)) return 1;
    const int status = run_tests("hf", one_file_or_shards, tensors_that_do_not_fit,
                                 llama_is_claimed_only_where_it_is_true, NULL);
    file_remove_tree(dir, &e);
    return status;
}
