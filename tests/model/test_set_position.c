/* test_set_position.c -- a model whose encoding is replaced: what both stacks learn is kept, what is
 * new begins as it would have begun, and a stack that cannot be is refused at the start. */
#include "src/num/matmul.h"
#include "tests/model/fixture.h"

enum { T = 40, VOCAB = 17 };

/* A model that may be switched to `later` (NULL: none), or E_USAGE. */
static int try_model(struct model **m, const struct stack *s, const struct stack *later,
                     double softcap, struct error *e)
{
    struct model_config c = {.hidden_size = 32,
                             .num_hidden_layers = 2,
                             .num_attention_heads = 4,
                             .head_dim = 8,
                             .intermediate_size = 48,
                             .vocab_size = VOCAB,
                             .rms_norm_eps = 1e-5,
                             .initializer_range = 0.2,
                             .attn_logit_softcapping = softcap};
    const struct model_use use = {.gradients = true,
                                  .max_tokens = T,
                                  .max_length = T,
                                  .train_length = T,
                                  .n_later = later != NULL,
                                  .later = later ? &later->config.position : NULL};
    TRY(model_config_resolve(&c, e));
    return model_open(m, &c, &s->config.position, &use, e);
}

static struct model *open_model(const struct stack *s, const struct stack *later)
{
    struct error e;
    struct model *m;
    MUST(try_model(&m, s, later, 0, &e), &e);
    model_init(m, 5);
    return m;
}

static const struct tensor *find(const struct model *m, const char *name)
{
    int n;
    const struct tensor *t = model_tensors(m, &n);
    for (int i = 0; i < n; i++)
        if (!strcmp(t[i].name, name)) return &t[i];
    return NULL;
}

/* Every tensor of b is in a with the same values. */
static void must_hold(struct model *a, struct model *b)
{
    int n, other;
    const struct tensor *t = model_tensors(b, &n);
    model_tensors(a, &other);
    ck_assert_int_eq(n, other);
    for (int i = 0; i < n; i++) {
        const struct tensor *x = find(a, t[i].name);
        ck_assert_msg(x && x->count == t[i].count, "%s", t[i].name);
        ck_assert_msg(!memcmp(model_weights(a) + x->offset, model_weights(b) + t[i].offset,
                              x->count * sizeof(real)),
                      "%s", t[i].name);
    }
}

static double loss_and_gradients(struct model *m, struct batch *b)
{
    model_zero_gradients(m);
    return model_train(m, b, 1 / b->weight_sum, 0, NULL);
}

/* From stack a to stack b: the model is what it would be, had it begun with b. */
static void check_change(const char *from, const char *to)
{
    struct stack a, b;
    struct batch batch;
    struct error e;
    stack_open(&a, from);
    stack_open(&b, to);
    random_batch(&batch, T, T, VOCAB, true, 3);
    struct model *m = open_model(&a, &b), *fresh = open_model(&b, NULL);
    loss_and_gradients(m, &batch);
    const struct tensor *t = find(m, "model.layers.1.mlp.down_proj.weight");
    model_moment(m, 1)[t->offset + 7] = 42;
    MUST(model_set_position(m, &b.config.position, &e), &e);
    must_hold(m, fresh);
    ck_assert_double_eq(loss_and_gradients(m, &batch), loss_and_gradients(fresh, &batch));
    ck_assert(
        !memcmp(model_gradients(m), model_gradients(fresh), model_reals(fresh) * sizeof(real)));
    t = find(m, "model.layers.1.mlp.down_proj.weight");
    ck_assert_double_eq(model_moment(m, 1)[t->offset + 7], 42);
    ck_assert_ptr_eq((void *)model_position(m)->v, (void *)b.config.position.v);
    model_close(m);
    model_close(fresh);
    batch_close(&batch);
    stack_close(&a);
    stack_close(&b);
}

TEST(between_stacks)
{
    check_change("{type: rope}", "{type: rope, rope_theta: 500000}");
    check_change("{type: rope}", "{type: nope}");
    check_change("{type: rope}", "{type: t5}");
    check_change("{type: t5}", "{type: rope}");
    check_change("[{type: fire}, {type: fox}]", "[{type: fox}, {type: fire}]");
    check_change("{type: kerple_log}", "[{type: kerple_log}, {type: dape}]");
    check_change("{type: nope}", "[{type: pope}, {type: ssmax}, {type: rerope, window_size: 9}]");
    check_change("[{type: rope}, {type: cope, layers: [0]}]", "[{type: rope}, {type: cope}]");
}
END

/* What was learned goes on. */
TEST(learned_values_are_kept)
{
    struct stack a, b;
    struct error e;
    stack_open(&a, "{type: kerple_log}");
    stack_open(&b, "[{type: rope}, {type: kerple_log}, {type: ssmax}]");
    struct model *m = open_model(&a, &b);
    const char *name = "model.layers.1.position.kerple_log.p";
    model_weights(m)[find(m, name)->offset + 2] = 1.25;
    model_moment(m, 0)[find(m, name)->offset + 2] = 3;
    MUST(model_set_position(m, &b.config.position, &e), &e);
    ck_assert_double_eq(model_weights(m)[find(m, name)->offset + 2], 1.25);
    ck_assert_double_eq(model_moment(m, 0)[find(m, name)->offset + 2], 3);
    model_close(m);
    stack_close(&a);
    stack_close(&b);
}
END

TEST(what_cannot_be_is_refused_at_the_start)
{
    const char *const bad[][2] = {
        {"[{type: rope}, {type: xpos}]", "two rotary encodings"},
        {"{type: rerope}", "maps the positions of a rotary encoding, and there is none"},
        {"[{type: rope}, {type: rerope}, {type: self_extend}]",
         "two encodings that map relative positions, rerope and self_extend"},
        {"[{type: cope}, {type: dape}]", "two encodings that transform rows of logits"},
        {"[{type: xpos}, {type: rerope}]", "rerope cannot be stacked with xpos"},
        {"[{type: rope}, {type: rerope}, {type: cope}]", "rerope cannot be stacked with cope"},
        {"[{type: learned_freq}, {type: rerope}]", "rerope cannot be stacked with learned_freq"},
        {"[{type: rope}, {type: softcap, cap: 5}]", "attn_logit_softcapping at 30"},
    };
    struct stack a;
    stack_open(&a, "{type: t5}");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct stack b;
        struct error e;
        struct model *m;
        stack_open(&b, bad[i][0]);
        ck_assert_int_eq(try_model(&m, &a, &b, 30, &e), E_USAGE);
        ck_assert_ptr_null(m);
        ck_assert_msg(strstr(e.text, bad[i][1]), "%s", e.text);
        stack_close(&b);
    }
    stack_close(&a);
}
END

/* A stack that the model was not opened with changes nothing. */
TEST(a_stranger_is_refused)
{
    struct stack a, b;
    struct batch batch;
    struct error e;
    stack_open(&a, "{type: t5}");
    stack_open(&b, "{type: rope}");
    random_batch(&batch, T, T, VOCAB, true, 3);
    struct model *m = open_model(&a, NULL);
    const double before = loss_and_gradients(m, &batch);
    ck_assert_int_eq(model_set_position(m, &b.config.position, &e), E_USAGE);
    ck_assert_double_eq(loss_and_gradients(m, &batch), before);
    model_close(m);
    batch_close(&batch);
    stack_close(&a);
    stack_close(&b);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    return run_tests("replaced encodings", between_stacks, learned_values_are_kept,
                     what_cannot_be_is_refused_at_the_start, a_stranger_is_refused, NULL);
}
