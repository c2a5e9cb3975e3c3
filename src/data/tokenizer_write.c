/* tokenizer_write.c -- learned merges as a tokenizer.json, as Hugging Face's ByteLevel BPE writes
 * it. */
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"
#include "src/data/tokenizer_internal.h"
#include "src/data/tokenizer_train.h"

enum { BYTES = 256, SPELLED = BYTE_LEVEL_MAX * TOKEN_TEXT_MAX };

/* The bytes in the order of the characters that spell them: first those that stand for themselves.
 */
unsigned char bpe_byte(int32_t id)
{
    char text[BYTE_LEVEL_MAX];
    int32_t place = 1;
    for (int high = 0; high < 2; high++)
        for (int b = 0; b < BYTES; b++) {
            byte_level_put((unsigned char)b, text);
            /* U+0100 and up begin with 0xC4 */
            const bool moved = (unsigned char)text[0] >= 0xC4;
            if (moved == high && place++ == id) return (unsigned char)b;
        }
    return 0;
}

/* How each token is spelled: rows of SPELLED bytes would be large, so a list of strings. */
static int spell(char ***out, int tokens, const struct bpe_merges *m, struct error *e)
{
    char **text = *out = calloc((size_t)tokens, sizeof *text);
    if (!text) return error_set(e, E_MEMORY, "no memory for %d tokens", tokens);
    for (int i = 1; i < tokens && i <= BYTES; i++) {
        text[i] = calloc(1, BYTE_LEVEL_MAX + 1);
        if (!text[i]) return error_set(e, E_MEMORY, "no memory for %d tokens", tokens);
        byte_level_put(bpe_byte(i), text[i]);
    }
    for (int i = 0; i < m->n; i++) {
        if (text[m->id[i]]) continue;
        const char *a = text[m->pair[i][0]], *b = text[m->pair[i][1]];
        char *both = malloc(strlen(a) + strlen(b) + 1);
        if (!both) return error_set(e, E_MEMORY, "no memory for %d tokens", tokens);
        strcpy(both, a);
        strcat(both, b);
        text[m->id[i]] = both;
    }
    return OK;
}

static void write_byte_level(struct jsn_out *o, const char *key, bool space, bool regex)
{
    jsn_map_begin(o, key);
    jsn_put_string(o, "type", "ByteLevel");
    jsn_put_bool(o, "add_prefix_space", space);
    jsn_put_bool(o, "trim_offsets", true);
    jsn_put_bool(o, "use_regex", regex);
    jsn_map_end(o);
}

static void write_split(struct jsn_out *o, const char *split)
{
    if (!split || !strcmp(split, "gpt2")) {
        write_byte_level(o, "pre_tokenizer", false, true);
        return;
    }
    jsn_map_begin(o, "pre_tokenizer");
    jsn_put_string(o, "type", "Sequence");
    jsn_array_begin(o, "pretokenizers");
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "type", "Split");
    jsn_map_begin(o, "pattern");
    jsn_put_string(o, "Regex",
                   !strcmp(split, "llama3")  ? split_llama3
                   : !strcmp(split, "qwen2") ? split_qwen2
                                             : split_o200k);
    jsn_map_end(o);
    jsn_put_string(o, "behavior", "Isolated");
    jsn_put_bool(o, "invert", false);
    jsn_map_end(o);
    write_byte_level(o, NULL, false, false);
    jsn_array_end(o);
    jsn_map_end(o);
}

static void write_added(struct jsn_out *o)
{
    static const char *const rules[] = {"single_word", "lstrip", "rstrip", "normalized"};
    jsn_array_begin(o, "added_tokens");
    jsn_map_begin(o, NULL);
    jsn_put_int(o, "id", 0);
    jsn_put_string(o, "content", "<|endoftext|>");
    for (int i = 0; i < 4; i++) jsn_put_bool(o, rules[i], false);
    jsn_put_bool(o, "special", true);
    jsn_map_end(o);
    jsn_array_end(o);
}

static int write_model(struct jsn_out *o, int tokens, char *const *text, const struct bpe_merges *m,
                       struct error *e)
{
    static const char *const absent[] = {"dropout", "unk_token", "continuing_subword_prefix",
                                         "end_of_word_suffix"};
    char *line = NULL;
    size_t room = 0;
    jsn_map_begin(o, "model");
    jsn_put_string(o, "type", "BPE");
    for (int i = 0; i < 4; i++) jsn_put_string(o, absent[i], NULL);
    jsn_put_bool(o, "fuse_unk", false);
    jsn_put_bool(o, "byte_fallback", false);
    jsn_put_bool(o, "ignore_merges", false);
    jsn_map_begin(o, "vocab");
    jsn_put_int(o, "<|endoftext|>", 0);
    for (int i = 1; i < tokens; i++) jsn_put_int(o, text[i], i);
    jsn_map_end(o);
    jsn_array_begin(o, "merges");
    for (int i = 0; i < m->n; i++) {
        const char *a = text[m->pair[i][0]], *b = text[m->pair[i][1]];
        const size_t n = strlen(a) + strlen(b) + 2;
        if (n > room) {
            free(line);
            line = malloc(room = 2 * n);
            if (!line) return error_set(e, E_MEMORY, "no memory for a merge");
        }
        snprintf(line, room, "%s %s", a, b);
        jsn_put_string(o, NULL, line);
    }
    free(line);
    jsn_array_end(o);
    jsn_map_end(o);
    return OK;
}

static int write_all(struct jsn_out *o, const char *split, int tokens, char *const *text,
                     const struct bpe_merges *m, struct error *e)
{
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "version", "1.0");
    jsn_put_string(o, "truncation", NULL);
    jsn_put_string(o, "padding", NULL);
    write_added(o);
    jsn_put_string(o, "normalizer", NULL);
    write_split(o, split);
    jsn_put_string(o, "post_processor", NULL);
    write_byte_level(o, "decoder", true, true);
    TRY(write_model(o, tokens, text, m, e));
    jsn_map_end(o);
    return OK;
}

int bpe_write(const char *path, const char *split, int tokens, const struct bpe_merges *m,
              struct error *e)
{
    char **text = NULL;
    struct jsn_out o;
    jsn_out_open(&o, true);
    int status = spell(&text, tokens, m, e);
    if (!status) status = write_all(&o, split, tokens, text, m, e);
    if (!status) status = file_write_all(path, o.text, o.length, e);
    jsn_out_close(&o);
    for (int i = 0; text && i < tokens; i++) free(text[i]);
    free(text);
    return status;
}
