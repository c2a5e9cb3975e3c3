/* hf.c -- config.json, both ways. */
#include "src/train/hf.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/train/hf_position.h"

/* Our own checkpoints that no Llama computes carry the two sections of the run as YAML text. */
struct own {
    struct model_config model;
    struct conf_variants position;
};

static const struct conf_field own_fields[] = {
    CONF_SECTION(struct own, model, &model_schema, "the decoder"),
    CONF_VARIANTS(struct own, position, &position_registry, "position encoding"),
    CONF_END,
};
static const struct conf_schema own_schema = {"ropewalk", sizeof(struct own), own_fields};

/* Keys that this file reads, and keys that do not change what a forward pass computes. */
static const char *const known[] = {
    "model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
    "num_attention_heads", "num_key_value_heads", "head_dim", "hidden_act",
    "max_position_embeddings", "rms_norm_eps", "initializer_range", "tie_word_embeddings",
    "attention_bias", "mlp_bias", "rope_theta", "rope_scaling", "rope_parameters",
    "original_max_position_embeddings", "partial_rotary_factor", "sliding_window",
    "use_sliding_window", "max_window_layers", "layer_types", "ropewalk",
    /* no effect */
    "architectures", "attention_dropout", "bos_token_id", "eos_token_id", "pad_token_id",
    "torch_dtype", "dtype", "use_cache", "pretraining_tp", "transformers_version", "_name_or_path",
    "unsloth_version", "auto_map", "return_dict", "output_attentions", "output_hidden_states",
    "id2label", "label2id", NULL};

static void note_unknown(const struct jsn_doc *d, const struct hf_notes *notes)
{
    for (void *it = jsn_first(d->root); it; it = jsn_next(d->root, it)) {
        int i = 0;
        while (known[i] && strcmp(known[i], jsn_key(it))) i++;
        if (!known[i]) hf_note(notes, "config.json: unknown key '%s' is ignored", jsn_key(it));
    }
}

static int refuse_true(const struct jsn_doc *d, const char *key, struct error *e)
{
    bool on = false;
    TRY(jsn_bool(d, d->root, key, false, &on, e));
    return on ? error_set(e, E_USAGE, "%s: %s true cannot be computed: valid is false", d->name,
                          key)
              : OK;
}

static int refuse(const struct jsn_doc *d, struct error *e)
{
    const char *act = "silu";
    double tp = 1;
    TRY(refuse_true(d, "attention_bias", e));
    TRY(refuse_true(d, "mlp_bias", e));
    TRY(jsn_string(d, d->root, "hidden_act", false, &act, e));
    if (strcmp(act, "silu") && strcmp(act, "swish"))
        return error_set(e, E_USAGE, "%s: hidden_act '%s' cannot be computed: valid is silu",
                         d->name, act);
    TRY(jsn_double(d, d->root, "pretraining_tp", false, &tp, e));
    if (tp != 1)
        return error_set(e, E_USAGE, "%s: pretraining_tp %g cannot be computed: valid is 1",
                         d->name, tp);
    return OK;
}

static int read_size(const struct jsn_doc *d, const char *key, bool required, int64_t most,
                     int *out, struct error *e)
{
    int64_t v = *out;
    TRY(jsn_int(d, d->root, key, required, &v, e));
    if (v < 0 || v > most || (required && v < 1))
        return error_set(e, E_FORMAT, "%s: %s %lld is not in [1, %lld]", d->name, key, (long long)v,
                         (long long)most);
    *out = (int)v;
    return OK;
}

/* ---- which layers slide ---- */

/* Whether each layer is listed as sliding_attention; without a list none is. */
static int read_layer_types(const struct jsn_doc *d, int layers, bool *slides, bool *given,
                            struct error *e)
{
    const jsn *types = jsn_get(d->root, "layer_types");
    *given = types && jsn_is_array(types);
    memset(slides, 0, (size_t)layers * sizeof *slides);
    if (!*given) return OK;
    if (jsn_length(types) != (size_t)layers)
        return error_set(e, E_FORMAT, "%s: layer_types lists %zu layers, num_hidden_layers is %d",
                         d->name, jsn_length(types), layers);
    for (int l = 0; l < layers; l++) {
        const jsn *t = jsn_at(types, (size_t)l);
        const char *name = jsn_is_string(t) ? jsn_as_string(t, NULL) : "";
        slides[l] = !strcmp(name, "sliding_attention");
        if (!slides[l] && strcmp(name, "full_attention"))
            return error_set(e, E_USAGE,
                             "%s: layer_types[%d] cannot be computed: valid are full_attention and "
                             "sliding_attention",
                             d->name, l);
    }
    return OK;
}

/* The window of a family: 4096 where the key is missing, none where it is null. */
static int read_window(const struct jsn_doc *d, int *window, const struct hf_notes *notes,
                       struct error *e)
{
    bool given = false;
    for (void *it = jsn_first(d->root); it; it = jsn_next(d->root, it))
        given |= !strcmp(jsn_key(it), "sliding_window");
    *window = given ? 0 : 4096;
    if (!given)
        hf_note(notes, "config.json: sliding_window is missing: %d, the default of its family",
                *window);
    return read_size(d, "sliding_window", false, 1 << 30, window, e);
}

/* Llama has no windows. Mistral's slides on every layer and reads no layer_types. Qwen3's, if
 * use_sliding_window, on the layers that layer_types lists, or else from max_window_layers on. */
static int find_sliding(const struct jsn_doc *d, const char *type, int *window, int layers,
                        bool *slides, const struct hf_notes *notes, struct error *e)
{
    const bool mistral = !strcmp(type, "mistral"), qwen = !strcmp(type, "qwen3");
    bool use = false, given;
    int from = 28;
    TRY(jsn_bool(d, d->root, "use_sliding_window", false, &use, e));
    TRY(read_layer_types(d, layers, slides, &given, e));
    if (mistral || (qwen && use)) TRY(read_window(d, window, notes, e));
    if (mistral) {
        for (int l = 0; l < layers; l++) slides[l] = true;
        return OK;
    }
    TRY(read_size(d, "max_window_layers", false, 1 << 28, &from, e));
    for (int l = 0; l < layers; l++) {
        if (!given) slides[l] = *window && l >= from;
        if (slides[l] && !*window)
            return error_set(e, E_USAGE,
                             "%s: layer_types[%d] is sliding_attention, which needs model_type "
                             "qwen3, use_sliding_window true and a sliding_window",
                             d->name, l);
    }
    if (!use || qwen) return OK;
    return error_set(e, E_USAGE, "%s: use_sliding_window true cannot be computed: valid is false",
                     d->name);
}

static int read_sliding(const struct jsn_doc *d, const char *type, struct hf_model *h,
                        const struct hf_notes *notes, struct error *e)
{
    struct model_config *c = &h->config;
    const int layers = c->num_hidden_layers;
    bool *slides = calloc((size_t)layers, sizeof *slides);
    int n = 0, window = 0;
    h->sliding = calloc((size_t)layers, sizeof *h->sliding);
    if (!slides || !h->sliding) {
        free(slides);
        return error_set(e, E_MEMORY, "no memory for the layers of %s", d->name);
    }
    const int status = find_sliding(d, type, &window, layers, slides, notes, e);
    for (int l = 0; !status && l < layers; l++)
        if (slides[l]) h->sliding[n++] = l;
    free(slides);
    TRY(status);
    c->sliding_window = n ? window : 0;
    if (c->sliding_window && n < layers)
        c->sliding_window_layers = (struct conf_layers){.n = n, .v = h->sliding};
    return OK;
}

/* Shape of a Llama, Mistral or Qwen3; the latter two have defaults of their own, so that what they
 * leave out must be given. */
static int read_shape(const struct jsn_doc *d, struct model_config *c, int *max_position,
                      const char *type, struct error *e)
{
    const bool llama = !strcmp(type, "llama"), qwen = !strcmp(type, "qwen3");
    c->rms_norm_eps = 1e-6;
    c->initializer_range = 0.02;
    c->qk_norm = qwen;
    *max_position = 2048;
    TRY(read_size(d, "vocab_size", true, 1 << 28, &c->vocab_size, e));
    TRY(read_size(d, "hidden_size", true, 1 << 20, &c->hidden_size, e));
    TRY(read_size(d, "intermediate_size", true, 1 << 22, &c->intermediate_size, e));
    TRY(read_size(d, "num_hidden_layers", true, 1 << 12, &c->num_hidden_layers, e));
    TRY(read_size(d, "num_attention_heads", true, 1 << 14, &c->num_attention_heads, e));
    TRY(read_size(d, "num_key_value_heads", !llama, 1 << 14, &c->num_key_value_heads, e));
    TRY(read_size(d, "head_dim", qwen, 1 << 14, &c->head_dim, e));
    TRY(read_size(d, "max_position_embeddings", !llama, 1 << 30, max_position, e));
    TRY(jsn_double(d, d->root, "rms_norm_eps", false, &c->rms_norm_eps, e));
    TRY(jsn_double(d, d->root, "initializer_range", false, &c->initializer_range, e));
    TRY(jsn_bool(d, d->root, "tie_word_embeddings", false, &c->tie_word_embeddings, e));
    TRY(refuse(d, e));
    if (model_config_resolve(c, e)) return error_wrap(e, "%s", d->name);
    return OK;
}

static int read_own(const struct jsn_doc *d, struct hf_model *h, struct error *e)
{
    const char *text;
    struct own own;
    struct conf *c = NULL;
    h->max_position_embeddings = 2048;
    TRY(read_size(d, "max_position_embeddings", false, 1 << 30, &h->max_position_embeddings, e));
    TRY(jsn_string(d, d->root, "ropewalk", true, &text, e));
    TRY(conf_open_text(&c, d->name, text, e));
    conf_bind(c, &own_schema, &own);
    int status = conf_finish(c, e);
    if (!status) status = model_config_resolve(&own.model, e);
    if (status) {
        conf_close(c);
        return status;
    }
    h->config = own.model;
    h->position = own.position;
    h->owned = c;
    return OK;
}

static int read_config(const struct jsn_doc *d, struct hf_model *h, const struct hf_notes *notes,
                       struct error *e)
{
    const char *type;
    if (!jsn_is_map(d->root)) return error_set(e, E_FORMAT, "%s: not a JSON object", d->name);
    TRY(jsn_string(d, d->root, "model_type", true, &type, e));
    if (!strcmp(type, "ropewalk")) return read_own(d, h, e);
    if (strcmp(type, "llama") && strcmp(type, "mistral") && strcmp(type, "qwen3"))
        return error_set(e, E_USAGE,
                         "%s: model_type '%s' cannot be computed (valid: llama, mistral, qwen3, "
                         "ropewalk)",
                         d->name, type);
    TRY(read_shape(d, &h->config, &h->max_position_embeddings, type, e));
    TRY(read_sliding(d, type, h, notes, e));
    struct conf *owner = NULL;
    TRY(hf_position_read(d, h->max_position_embeddings, notes, &h->position, &owner, e));
    h->owned = owner;
    note_unknown(d, notes);
    return OK;
}

int hf_open(struct hf_model *h, const char *dir, void (*note)(void *, const char *), void *data,
            struct error *e)
{
    char path[4096];
    struct jsn_doc d;
    const struct hf_notes notes = {note, data};
    *h = (struct hf_model){0};
    TRY(file_join(path, sizeof path, dir, "config.json", e));
    TRY(jsn_open(&d, path, e));
    const int status = read_config(&d, h, &notes, e);
    jsn_close(&d);
    if (status) hf_close(h);
    return status;
}

void hf_close(struct hf_model *h)
{
    if (h->owned) conf_close(h->owned);
    free(h->sliding);
    *h = (struct hf_model){0};
}

/* ---- writing ---- */

static int put_own(struct jsn_out *o, const struct model_config *c,
                   const struct conf_variants *position, struct error *e)
{
    const struct own own = {*c, *position};
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    if (!f) return error_set(e, E_MEMORY, "no memory for config.json");
    conf_write(f, &own_schema, &own, false);
    fclose(f);
    jsn_put_string(o, "ropewalk", text);
    free(text);
    return OK;
}

static bool exact(const struct model_config *c, const struct conf_variants *position)
{
    return !c->sliding_window && c->final_logit_softcapping == 0 &&
           c->attn_logit_softcapping == 0 && hf_position_exact(position);
}

static void put_shape(struct jsn_out *o, const struct model_config *c, int max_position)
{
    jsn_put_int(o, "vocab_size", c->vocab_size);
    jsn_put_int(o, "hidden_size", c->hidden_size);
    jsn_put_int(o, "intermediate_size", c->intermediate_size);
    jsn_put_int(o, "num_hidden_layers", c->num_hidden_layers);
    jsn_put_int(o, "num_attention_heads", c->num_attention_heads);
    jsn_put_int(o, "num_key_value_heads", c->num_key_value_heads);
    jsn_put_int(o, "head_dim", c->head_dim);
    jsn_put_string(o, "hidden_act", "silu");
    jsn_put_int(o, "max_position_embeddings", max_position);
    jsn_put_double(o, "initializer_range", c->initializer_range);
    jsn_put_double(o, "rms_norm_eps", c->rms_norm_eps);
    jsn_put_bool(o, "tie_word_embeddings", c->tie_word_embeddings);
    jsn_put_bool(o, "attention_bias", false);
    jsn_put_bool(o, "mlp_bias", false);
    jsn_put_string(o, "torch_dtype", sizeof(real) == 4 ? "float32" : "float64");
}

int hf_write_config(const char *path, const struct model_config *c,
                    const struct conf_variants *position, int max_position_embeddings,
                    struct error *e)
{
    struct jsn_out o;
    const bool llama = exact(c, position);
    int status = OK;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_array_begin(&o, "architectures");
    jsn_put_string(&o, NULL,
                   !llama       ? "RopewalkForCausalLM"
                   : c->qk_norm ? "Qwen3ForCausalLM"
                                : "LlamaForCausalLM");
    jsn_array_end(&o);
    jsn_put_string(&o, "model_type", !llama ? "ropewalk" : c->qk_norm ? "qwen3" : "llama");
    put_shape(&o, c, max_position_embeddings);
    if (llama)
        hf_position_write(&o, position, max_position_embeddings);
    else
        status = put_own(&o, c, position, e);
    jsn_map_end(&o);
    if (!status) status = file_write_all(path, o.text, o.length, e);
    jsn_out_close(&o);
    return status;
}
