/* task_passkey.c -- one number in a text that says nothing.
 *
 *   trunk     the noise sentence over and over, with #ddddd; at one place
 *   question  ?ddddd      over real text, where there are other question marks, ?#ddddd
 *
 * Mohtashami and Jaggi 2023, arXiv 2305.16300. Here the digits are drawn one by one (there, a number
 * of 1 to 50000, whose length varies), an eighth of all numbers is kept out of training, and the
 * place is exact to the token. A digit that comes twice leaves a head that looks for its last
 * occurrence in doubt about what follows: `distinct` leaves such numbers out. With `text`, the
 * noise is a piece of it, whose own # become spaces: there is one. */
#include "src/data/task.h"

enum { DIGITS_MAX = 16 };

struct passkey_options {
    RETRIEVAL_OPTIONS
    int digits, filler;
    bool distinct;
};

enum { FILLER_NOISE, FILLER_UNIFORM };
static const char *const fillers[] = {"noise", "uniform", NULL};

#define S struct passkey_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, digits, 5, 1, DIGITS_MAX, "length of the number"),
    CONF_BOOL(S, distinct, false, "numbers whose digits all differ"),
    CONF_ENUM(S, filler, FILLER_NOISE, fillers,
              "without `text`: one sentence over and over, or random letters"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"passkey", sizeof(struct passkey_options), fields};

static int passkey_check(const void *opts, struct error *e)
{
    const struct passkey_options *o = opts;
    if (o->text && o->filler != FILLER_NOISE)
        return error_set(e, E_USAGE, "passkey: `text` and `filler: %s` exclude each other",
                         fillers[o->filler]);
    if (!o->distinct || o->digits <= 10) return OK;
    return error_set(e, E_USAGE, "passkey: %d digits cannot all differ", o->digits);
}

static bool repeats(const unsigned char *value, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (value[i] == value[j]) return true;
    return false;
}

static int passkey_least(const void *opts)
{
    const struct passkey_options *o = opts;
    return 2 * o->digits + 4 + (o->text != NULL);
}

static void fill(const struct passkey_options *o, const struct task_plan *p, struct rng *rng,
                 struct task_sample *s)
{
    if (!p->filler && o->filler == FILLER_NOISE)
        task_noise(rng, s->text, s->trunk);
    else
        task_filler(p, rng, s->text, s->trunk);
    if (p->filler) task_clear(s->text, s->trunk, '#');
}

static void passkey_write(const void *opts, const struct task_plan *p, struct rng *rng,
                          struct task_sample *s)
{
    const struct passkey_options *o = opts;
    const char *prompt = p->filler ? "?#" : "?";
    const int record = o->digits + 2, asking = p->filler ? 2 : 1;
    unsigned char value[DIGITS_MAX];
    int at, order;
    s->n = 0;
    s->candidates = 1;
    s->trunk = s->tokens = task_trunk(p, 1, asking + o->digits);
    fill(o, p, rng, s);
    task_scatter(p, rng, s->trunk, record, 1, 1, &at, &order);
    do task_draw_value(p, rng, value, o->digits, '0', 10);
    while (o->distinct && repeats(value, o->digits));
    s->text[at] = '#';
    for (int i = 0; i < o->digits; i++) s->text[at + 1 + i] = value[i];
    s->text[at + record - 1] = ';';
    task_ask(s, (const unsigned char *)prompt, asking, value, o->digits, at, at + record);
}

const struct retrieval_type retrieval_passkey = {
    .v = {.name = "passkey",
          .summary = "one number in a text that says nothing",
          .paper = "arXiv:2305.16300",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .single = true,
    .hides = true,
    .symbols = 10,
    .check = passkey_check,
    .least = passkey_least,
    .write = passkey_write,
};
