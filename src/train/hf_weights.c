/* hf_weights.c -- model.safetensors, or its shards. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/safetensors.h"
#include "src/train/hf.h"

enum { SHARDS = 1024 };

struct shards {
    int n;
    struct safe_file *file;
    struct jsn_doc index; /* root NULL: one file */
};

static int open_file(struct shards *s, const char *dir, const char *name, struct error *e)
{
    char path[4096];
    if (strchr(name, '/'))
        return error_set(e, E_FORMAT, "%s: shard '%s' is not a plain file name", s->index.name,
                         name);
    TRY(file_join(path, sizeof path, dir, name, e));
    if (s->n == SHARDS) return error_set(e, E_FORMAT, "%s: over %d shards", dir, SHARDS);
    TRY(safe_open(&s->file[s->n], path, e));
    s->n++;
    return OK;
}

/* Every file that the index names, once. */
static int open_index(struct shards *s, const char *dir, const char *path, struct error *e)
{
    const char *names[SHARDS];
    TRY(jsn_open(&s->index, path, e));
    const jsn *map = jsn_get(s->index.root, "weight_map");
    if (!map || !jsn_is_map(map)) return error_set(e, E_FORMAT, "%s: no object 'weight_map'", path);
    for (void *it = jsn_first(map); it; it = jsn_next(map, it)) {
        int i = 0;
        if (!jsn_is_string(jsn_value(it)))
            return error_set(e, E_FORMAT, "%s: the file of '%s' is not a string", path,
                             jsn_key(it));
        const char *name = jsn_as_string(jsn_value(it), NULL);
        while (i < s->n && strcmp(names[i], name)) i++;
        if (i < s->n) continue;
        TRY(open_file(s, dir, name, e));
        names[i] = name;
    }
    return OK;
}

static int open_shards(struct shards *s, const char *dir, struct error *e)
{
    char path[4096];
    *s = (struct shards){.file = calloc(SHARDS, sizeof *s->file)};
    if (!s->file) return error_set(e, E_MEMORY, "no memory for a list of shards");
    TRY(file_join(path, sizeof path, dir, "model.safetensors.index.json", e));
    if (file_exists(path)) return open_index(s, dir, path, e);
    return open_file(s, dir, "model.safetensors", e);
}

static void close_shards(struct shards *s)
{
    for (int i = 0; i < s->n; i++) safe_close(&s->file[i]);
    if (s->index.root) jsn_close(&s->index);
    free(s->file);
}

static const struct safe_tensor *find(const struct shards *s, const char *name,
                                      const struct safe_file **in)
{
    for (int i = 0; i < s->n; i++) {
        const struct safe_tensor *t = safe_find(&s->file[i], name);
        *in = &s->file[i];
        if (t) return t;
    }
    *in = &s->file[0];
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Tensors of the files that the model lacks: fixed tables of old exports are harmless, the head of
 * a tied model must be the embedding. */
static int check_superfluous(const struct model *m, const struct shards *s, const char *dir,
                             const struct safe_tensor *t, struct error *e)
{
    int n;
    const struct tensor *tensor = model_tensors(m, &n);
    const struct safe_file *in;
    for (int i = 0; i < n; i++)
        if (strcmp(tensor[i].name, t->name) == 0) return OK;
    if (ends_with(t->name, "rotary_emb.inv_freq")) return OK;
    if (strcmp(t->name, "lm_head.weight") == 0 && model_config(m)->tie_word_embeddings) {
        const struct safe_tensor *embed = find(s, "model.embed_tokens.weight", &in);
        if (embed && embed->bytes == t->bytes && embed->dtype == t->dtype &&
            memcmp(embed->data, t->data, t->bytes) == 0)
            return OK;
        return error_set(
            e, E_FORMAT,
            "%s: lm_head.weight differs from model.embed_tokens.weight, but config.json "
            "says tie_word_embeddings",
            dir);
    }
    return error_set(e, E_FORMAT, "%s: the model has no tensor '%s', which the weights hold", dir,
                     t->name);
}

/* Learned parameters of encodings: model.layers.N.position.<type>.<name>. */
static bool of_position(const char *name)
{
    return strstr(name, ".position.") != NULL;
}

static int read_tensors(struct model *m, const struct shards *s, const char *dir,
                        bool other_position, struct error *e)
{
    int n;
    const struct tensor *t = model_tensors(m, &n);
    for (int i = 0; i < n; i++) {
        const struct safe_file *in;
        if (!find(s, t[i].name, &in) && other_position && of_position(t[i].name)) continue;
        if (!find(s, t[i].name, &in))
            return error_set(e, E_FORMAT, "%s: the weights lack tensor '%s'", dir, t[i].name);
        TRY(safe_read_real(in, t[i].name, t[i].n_dims, t[i].shape, model_weights(m) + t[i].offset,
                           e));
    }
    for (int i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->file[i].n; k++)
            if (!other_position || !of_position(s->file[i].tensor[k].name))
                TRY(check_superfluous(m, s, dir, &s->file[i].tensor[k], e));
    return OK;
}

static int load(struct model *m, const char *dir, bool other_position, struct error *e)
{
    struct shards s;
    int status = open_shards(&s, dir, e);
    if (!status) status = read_tensors(m, &s, dir, other_position, e);
    close_shards(&s);
    return status;
}

int hf_load_weights(struct model *m, const char *dir, struct error *e)
{
    return load(m, dir, false, e);
}

int hf_load_weights_but_position(struct model *m, const char *dir, struct error *e)
{
    return load(m, dir, true, e);
}

int hf_hash_weights(const char *dir, char hex[65], struct error *e)
{
    struct shards s;
    struct sha256 sum;
    sha256_init(&sum);
    int status = open_shards(&s, dir, e);
    for (int i = 0; i < s.n && !status; i++) status = sha256_add_file(&sum, s.file[i].path, e);
    close_shards(&s);
    sha256_hex(&sum, hex);
    return status;
}
