/* conf.c -- opening, laying fragments under, closing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/conf_internal.h"

enum { FILE_LIMIT = 16 << 20 };

/* The whole of a file or of standard input; NULL with errno set. */
static char *read_text(const char *path, size_t *n)
{
    const bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rb");
    if (!f) return NULL;
    char *text = malloc(FILE_LIMIT + 1);
    if (!text) abort();
    *n = fread(text, 1, FILE_LIMIT + 1, f);
    int error = ferror(f) ? errno : 0;
    if (!error && *n > FILE_LIMIT) error = EFBIG;
    if (!standard) fclose(f);
    if (!error) return text;
    free(text);
    errno = error;
    return NULL;
}

static void nothing_in(struct conf *c, const char *name, const char *what)
{
    conf_error(c, (struct place){name, 0, 0}, NULL, "%s: expected a map of keys", what);
}

/* The map of a source; NULL after an error. */
static struct node *read_root(struct conf *c, const struct source *s)
{
    bool empty;
    struct node *root = conf_parse(c, s, 0, &empty);
    if (empty) nothing_in(c, s->name, s->length ? "nothing but comments" : "the file is empty");
    if (!root || root->kind == NODE_MAP) return root;
    if (node_is_null(root)) {
        nothing_in(c, s->name, "nothing but null");
        return NULL;
    }
    const char *colon = root->kind == NODE_SCALAR ? strchr(root->text, ':') : NULL;
    node_error(c, root, colon ? "a space is missing after ':'" : NULL,
               "expected a map of keys, got %s", node_show(c, root));
    return NULL;
}

static int open_text(struct conf **out, const char *name, const char *text, size_t n,
                     struct error *e)
{
    *out = NULL;
    struct conf *c = calloc(1, sizeof *c);
    if (!c) return error_set(e, E_MEMORY, "no memory");
    c->root = read_root(c, conf_source(c, name, text, n, false));
    if (c->root) {
        *out = c;
        return OK;
    }
    conf_finish(c, e);
    conf_close(c);
    return E_USAGE;
}

int conf_open_text(struct conf **c, const char *name, const char *text, struct error *e)
{
    return open_text(c, name, text, strlen(text), e);
}

int conf_open(struct conf **c, const char *path, struct error *e)
{
    *c = NULL;
    size_t n;
    char *text = read_text(path, &n);
    if (!text) return error_set(e, E_USAGE, "cannot read '%s': %s", path, strerror(errno));
    const int status = open_text(c, strcmp(path, "-") == 0 ? "<stdin>" : path, text, n, e);
    free(text);
    return status;
}

struct node *conf_read(struct conf *c, const char *path, struct place at)
{
    size_t n;
    char *text = read_text(path, &n);
    if (!text) {
        conf_error(c, at, NULL, "cannot read '%s': %s", path, strerror(errno));
        return NULL;
    }
    struct node *root = read_root(c, conf_source(c, path, text, n, false));
    free(text);
    return root;
}

void conf_under(struct conf *c, const char *path)
{
    if (!c) return;
    struct node *under = conf_read(c, path, (struct place){0});
    if (under) c->root = node_merge(c, under, c->root);
}

struct node *conf_root(struct conf *c)
{
    return c->root;
}

int conf_open_tree(struct conf **out, const struct conf *from, const struct node *root,
                   struct error *e)
{
    *out = NULL;
    struct conf *c = calloc(1, sizeof *c);
    if (!c) return error_set(e, E_MEMORY, "no memory");
    for (int i = 0; i < from->n_sources; i++) {
        c->sources = conf_grow(c, c->sources, c->n_sources, sizeof *c->sources);
        c->sources[c->n_sources++] = from->sources[i];
    }
    c->root = node_copy(c, root);
    *out = c;
    return OK;
}

void conf_close(struct conf *c)
{
    if (!c) return;
    conf_release(c);
    free(c);
}
