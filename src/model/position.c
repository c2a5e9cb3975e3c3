/* position.c -- what an encoding declares, in words. */
#include "src/model/position.h"

#include <stdio.h>

static void append(char *out, size_t size, const char *word)
{
    size_t n = 0;
    while (n < size && out[n]) n++;
    if (n < size) snprintf(out + n, size - n, "%s%s", n ? ", " : "", word);
}

void position_laws(const struct position_type *t, char *out, size_t size)
{
    static const struct {
        unsigned bit;
        const char *name;
    } laws[] = {
        {LAW_SHIFT, "shift"},
        {LAW_NORM, "norm"},
        {LAW_IDENTITY_AT_1, "rope at factor 1"},
        {LAW_LENGTH_DEPENDENT, "length-dependent"},
        {LAW_DECAY, "decay"},
        {LAW_NO_POSITION, "no position"},
    };
    *out = 0;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        if (t->laws & laws[i].bit) append(out, size, laws[i].name);
    if (!*out) append(out, size, "none");
}

void position_hooks(const struct position_type *t, char *out, size_t size)
{
    const struct {
        bool has;
        const char *name;
    } hooks[] = {
        {t->ids, "ids"},
        {t->rope_theta, "rotation"},
        {t->inv_freq, "inv_freq"},
        {t->inv_freq_grad, "learned frequencies"},
        {t->magnitude, "magnitude"},
        {t->table, "table"},
        {t->log_rate, "log_rate"},
        {t->qk_map, "qk_map"},
        {t->region, "region"},
        {t->row_scale, "row_scale"},
        {t->bias, "bias"},
        {t->weight, "weight"},
        {t->content, "content"},
        {t->transform, "transform"},
        {t->softcap, "softcap"},
        {t->embed, "embed"},
        {t->params, "params"},
    };
    *out = 0;
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        if (hooks[i].has) append(out, size, hooks[i].name);
    if (!*out) append(out, size, "none");
}
