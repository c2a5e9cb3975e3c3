/* conf_interpolate.c -- ${a.b} in values: one number for what must go together.
 *
 *   ${optim.lr}                  the value of another key; alone, also a map or a list
 *   ${model.hidden_size * 4}     and / + -, with a number on the right
 *   ${env:NAME}  ${env:NAME,x}   the environment, with a default */
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"

struct chain {
    const struct node *node;
    const struct chain *before;
};

static bool resolve(struct conf *c, struct node *n, const struct chain *before);

static bool fail(struct conf *c, const struct node *n, const char *hint, const char *text)
{
    node_error(c, n, hint, "%s", text);
    return false;
}

/* What could not be resolved is reported once: it counts as absent. */
static void drop(struct node *n)
{
    n->plain = true;
    n->text = "null";
}

static struct node *read_environment(struct conf *c, const struct node *n, const char *name)
{
    char key[128];
    const char *comma = strchr(name, ',');
    snprintf(key, sizeof key, "%.*s", (int)(comma ? comma - name : (long)strlen(name)), name);
    const char *value = getenv(key);
    if (!value && comma) value = comma + 1;
    if (value) return node_scalar(c, n->at, value);
    fail(c, n, conf_text(c, "give a default: ${env:%s,value}", key),
         conf_text(c, "the environment has no '%s'", key));
    return NULL;
}

static struct node *calculate(struct conf *c, const struct node *n, const struct node *left,
                              const char *rest, const char *path)
{
    double x, y;
    const char sign = *rest++;
    rest += strspn(rest, " ");
    const char *number = conf_copy(c, rest, strcspn(rest, " "));
    const struct node *right = node_scalar(
        c, n->at, rest[strlen(number) + strspn(rest + strlen(number), " ")] ? rest : number);
    int64_t whole;
    if (!value_size(c, left, &whole).expected)
        x = (double)whole;
    else if (value_real(c, left, &x).expected) {
        fail(c, n, NULL, conf_text(c, "'%s' is %s, not a number", path, node_show(c, left)));
        return NULL;
    }
    if (!value_size(c, right, &whole).expected)
        y = (double)whole;
    else if (value_real(c, right, &y).expected) {
        fail(c, n, "one operator and one number, as in ${model.hidden_size * 4}",
             conf_text(c, "expected a number after '%c', got '%s'", sign, right->text));
        return NULL;
    }
    if (sign == '/' && y == 0) {
        fail(c, n, NULL, "division by 0");
        return NULL;
    }
    const double v = sign == '*' ? x * y : sign == '/' ? x / y : sign == '+' ? x + y : x - y;
    return node_scalar(c, n->at, number_show(c, v));
}

static const char *show_chain(struct conf *c, const struct chain *k, const struct node *last,
                              const char *path)
{
    const char *text = conf_text(c, "'%s'", path);
    for (; k && k->node != last; k = k->before)
        text = conf_text(c, "%s, of %s", k->node->text, text);
    return text;
}

/* The value of what stands between the braces; NULL after an error. */
static struct node *value_of(struct conf *c, const struct node *n, const char *inside,
                             const struct chain *before)
{
    char path[256];
    inside += strspn(inside, " ");
    if (strncmp(inside, "env:", 4) == 0) return read_environment(c, n, inside + 4);
    const size_t length = strcspn(inside, " */+");
    if (!length || length >= sizeof path) {
        fail(c, n, "write ${section.key}", "'${...}' names no key");
        return NULL;
    }
    memcpy(path, inside, length);
    path[length] = 0;
    const char *rest = inside + length + strspn(inside + length, " ");
    struct node *target = conf_find(c, path);
    if (!target) {
        fail(c, n, "a key that ${...} names must be set", conf_text(c, "'%s' is not set", path));
        return NULL;
    }
    const struct chain here = {n, before};
    for (const struct chain *k = &here; k; k = k->before)
        if (k->node == target) {
            fail(c, n, NULL,
                 conf_text(c, "'${...}' goes round in a circle: %s",
                           show_chain(c, &here, target, path)));
            return NULL;
        }
    if (!resolve(c, target, &here)) return NULL;
    if (!*rest) return target;
    if (strchr("*/+-", *rest)) return calculate(c, n, target, rest, path);
    fail(c, n, "one operator: * / + -", conf_text(c, "unexpected '%s' after '%s'", rest, path));
    return NULL;
}

static bool take_over(struct conf *c, struct node *n, const struct node *value)
{
    const struct place at = n->at;
    *n = *node_copy(c, value);
    n->at = at;
    return true;
}

static char *append(struct conf *c, const char *text, const char *more, size_t n)
{
    const size_t length = strlen(text);
    char *both = conf_take(c, length + n + 1);
    memcpy(both, text, length);
    memcpy(both + length, more, n);
    return both;
}

/* Text with ${...} among other characters. */
static bool splice(struct conf *c, struct node *n, const struct chain *before)
{
    const char *out = "";
    for (const char *s = n->text, *open; *s;) {
        if (!(open = strstr(s, "${"))) {
            out = append(c, out, s, strlen(s));
            break;
        }
        const char *close = strchr(open, '}');
        if (!close) return fail(c, n, NULL, "'${' is never closed");
        const char *inside = conf_copy(c, open + 2, (size_t)(close - open - 2));
        const struct node *value = value_of(c, n, inside, before);
        if (!value) return false;
        if (open == n->text && !close[1]) return take_over(c, n, value);
        if (value->kind != NODE_SCALAR)
            return fail(c, n, "inside of text, only scalars",
                        conf_text(c, "'${%s}' is %s", inside, node_show(c, value)));
        out = append(c, out, s, (size_t)(open - s));
        out = append(c, out, value->text, strlen(value->text));
        s = close + 1;
    }
    n->text = out;
    return true;
}

static bool resolve(struct conf *c, struct node *n, const struct chain *before)
{
    bool good = true;
    if (n->kind == NODE_SCALAR) {
        if (!strstr(n->text, "${")) return true;
        good = splice(c, n, before);
        if (!good) drop(n);
        return good;
    }
    const struct chain here = {n, before};
    for (int i = 0; i < n->n; i++) good &= resolve(c, n->pair[i].value, &here);
    return good;
}

void conf_interpolate(struct conf *c)
{
    if (c && c->root) resolve(c, c->root, NULL);
}
