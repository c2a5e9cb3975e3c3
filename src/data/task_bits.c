/* task_bits.c -- see task_bits.h. */
#include "src/data/task_bits.h"

#include <math.h>
#include <string.h>

#define S struct bits_options
const struct conf_field bits_fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, bits, 0, 0, TASK_TOKENS_MAX - 2,
             "of the longest run; 0: as many as the text has room for"),
    CONF_END,
};
#undef S

enum { LEAST = 3 };

int bits_least(const void *opts)
{
    (void)opts;
    return LEAST;
}

static int draw_bits(struct rng *rng, int most, bool odd)
{
    int n = (int)floor(exp2(log2(most + 1.0) * rng_uniform(rng)));
    if (n > most) n = most;
    if (odd && n % 2 == 0) n--;
    return n < 1 ? 1 : n;
}

void bits_write(const struct bits_options *o, const struct task_plan *p, struct rng *rng, bool odd,
                int (*answer)(int ones, int bits), struct task_sample *s)
{
    const int most = o->bits && o->bits < p->tokens - 2 ? o->bits : p->tokens - 2;
    s->trunk = s->tokens = p->tokens;
    s->candidates = s->symbols = 2;
    s->n = 0;
    memset(s->text, ' ', (size_t)s->tokens);
    for (int at = 0; s->n < TASK_QUESTIONS && p->tokens - at >= LEAST;) {
        const int room = p->tokens - at - 2, drawn = draw_bits(rng, most < room ? most : room, odd);
        int ones = 0;
        for (int i = 0; i < drawn; i++) {
            const bool one = rng_below(rng, 2);
            ones += one;
            s->text[at + i] = one ? '1' : '0';
        }
        const int end = at + drawn;
        s->text[end] = '=';
        s->text[end + 1] = answer(ones, drawn) ? '1' : '0';
        s->question[s->n++] = (struct task_question){end, end + 1, end + 2, at, end, drawn};
        at = end + 2;
    }
}
