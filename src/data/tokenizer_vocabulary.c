/* tokenizer_vocabulary.c -- tokens by id and by text, merges by pair, added tokens. See
 * tokenizer_internal.h. */
#include <stdlib.h>
#include <string.h>

#include "src/base/utf8.h"
#include "src/data/tokenizer_internal.h"

#define NO_PAIR UINT64_MAX

static size_t table_size(size_t n)
{
    size_t size = 16;
    while (size < 2 * n) size *= 2;
    return size;
}

static uint64_t hash_text(const char *text, size_t n)
{
    uint64_t h = n;
    for (; n >= 8; text += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, text, 8);
        h = (h ^ word) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    uint64_t word = 0;
    memcpy(&word, text, n);
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

int vocabulary_open(struct vocabulary **out, int n, size_t merges, struct error *e)
{
    struct vocabulary *v = *out = calloc(1, sizeof *v);
    if (!v) return error_set(e, E_MEMORY, "no memory for a vocabulary");
    const size_t size = (size_t)n + 1, ids = table_size(size);
    v->n = n;
    v->find_mask = ids - 1;
    v->at = calloc(size, sizeof *v->at);
    v->length = calloc(size, sizeof *v->length);
    v->find = malloc(ids * sizeof *v->find);
    if (!v->at || !v->length || !v->find)
        return error_set(e, E_MEMORY, "no memory for a vocabulary of %d tokens", n);
    memset(v->find, -1, ids * sizeof *v->find);
    sha256_init(&v->identity);
    return vocabulary_reserve_merges(v, merges, e);
}

int vocabulary_reserve_merges(struct vocabulary *v, size_t merges, struct error *e)
{
    const size_t pairs = table_size(merges);
    free(v->merge);
    v->merge = malloc(pairs * sizeof *v->merge);
    if (!v->merge) return error_set(e, E_MEMORY, "no memory for %zu merges", merges);
    for (size_t i = 0; i < pairs; i++) v->merge[i].pair = NO_PAIR;
    v->merge_mask = pairs - 1;
    return OK;
}

void vocabulary_close(struct vocabulary *v)
{
    if (!v) return;
    free(v->at);
    free(v->length);
    free(v->text);
    free(v->find);
    free(v->merge);
    for (int i = 0; i < v->n_added; i++) free((char *)v->added[i].text);
    free(v->added);
    free(v);
}

int32_t vocabulary_find(const struct vocabulary *v, const char *text, size_t n)
{
    for (size_t i = hash_text(text, n);; i++) {
        const int32_t id = v->find[i & v->find_mask];
        if (id < 0) return -1;
        if (v->length[id] == n && !memcmp(v->text + v->at[id], text, n)) return id;
    }
}

int vocabulary_add(struct vocabulary *v, const char *name, int32_t id, const char *text, size_t n,
                   bool model, struct error *e)
{
    if (id < 0 || id >= v->n)
        return error_set(e, E_FORMAT, "'%s': id %d is not in [0, %d)", name, id, v->n);
    if (!n || n > TOKEN_TEXT_MAX)
        return error_set(e, E_FORMAT, "'%s': token %d has %zu bytes: 1 to %d can be", name, id, n,
                         TOKEN_TEXT_MAX);
    if (v->length[id]) return error_set(e, E_FORMAT, "'%s': id %d stands twice", name, id);
    const int32_t other = model ? vocabulary_find(v, text, n) : -1;
    if (other >= 0)
        return error_set(e, E_FORMAT, "'%s': tokens %d and %d have the same text", name, other, id);
    if (v->capacity - v->used < n) {
        const size_t capacity = 2 * v->capacity + 65536;
        char *more = realloc(v->text, capacity);
        if (!more) return error_set(e, E_MEMORY, "no memory for a vocabulary of %d tokens", v->n);
        v->text = more;
        v->capacity = capacity;
    }
    memcpy(v->text + v->used, text, n);
    v->at[id] = (uint32_t)v->used;
    v->length[id] = (uint32_t)n;
    v->used += n;
    if (!model) return OK;
    size_t i = hash_text(text, n);
    while (v->find[i & v->find_mask] >= 0) i++;
    v->find[i & v->find_mask] = id;
    return OK;
}

static size_t pair_slot(const struct vocabulary *v, uint64_t pair)
{
    uint64_t h = pair * 0x9E3779B97F4A7C15u;
    size_t i = (size_t)(h >> 20 ^ h >> 40);
    while (v->merge[i & v->merge_mask].pair != NO_PAIR && v->merge[i & v->merge_mask].pair != pair)
        i++;
    return i & v->merge_mask;
}

static uint64_t pair_of(int32_t left, int32_t right)
{
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

void vocabulary_merge(struct vocabulary *v, int32_t left, int32_t right, int32_t rank, int32_t id)
{
    const struct merge m = {pair_of(left, right), rank, id};
    v->merge[pair_slot(v, m.pair)] = m;
    v->merges++;
    sha256_add(&v->identity, &m, sizeof m);
}

const struct merge *vocabulary_pair(const struct vocabulary *v, int32_t left, int32_t right)
{
    const struct merge *m = &v->merge[pair_slot(v, pair_of(left, right))];
    return m->pair == NO_PAIR ? NULL : m;
}

/* ---- added tokens ---- */

int vocabulary_add_special(struct vocabulary *v, struct added_token token, struct error *e)
{
    struct added_token *more = realloc(v->added, (size_t)(v->n_added + 1) * sizeof *more);
    if (more) v->added = more;
    char *copy = malloc(token.n + 1);
    if (!more || !copy) {
        free(copy);
        return error_set(e, E_MEMORY, "no memory for a vocabulary");
    }
    memcpy(copy, token.text, token.n);
    token.text = copy;
    /* the longest first: it wins where several begin at one place */
    int i = v->n_added++;
    for (; i > 0 && v->added[i - 1].n < token.n; i--) v->added[i] = v->added[i - 1];
    v->added[i] = token;
    return OK;
}

/* Bytes of white space (Unicode's White_Space) at the beginning of text. */
static size_t white_space(const char *text, size_t n)
{
    uint32_t c;
    const int size = utf8_next(text, n, &c);
    const bool white = size && ((c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 ||
                                c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
                                c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000);
    return white ? (size_t)size : 0;
}

static void take_white_space(const struct added_token *a, const char *text, size_t n, size_t from,
                             struct added_place *place)
{
    for (size_t size = 1; a->takes_left && size && place->at > from;) {
        size = 0;
        for (size_t back = 1; back <= 3 && !size && back <= place->at - from; back++)
            if (white_space(text + place->at - back, back) == back) size = back;
        place->at -= size;
    }
    for (size_t size; a->takes_right && (size = white_space(text + place->end, n - place->end));)
        place->end += size;
}

const struct added_token *added_find(const struct vocabulary *v, const char *text, size_t n,
                                     size_t from, bool normalized, bool special,
                                     struct added_place *place)
{
    bool first[256] = {0}, any = false;
    for (int i = 0; i < v->n_added; i++) {
        const struct added_token *a = &v->added[i];
        if (a->normalized != normalized || (a->special && !special)) continue;
        any = first[(unsigned char)a->text[0]] = true;
    }
    for (size_t p = from; any && p < n; p++) {
        if (!first[(unsigned char)text[p]]) continue;
        for (int i = 0; i < v->n_added; i++) {
            const struct added_token *a = &v->added[i];
            if (a->normalized != normalized || (a->special && !special)) continue;
            if (a->n > n - p || memcmp(a->text, text + p, a->n)) continue;
            *place = (struct added_place){p, p + a->n};
            take_white_space(a, text, n, from, place);
            return a;
        }
    }
    return NULL;
}

/* ---- bytes and their printable spelling ---- */

static bool printable(int byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

int byte_level_put(unsigned char byte, char out[BYTE_LEVEL_MAX])
{
    int code = byte;
    if (!printable(byte)) {
        code = 0x100;
        for (int i = 0; i < byte; i++) code += !printable(i);
    }
    return utf8_put((uint32_t)code, out);
}

static int byte_of(uint32_t code)
{
    if (code < 0x100) return printable((int)code) ? (int)code : -1;
    for (int byte = 0, next = 0x100; byte < 0x100; byte++)
        if (!printable(byte) && next++ == (int)code) return byte;
    return -1;
}

int byte_level_read(const char *text, size_t n, char *out)
{
    int length = 0;
    for (size_t i = 0; i < n;) {
        uint32_t code;
        const int size = utf8_next(text + i, n - i, &code), byte = size ? byte_of(code) : -1;
        if (byte < 0) return -1;
        out[length++] = (char)byte;
        i += (size_t)size;
    }
    return length;
}
