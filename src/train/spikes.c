/* spikes.c -- see spikes.h. */
#include "src/train/spikes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"

struct step {
    int64_t step, tokens, stage, length, window;
    double loss;
};

struct steps {
    int64_t n, room;
    struct step *v;
};

/* Lines of evaluations have no training loss. */
static int read_line(void *to, const struct jsn_doc *d, struct error *e)
{
    struct steps *s = to;
    struct step x = {.loss = NAN};
    int status = OK;
    if (jsn_get(d->root, "train/loss")) {
        status = jsn_int(d, d->root, "step", true, &x.step, e);
        if (!status) status = jsn_int(d, d->root, "tokens", true, &x.tokens, e);
        if (!status) status = jsn_int(d, d->root, "stage", true, &x.stage, e);
        if (!status) status = jsn_int(d, d->root, "length", true, &x.length, e);
        if (!status) status = jsn_int(d, d->root, "window", false, &x.window, e);
        if (!status) status = jsn_double(d, d->root, "train/loss", false, &x.loss, e);
        if (!x.window) x.window = x.length;
    }
    if (status || isnan(x.loss)) return status;
    if (s->n == s->room) {
        const int64_t room = 2 * s->room + 256;
        struct step *v = realloc(s->v, (size_t)room * sizeof *v);
        if (!v) return error_set(e, E_MEMORY, "no memory for the losses of '%s'", d->name);
        s->v = v;
        s->room = room;
    }
    s->v[s->n++] = x;
    return OK;
}

static bool far(int64_t a, int64_t b)
{
    return a >= 2 * b || b >= 2 * a;
}

/* The first step behind the next switch after `from`; n: there is none. */
static int64_t next_switch(const struct steps *s, int64_t from)
{
    for (int64_t i = from + 1; i < s->n; i++) {
        const struct step *a = &s->v[i - 1], *b = &s->v[i];
        if (a->stage != b->stage) return i;
        if (i - from >= SPIKE_STEPS && (far(a->length, b->length) || far(a->window, b->window)))
            return i;
    }
    return s->n;
}

/* Steps [from, at) lie before the switch, [at, end) behind it, up to the next one. */
static struct spike measure(const struct step *v, int64_t from, int64_t at, int64_t end)
{
    const int64_t first = at - from > SPIKE_STEPS ? at - SPIKE_STEPS : from;
    double sum = 0, squares = 0, most = -INFINITY, recent = 0;
    for (int64_t i = first; i < at; i++) sum += v[i].loss;
    const double n = (double)(at - first), before = sum / n;
    for (int64_t i = first; i < at; i++) squares += (v[i].loss - before) * (v[i].loss - before);
    struct spike y = {.step = v[at - 1].step,
                      .tokens = v[at - 1].tokens,
                      .stage = v[at].stage,
                      .length_before = v[at - 1].length,
                      .length_after = v[at].length,
                      .before = before,
                      .deviation = n > 1 ? sqrt(squares / (n - 1)) : NAN,
                      .recovery_steps = NAN,
                      .recovery_tokens = NAN};
    for (int64_t i = at; i < end; i++) {
        if (v[i].loss > most) most = v[i].loss;
        recent += v[i].loss;
        if (i - at >= SPIKE_STEPS) recent -= v[i - SPIKE_STEPS].loss;
        const double k = (double)(i - at + 1);
        if (recent / fmin(k, SPIKE_STEPS) > before) continue;
        y.recovery_steps = k;
        y.recovery_tokens = (double)(v[i].tokens - y.tokens);
        break;
    }
    y.spike = most - before;
    return y;
}

int spikes_read(const char *path, struct spike **out, int *n, struct error *e)
{
    struct steps s = {0};
    *out = NULL;
    *n = 0;
    int status = jsn_lines(path, "\"train/loss\"", read_line, &s, e);
    for (int64_t at = next_switch(&s, 0); at < s.n; at = next_switch(&s, at)) ++*n;
    if (!status) *out = calloc((size_t)*n + 1, sizeof **out);
    if (!status && !*out) status = error_set(e, E_MEMORY, "no memory for the switches of a run");
    int k = 0;
    for (int64_t from = 0, at = next_switch(&s, 0); at < s.n && !status;) {
        const int64_t end = next_switch(&s, at);
        (*out)[k++] = measure(s.v, from, at, end);
        from = at;
        at = end;
    }
    free(s.v);
    return status;
}
