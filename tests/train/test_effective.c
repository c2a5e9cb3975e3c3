/* test_effective.c -- what `check` prints of the encodings of a run, and metadata.json hashes. */
#include "src/train/effective.h"
#include "tests/train/fixture.h"

enum { MOST = 8 };

struct seen {
    int n;
    struct effective x[MOST];
    double first[MOST], last[MOST]; /* inv_freq */
    char summary[MOST][512], warning[MOST][512];
};

static int see(void *data, const struct effective *x, struct error *e)
{
    struct seen *s = data;
    (void)e;
    ck_assert_int_lt(s->n, MOST);
    s->x[s->n] = *x;
    s->first[s->n] = x->pairs ? x->inv_freq[0] : 0;
    s->last[s->n] = x->pairs ? x->inv_freq[x->pairs - 1] : 0;
    effective_summary(x, s->summary[s->n], sizeof s->summary[0]);
    effective_warning(x, s->warning[s->n], sizeof s->warning[0]);
    s->n++;
    return OK;
}

/* small_run with other stages. */
static void look(const char *stages, struct seen *s, char hash[65])
{
    char text[1024], *arguments[2] = {text, NULL};
    struct run_config run;
    struct error e;
    struct conf *c;
    memset(s, 0, sizeof *s);
    put_file("run.yaml", small_run, strlen(small_run));
    snprintf(text, sizeof text, "stages=%s", stages);
    MUST(run_config_load(&c, &run, in_scratch("run.yaml"), 1, arguments, &e), &e);
    run.model.vocab_size = 256;
    MUST(model_config_resolve(&run.model, &e), &e);
    MUST(effective_each(&run, see, s, &e), &e);
    MUST(effective_hash(&run, hash, &e), &e);
    conf_close(c);
}

TEST(stages_and_layers)
{
    struct seen s;
    char hash[65], other[65];
    look(
        "[{tokens: 2k, length: 64, position: {type: rope}}, {tokens: 2k, length: 64}, {tokens: 2k, "
        "length: 128, position: [{type: linear, factor: 4, layers: [0]}, {type: rope, layers: [1], "
        "rope_theta: 1e6}, {type: alibi, layers: [1]}]}]",
        &s, hash);
    ck_assert_int_eq(s.n, 3);
    ck_assert_str_eq(s.x[0].names, "rope");
    ck_assert_int_eq(s.x[0].last, 1);
    ck_assert_int_eq(s.x[0].rows, 64);
    ck_assert_int_eq(s.x[0].length, 128);
    ck_assert_str_eq(s.x[1].names, "linear");
    ck_assert_str_eq(s.x[2].names, "rope + alibi");
    ck_assert_double_eq(s.first[1], 0.25);
    ck_assert_ptr_nonnull(strstr(s.summary[0], "8 of 8 pairs rotate, rope_theta 10000"));
    ck_assert_ptr_null(strstr(s.summary[0], "not plain"));
    ck_assert_ptr_nonnull(
        strstr(s.summary[1], "not plain rope from pair 0 on: 8 slowed, at most 4 times"));
    look(
        "[{tokens: 2k, length: 64, position: {type: rope}}, {tokens: 2k, length: 64}, {tokens: 2k, "
        "length: 128, position: [{type: linear, factor: 8, layers: [0]}, {type: rope, layers: [1], "
        "rope_theta: 1e6}, {type: alibi, layers: [1]}]}]",
        &s, other);
    ck_assert_str_ne(hash, other);
}
END

/* d = 16, base 1e4: B(m) < 0 first at distance 91 (arXiv:2405.14591's search). */
TEST(small_bases_are_warned_of)
{
    struct seen s;
    char hash[65];
    look("[{tokens: 2k, length: 64, position: {type: rope}}]", &s, hash);
    ck_assert_int_eq((int)s.x[0].negative, 0);
    ck_assert_str_eq(s.warning[0], "");
    look("[{tokens: 2k, length: 128, position: {type: rope}}]", &s, hash);
    ck_assert_int_eq((int)s.x[0].negative, 91);
    ck_assert_ptr_nonnull(strstr(s.warning[0], "from distance 91 on, within rows of 128 tokens"));
    ck_assert_ptr_nonnull(strstr(s.warning[0], "rope_theta 10000 is small for heads of 16"));
    look("[{tokens: 2k, length: 128, position: {type: rope, partial_rotary_factor: 0.5}}]", &s,
         hash);
    ck_assert_int_eq((int)s.x[0].negative, 0);
    look("[{tokens: 2k, length: 128, position: {type: alibi}}]", &s, hash);
    ck_assert_int_eq(s.x[0].pairs, 0);
    ck_assert_int_eq((int)s.x[0].negative, 0);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    scratch_open();
    return scratch_close(
        run_tests("effective encodings", stages_and_layers, small_bases_are_warned_of, NULL));
}
