/* Checkpoints as files: what is saved comes back bit for bit, old ones go, foreign ones are
 * refused. */
#include "src/base/safetensors.h"
#include "tests/train/fixture.h"

/* A model, a stream and a configuration outside of any loop. */
struct parts {
    struct conf *conf;
    struct run_config run;
    struct data *data;
    struct stream *stream;
    struct model *model;
    struct train_state state;
};

static void open_parts(struct parts *p)
{
    struct error e;
    put_file("run.yaml", small_run, strlen(small_run));
    MUST(run_config_load(&p->conf, &p->run, in_scratch("run.yaml"), 0, NULL, &e), &e);
    MUST(data_open(&p->data, &p->run.data, 1, &e), &e);
    p->run.model.vocab_size = data_vocab_size(p->data);
    const struct stage_config *stage = p->run.stages.v;
    const struct model_use use = {
        .gradients = true, .max_tokens = 256, .max_length = 128, .train_length = 128};
    MUST(model_config_resolve(&p->run.model, &e), &e);
    MUST(model_open(&p->model, &p->run.model, &stage->position, &use, &e), &e);
    MUST(stream_open(&p->stream, p->data, &stage->mixer, 128, 1, &e), &e);
    struct rng noise = rng_open(9, "noise");
    model_init(p->model, 3);
    for (int k = 0; k < 2; k++)
        rng_fill_normal(&noise, model_moment(p->model, k), model_reals(p->model), 0, 1);
    p->state = (struct train_state){.step = 11,
                                    .tokens = 2816,
                                    .metrics_bytes = 1234567890123,
                                    .timing_bytes = 42,
                                    .next_eval = 3500,
                                    .next_checkpoint = 3600,
                                    .position = rng_open(5, "position")};
}

static void close_parts(struct parts *p)
{
    stream_close(p->stream);
    model_close(p->model);
    data_close(p->data);
    conf_close(p->conf);
}

static int save(struct parts *p, const char *dir, struct error *e)
{
    return checkpoint_save(in_scratch(dir), &p->state, p->model, p->stream, &p->run, "me", e);
}

static char told[8192];

static void tell(void *data, const char *text)
{
    ck_assert_ptr_eq(data, told);
    snprintf(told, sizeof told, "%s", text);
}

static bool load(struct parts *p, const char *dir, const char *id)
{
    bool found;
    struct error e;
    *told = 0;
    MUST(checkpoint_load_latest(in_scratch(dir), &p->state, p->model, p->stream, &p->run, id,
                                &found, tell, told, &e),
         &e);
    return found;
}

/* The named tensors; what lies between them for the sake of alignment is nobody's. */
static void same_tensors(struct model *m, const real *a, const real *b)
{
    int n;
    const struct tensor *t = model_tensors(m, &n);
    for (int i = 0; i < n; i++)
        ck_assert_msg(!memcmp(a + t[i].offset, b + t[i].offset, t[i].count * sizeof *a),
                      "%s differs", t[i].name);
}

TEST(what_is_saved_comes_back)
{
    struct parts a, b;
    struct error e;
    struct batch x, y;
    open_parts(&a);
    open_parts(&b);
    MUST(batch_open(&x, 256, &e), &e);
    MUST(batch_open(&y, 256, &e), &e);
    const struct data_clock clock = {0, 3000, 0};
    for (int i = 0; i < 11; i++) MUST(stream_next(a.stream, &clock, 256, 128, &x, &e), &e);
    MUST(save(&a, "whole", &e), &e);
    model_init(b.model, 4);
    for (int k = 0; k < 2; k++) parallel_zero(model_moment(b.model, k), model_reals(b.model));
    memset(&b.state, 7, sizeof b.state);
    ck_assert(load(&b, "whole", "me"));
    ck_assert_str_eq(told, "");
    ck_assert(!memcmp(&a.state, &b.state, sizeof a.state));
    same_tensors(a.model, model_weights(a.model), model_weights(b.model));
    for (int k = 0; k < 2; k++)
        same_tensors(a.model, model_moment(a.model, k), model_moment(b.model, k));
    for (int i = 0; i < 30; i++) {
        MUST(stream_next(a.stream, &clock, 256, 128, &x, &e), &e);
        MUST(stream_next(b.stream, &clock, 256, 128, &y, &e), &e);
        ck_assert(!memcmp(x.token, y.token, 256 * sizeof *x.token));
        ck_assert(!memcmp(x.target, y.target, 256 * sizeof *x.target));
        ck_assert(!memcmp(x.anchor, y.anchor, 256 * sizeof *x.anchor));
        ck_assert(!memcmp(x.source, y.source, 256 * sizeof *x.source));
    }
    batch_close(&x);
    batch_close(&y);
    close_parts(&a);
    close_parts(&b);
}
END

TEST(equal_states_are_equal_files)
{
    struct parts p;
    struct error e;
    open_parts(&p);
    MUST(save(&p, "first", &e), &e);
    MUST(save(&p, "second", &e), &e);
    char a[4096], b[4096];
    strcpy(a, join(in_scratch("first"), "00000011"));
    strcpy(b, join(in_scratch("second"), "00000011"));
    same_checkpoint(a, b);
    /* saving a step again replaces it */
    p.state.tokens++;
    MUST(save(&p, "first", &e), &e);
    p.state.tokens = 0;
    ck_assert(load(&p, "first", "me"));
    ck_assert_int_eq(p.state.tokens, 2817);
    close_parts(&p);
}
END

TEST(names_are_those_of_llama)
{
    struct parts p;
    struct error e;
    struct safe_file f;
    open_parts(&p);
    MUST(save(&p, "names", &e), &e);
    MUST(safe_open(&f, join(in_scratch("names"), "00000011/model.safetensors"), &e), &e);
    static const char *const name[] = {
        "model.embed_tokens.weight", "model.layers.1.self_attn.q_proj.weight",
        "model.layers.0.mlp.down_proj.weight", "model.layers.1.post_attention_layernorm.weight",
        "model.norm.weight"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        ck_assert_msg(safe_find(&f, name[i]), "no %s", name[i]);
    int learned = 0;
    for (size_t i = 0; i < f.n; i++)
        learned += strstr(f.tensor[i].name, ".position.alibi_learned.") != NULL;
    ck_assert_int_eq(learned, 2);
    safe_close(&f);
    close_parts(&p);
}
END

/* Whether checkpoint_latest finds a folder of this name. */
static void expect_latest(const char *dir, const char *name)
{
    char path[4096];
    bool found;
    struct error e;
    MUST(checkpoint_latest(in_scratch(dir), path, sizeof path, &found, &e), &e);
    ck_assert(found == (name != NULL));
    if (name) ck_assert_str_eq(path, join(in_scratch(dir), name));
}

TEST(the_newest_good_one_is_taken)
{
    struct parts p;
    struct error e;
    open_parts(&p);
    expect_latest("several", NULL);
    ck_assert(!load(&p, "several", "me"));
    static const int64_t steps[] = {8, 100000000, 9, 99999999};
    for (int i = 0; i < 4; i++) {
        p.state.step = p.state.tokens = steps[i];
        MUST(save(&p, "several", &e), &e);
    }
    expect_latest("several", "100000000"); /* numbers, not texts */
    ck_assert(load(&p, "several", "me"));
    ck_assert_int_eq(p.state.step, 100000000);
    put_file("several/100000000/state.safetensors", "rubbish", 7);
    put_file("several/99999999/model.safetensors", "", 0);
    ck_assert(load(&p, "several", "me"));
    ck_assert_int_eq(p.state.step, 9);
    ck_assert_msg(strstr(told, "checkpoint '") == told && strstr(told, "/99999999' is skipped: "),
                  "%s", told);
    close_parts(&p);
}
END

TEST(old_ones_go)
{
    struct parts p;
    struct error e;
    open_parts(&p);
    for (p.state.step = 1; p.state.step <= 4; p.state.step++) MUST(save(&p, "old", &e), &e);
    MUST(file_make_directories(in_scratch("old/00000005.tmp"), &e), &e);
    put_file("old/00000005.tmp/model.safetensors", "half", 4);
    put_file("old/notes.txt", "mine", 4);
    expect_latest("old", "00000004");
    p.state.step = 9; /* could not be read when 4 was trained */
    MUST(save(&p, "old", &e), &e);
    MUST(checkpoint_rotate(in_scratch("old"), 4, 2, &e), &e);
    char **names;
    size_t n;
    MUST(file_list(in_scratch("old"), &names, &n, &e), &e);
    ck_assert_uint_eq(n, 3);
    ck_assert_str_eq(names[0], "00000003");
    ck_assert_str_eq(names[1], "00000004");
    ck_assert_str_eq(names[2], "notes.txt");
    file_list_free(names, n);
    close_parts(&p);
}
END

TEST(what_does_not_belong_is_refused)
{
    struct parts p;
    struct error e;
    open_parts(&p);
    MUST(save(&p, "foreign", &e), &e);
    ck_assert(!load(&p, "foreign", "you"));
    ck_assert_msg(strstr(told, "belongs to run me, not to you"), "%s", told);
    p.state.stage = 2;
    MUST(save(&p, "stage", &e), &e);
    ck_assert(!load(&p, "stage", "me"));
    ck_assert_msg(strstr(told, "stage 2 does not exist"), "%s", told);
    p.state.stage = 0;
    /* another shape: the tensor is named */
    MUST(save(&p, "shape", &e), &e);
    struct model *other;
    struct model_config c = p.run.model;
    const struct stage_config *stage = p.run.stages.v;
    const struct model_use use = {
        .gradients = true, .max_tokens = 256, .max_length = 128, .train_length = 128};
    c.intermediate_size = 32;
    MUST(model_open(&other, &c, &stage->position, &use, &e), &e);
    model_close(p.model);
    p.model = other;
    ck_assert(!load(&p, "shape", "me"));
    ck_assert_msg(strstr(told, "model.layers.0.mlp."), "%s", told);
    close_parts(&p);
}
END

TEST(a_folder_that_cannot_be_made)
{
    struct parts p;
    struct error e;
    open_parts(&p);
    put_file("file", "x", 1);
    ck_assert_int_eq(save(&p, "file", &e), E_IO);
    ck_assert_msg(strstr(e.text, in_scratch("file")), "%s", e.text);
    expect_file("file", "x");
    close_parts(&p);
}
END

int main(void)
{
    scratch_open();
    parallel_init(2);
    matmul_init();
    return scratch_close(
        run_tests("checkpoint", what_is_saved_comes_back, equal_states_are_equal_files,
                  names_are_those_of_llama, the_newest_good_one_is_taken, old_ones_go,
                  what_does_not_belong_is_refused, a_folder_that_cannot_be_made, NULL));
}
