/* Configuration: a good file becomes structs, with places; what is written reads back the same. */
#include "tests/base/conf_fixture.h"

static const char good[] = "seed: 3\n"
                           "name: \"no\"\n"
                           "model: {hidden_size: 256, qk_norm: true, window_layers: 1-3}\n"
                           "position:\n"
                           "  - type: pi\n"
                           "    factor: 4\n"
                           "    layers: {every: 2, offset: 1}\n"
                           "  - nope\n"
                           "optim: {lr: 1e-4, betas: [0.9, .99]}\n"
                           "stages:\n"
                           "  - {tokens: 20M, length: 256}\n"
                           "  - tokens: 5M\n"
                           "    length: {type: constant, length: 3e2}\n"
                           "    position: {type: rope, theta: 500000}\n"
                           "tasks: loss\n";

static struct conf *read_run(const char *text, struct run *run)
{
    struct conf *c;
    struct error e = {0};
    MUST(conf_open_text(&c, "run.yaml", text, &e), &e);
    conf_bind(c, &rows, run);
    MUST(conf_finish(c, &e), &e);
    return c;
}

TEST(every_kind_of_field_is_read)
{
    struct run r;
    struct conf *c = read_run(good, &r);
    ck_assert_int_eq(r.seed, 3);
    ck_assert_str_eq(r.name, "no");
    ck_assert_int_eq(r.model.hidden_size, 256);
    ck_assert_int_eq(r.model.num_hidden_layers, 6);
    ck_assert(r.model.qk_norm);
    for (int l = 0; l < 6; l++)
        ck_assert_int_eq(conf_layers_has(&r.model.window_layers, l), l >= 1 && l <= 3);
    ck_assert_int_eq(r.position.n, 2);
    ck_assert_ptr_eq(r.position.v[0].type, &linear);
    const struct rope_opts *o = r.position.v[0].opts;
    ck_assert(o->theta == 10000 && o->factor == 4);
    for (int l = 0; l < 6; l++)
        ck_assert_int_eq(conf_layers_has(&r.position.v[0].layers, l), l % 2 == 1);
    ck_assert_ptr_eq(r.position.v[1].type, &nope);
    ck_assert(conf_layers_has(&r.position.v[1].layers, 5));
    ck_assert(r.optim.lr == 1e-4 && r.optim.schedule == 2);
    ck_assert(r.optim.betas.n == 2 && r.optim.betas.v[1] == 0.99);
    ck_assert_int_eq(r.stages.n, 2);
    const struct stage *s = r.stages.v;
    ck_assert_int_eq(s[0].tokens, 20 << 20);
    ck_assert_int_eq(((const struct length_opts *)s[0].length.opts)->length, 256);
    ck_assert_int_eq(((const struct length_opts *)s[1].length.opts)->length, 300);
    ck_assert_int_eq(s[0].position.n, 0);
    ck_assert(((const struct rope_opts *)s[1].position.v[0].opts)->theta == 500000);
    ck_assert(r.tasks.n == 1 && strcmp(r.tasks.v[0], "loss") == 0);
    conf_close(c);
}
END

TEST(absent_keys_take_their_defaults)
{
    struct run r;
    struct conf *c = read_run("model:\n  hidden_size: 8\noptim:\nstages: ~\n", &r);
    ck_assert(r.seed == 1 && r.name == NULL && r.optim.lr == 1e-3);
    ck_assert(r.optim.betas.n == 2 && r.optim.betas.v[0] == 0.9);
    ck_assert(r.position.n == 1 && r.position.v[0].type == &rope);
    ck_assert(r.stages.n == 0 && r.tasks.n == 0);
    conf_close(c);
}
END

TEST(places_are_those_of_the_values)
{
    struct run r;
    struct conf *c = read_run(good, &r);
    const struct stage *s = r.stages.v;
    const struct rope_opts *o = r.position.v[0].opts;
    const struct {
        const void *field;
        int line, column;
        bool given;
    } cases[] = {
        {&r.seed, 1, 7, true},
        {&r.model.qk_norm, 3, 36, true},
        {&r.model.num_hidden_layers, 3, 1, false},
        {&r.position.v[1], 8, 5, true},
        {&o->factor, 6, 13, true},
        {&o->theta, 5, 5, false},
        {&r.optim.betas.v[1], 9, 32, true},
        {&s[1].tokens, 12, 13, true},
        {&s[1].length, 13, 13, true},
        {&s[0].position, 11, 5, false},
        {&r.threads, 0, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct place p = conf_place(c, cases[i].field);
        ck_assert_str_eq(p.file, "run.yaml");
        ck_assert_msg(p.line == cases[i].line && p.column == cases[i].column,
                      "case %d: %d:%d, expected %d:%d", (int)i, p.line, p.column, cases[i].line,
                      cases[i].column);
        ck_assert_int_eq(conf_given(c, cases[i].field), cases[i].given);
    }
    conf_close(c);
}
END

int main(void)
{
    return run_tests("conf", every_kind_of_field_is_read, absent_keys_take_their_defaults,
                     places_are_those_of_the_values, NULL);
}
