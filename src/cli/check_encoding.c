/* check_encoding.c -- the encodings of a run, as the model will compute them. */
#include <math.h>
#include <stdio.h>

#include "src/cli/check.h"
#include "src/train/effective.h"

static int print_one(void *data, const struct effective *x, struct error *e)
{
    char text[512];
    (void)data, (void)e;
    printf("stage %s, layers %d-%d: %s", x->stage, x->first, x->last, x->names);
    if (!x->pairs) {
        printf(": nothing rotates\n");
        return OK;
    }
    effective_summary(x, text, sizeof text);
    printf("\n  %s\n  %-6s %-14s %-14s %-12s %s\n", text, "pair", "inv_freq", "wavelength", "turns",
           "slowed");
    for (int i = 0; i < x->pairs; i++)
        printf("  %-6d %-14.8g %-14.8g %-12.6g %.6g\n", i, x->inv_freq[i],
               2 * M_PI / x->inv_freq[i], x->length * x->inv_freq[i] / (2 * M_PI),
               x->plain[i] / x->inv_freq[i]);
    return OK;
}

static int warn_one(void *data, const struct effective *x, struct error *e)
{
    char text[512];
    (void)data, (void)e;
    effective_warning(x, text, sizeof text);
    if (*text) fprintf(stderr, "warning: stage %s, %s\n", x->stage, text);
    return OK;
}

int check_print_encoding(const struct check *c, struct error *e)
{
    char hash[65];
    TRY(effective_hash(&c->run, hash, e));
    printf("\n# encoding at length %d (head 0), sha256 %.16s\n", c->longest, hash);
    TRY(effective_each(&c->run, print_one, NULL, e));
    fflush(stdout);
    return effective_each(&c->run, warn_one, NULL, e);
}

/* ---- as JSON ---- */

static void put_list(struct jsn_out *o, const char *key, const double *x, int n)
{
    jsn_array_begin(o, key);
    for (int i = 0; i < n; i++) jsn_put_double(o, NULL, x[i]);
    jsn_array_end(o);
}

static int put_one(void *data, const struct effective *x, struct error *e)
{
    struct jsn_out *o = data;
    char text[512];
    (void)e;
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "stage", x->stage);
    jsn_put_int(o, "first_layer", x->first);
    jsn_put_int(o, "last_layer", x->last);
    jsn_put_string(o, "stack", x->names);
    jsn_put_int(o, "length", x->length);
    jsn_put_int(o, "rows", x->rows);
    if (x->pairs) {
        effective_summary(x, text, sizeof text);
        jsn_put_string(o, "summary", text);
        jsn_put_double(o, "rope_theta", x->rope_theta);
        jsn_put_double(o, "attention_factor", x->attention_factor);
        put_list(o, "inv_freq", x->inv_freq, x->pairs);
        put_list(o, "plain_inv_freq", x->plain, x->pairs);
    }
    if (x->negative) jsn_put_int(o, "first_negative_distance", x->negative);
    jsn_map_end(o);
    return OK;
}

/* The layers of the first stage, one by one. */
struct layers {
    struct jsn_out *o;
    const char *stage;
};

static int put_layers(void *data, const struct effective *x, struct error *e)
{
    struct layers *l = data;
    (void)e;
    if (!l->stage) l->stage = x->stage;
    for (int i = x->first; l->stage == x->stage && i <= x->last; i++) {
        jsn_map_begin(l->o, NULL);
        put_list(l->o, "inv_freq", x->inv_freq, x->pairs);
        jsn_put_double(l->o, "magnitude", x->attention_factor);
        jsn_map_end(l->o);
    }
    return OK;
}

int check_json_encoding(struct jsn_out *o, const struct check *c, struct error *e)
{
    char hash[65];
    struct layers layers = {o, NULL};
    TRY(effective_hash(&c->run, hash, e));
    jsn_put_string(o, "encoding_sha256", hash);
    jsn_array_begin(o, "encodings");
    TRY(effective_each(&c->run, put_one, o, e));
    jsn_array_end(o);
    jsn_array_begin(o, "layers");
    TRY(effective_each(&c->run, put_layers, &layers, e));
    jsn_array_end(o);
    return OK;
}
