/* task_passkey.c -- one number in a text that says nothing.
 *
 *   trunk     the noise sentence over and over, with #ddddd; at one place
 *   question  ?ddddd
 *
 * Mohtashami and Jaggi 2023, arXiv 2305.16300. Here the digits are drawn one by one (there, a number
 * of 1 to 50000, whose length varies), an eighth of all numbers is kept out of training, and the
 * place is exact to the token. A digit that comes twice leaves a head that looks for its last
 * occurrence in doubt about what follows: `distinct` leaves such numbers out. */
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
    CONF_ENUM(S, filler, FILLER_NOISE, fillers, "one sentence over and over, or random letters"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"passkey", sizeof(struct passkey_options), fields};

static int passkey_check(const void *opts, struct error *e)
{
    const struct passkey_options *o = opts;
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
    return 2 * o->digits + 4;
}

static void passkey_write(const void *opts, const struct task_plan *p, struct rng *rng,
                          struct task_sample *s)
{
    const struct passkey_options *o = opts;
    const int record = o->digits + 2;
    unsigned char value[DIGITS_MAX];
    int at, order;
    s->n = 0;
    s->candidates = 1;
    s->trunk = s->tokens = task_trunk(p, 1, o->digits + 1);
    if (o->filler == FILLER_NOISE)
        task_noise(rng, s->text, s->trunk);
    else
        task_uniform(rng, s->text, s->trunk);
    task_scatter(p, rng, s->trunk, record, 1, 1, &at, &order);
    do task_draw_value(p, rng, value, o->digits, '0', 10);
    while (o->distinct && repeats(value, o->digits));
    s->text[at] = '#';
    for (int i = 0; i < o->digits; i++) s->text[at + 1 + i] = value[i];
    s->text[at + record - 1] = ';';
    task_ask(s, (const unsigned char *)"?", 1, value, o->digits, at, at + record);
}

const struct retrieval_type retrieval_passkey = {
    .v = {.name = "passkey",
          .summary = "one number in a text that says nothing",
          .paper = "arXiv:2305.16300",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .single = true,
    .symbols = 10,
    .check = passkey_check,
    .least = passkey_least,
    .write = passkey_write,
};
