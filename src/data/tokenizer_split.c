/* tokenizer_split.c -- text is cut into words before merges: regular expressions through PCRE2.
 *
 * A splitter is a row of stages; each cuts every piece of the one before into its matches and what
 * lies between them, so nothing is lost. Patterns are written for other engines, hence
 *   \s, \S   become the code points of Unicode's White_Space (PCRE2 would add U+180E),
 *   \d, \D   become \p{Nd}, \P{Nd},
 *   $, ^     match at line ends (Oniguruma in Ruby syntax) or at the very ends (Rust),
 * and what would mean something else there than here (\w, \b, \h, sets inside sets, set
 * intersection, Ruby's greedy {n,m}+) is refused by name.
 *
 * PCRE2 needs valid UTF-8: runs of bytes that are not are pieces of their own. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/utf8.h"
#include "src/data/tokenizer_internal.h"

#define CONTRACTIONS "'(?i:[sdmt]|ll|ve|re)|"

/* Radford et al. 2019; tiktoken's r50k_base writes the same otherwise. */
const char split_gpt2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|"
                          "\\s+(?!\\S)|\\s+";
const char split_cl100k[] = CONTRACTIONS
    "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|"
    "\\s*[\\r\\n]|\\s+(?!\\S)|\\s";
const char split_o200k[] =
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const char split_llama3[] =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const char split_qwen2[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                           " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

static const char white_space[] = "\\t-\\r\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}"
                                  "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}";

enum { STAGES = 8, JIT_STACK = 64 << 20 };

struct splitter {
    int n;
    struct sha256 identity;
    pcre2_code *stage[STAGES]; /* NULL: the space in front */
};

struct split_state {
    const struct splitter *splitter;
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    char *spaced[STAGES];
    size_t spaced_size[STAGES];
};

/* ---- patterns ---- */

static int refuse(const char *name, const char *pattern, size_t at, const char *what,
                  struct error *e)
{
    return error_set(e, E_FORMAT, "'%s': the split pattern '%.300s' has %s at byte %zu: not done",
                     name, pattern, what, at);
}

/* A backslash and what follows; *i moves behind. */
static int translate_escape(char *out, const char *pattern, size_t *i, bool set, const char *name,
                            struct error *e)
{
    const char c = pattern[*i + 1];
    const size_t at = *i;
    *i += 2;
    if (c == 's')
        sprintf(out, set ? "%s" : "[%s]", white_space);
    else if (c == 'S' && !set)
        sprintf(out, "[^%s]", white_space);
    else if (c == 'd' || c == 'D')
        sprintf(out, "\\%c{Nd}", c == 'd' ? 'p' : 'P');
    else if (strchr("pPrntfx", c) || !((c | 32) >= 'a' && (c | 32) <= 'z')) {
        /* with the name in braces, if there is one */
        const char *name_end = pattern[*i] == '{' ? strchr(pattern + *i, '}') : NULL;
        const size_t more =
            name_end && strchr("pPx", c) ? (size_t)(name_end + 1 - pattern) - *i : 0;
        sprintf(out, "\\%c%.*s", c, (int)more, pattern + *i);
        *i += more;
    } else
        return refuse(name, pattern, at, "an escape sequence of another meaning", e);
    return OK;
}

static int translate(char *out, const char *pattern, size_t n, enum split_syntax syntax,
                     const char *name, struct error *e)
{
    bool set = false;
    for (size_t i = 0; i < n; out += strlen(out)) {
        const char c = pattern[i];
        if (c == '\\' && i + 1 < n) {
            TRY(translate_escape(out, pattern, &i, set, name, e));
            continue;
        }
        if (set && c == '[') return refuse(name, pattern, i, "a set inside a set", e);
        if (set && c == '&' && pattern[i + 1] == '&')
            return refuse(name, pattern, i, "an intersection of sets", e);
        if (!set && syntax == SPLIT_ONIG && c == '}' && pattern[i + 1] == '+')
            return refuse(name, pattern, i, "a repeated interval", e);
        if (c == '[' && !set) {
            set = true;
            /* ] and ^] in front are literal */
            out[0] = pattern[i++];
            out[1] = '\0';
            if (i < n && pattern[i] == '^') strcat(out, "^"), i++;
            if (i < n && pattern[i] == ']') strcat(out, "\\]"), i++;
            continue;
        }
        if (c == ']') set = false;
        out[0] = c;
        out[1] = '\0';
        i++;
    }
    return OK;
}

int splitter_open(struct splitter **s, struct error *e)
{
    *s = calloc(1, sizeof **s);
    if (!*s) return error_set(e, E_MEMORY, "no memory for a splitter");
    sha256_init(&(*s)->identity);
    return OK;
}

void splitter_identity(const struct splitter *s, char hex[65])
{
    struct sha256 h = s->identity;
    sha256_hex(&h, hex);
}

void splitter_close(struct splitter *s)
{
    for (int i = 0; s && i < s->n; i++) pcre2_code_free(s->stage[i]);
    free(s);
}

static int add(struct splitter *s, pcre2_code *code, struct error *e)
{
    if (s->n == STAGES) {
        pcre2_code_free(code);
        return error_set(e, E_FORMAT, "more than %d pre-tokenizers in a row", STAGES);
    }
    s->stage[s->n++] = code;
    return OK;
}

int splitter_add_space(struct splitter *s, struct error *e)
{
    sha256_add(&s->identity, " ", 1);
    return add(s, NULL, e);
}

int splitter_add(struct splitter *s, const char *pattern, size_t n, enum split_syntax syntax,
                 const char *name, struct error *e)
{
    char *text = malloc(n * sizeof white_space + 16);
    if (!text) return error_set(e, E_MEMORY, "no memory for a split pattern");
    *text = '\0';
    int status = OK;
    uint32_t flags = PCRE2_UTF | PCRE2_UCP;
    if (syntax == SPLIT_LITERAL)
        flags |= PCRE2_LITERAL, memcpy(text, pattern, n), text[n] = '\0';
    else
        status = translate(text, pattern, n, syntax, name, e);
    if (syntax == SPLIT_LITERAL) flags &= ~(uint32_t)PCRE2_UCP;
    if (syntax == SPLIT_ONIG) flags |= PCRE2_MULTILINE;
    if (syntax == SPLIT_RUST) flags |= PCRE2_DOLLAR_ENDONLY;
    int why;
    size_t at;
    pcre2_code *code = NULL;
    if (!status &&
        !(code = pcre2_compile((PCRE2_SPTR)text, strlen(text), flags, &why, &at, NULL))) {
        PCRE2_UCHAR message[128];
        pcre2_get_error_message(why, message, sizeof message);
        status = error_set(e, E_FORMAT, "'%s': the split pattern '%.300s' cannot be read: %s", name,
                           pattern, (const char *)message);
    }
    free(text);
    TRY(status);
    const uint64_t head[2] = {syntax, n};
    sha256_add(&s->identity, head, sizeof head);
    sha256_add(&s->identity, pattern, n);
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without it, matching is the same but slower */
    return add(s, code, e);
}

/* ---- matching ---- */

int split_state_open(struct split_state **out, const struct splitter *s, struct error *e)
{
    struct split_state *w = *out = calloc(1, sizeof *w);
    if (!w) return error_set(e, E_MEMORY, "no memory for a splitter");
    w->splitter = s;
    w->match = pcre2_match_data_create(1, NULL);
    w->context = pcre2_match_context_create(NULL);
    w->stack = pcre2_jit_stack_create(32 << 10, JIT_STACK, NULL);
    if (!w->match || !w->context || !w->stack)
        return error_set(e, E_MEMORY, "no memory for a splitter");
    pcre2_jit_stack_assign(w->context, NULL, w->stack);
    return OK;
}

void split_state_close(struct split_state *w)
{
    if (!w) return;
    for (int i = 0; i < STAGES; i++) free(w->spaced[i]);
    pcre2_match_data_free(w->match);
    pcre2_match_context_free(w->context);
    pcre2_jit_stack_free(w->stack);
    free(w);
}

struct run {
    struct split_state *w;
    split_piece *piece;
    void *to;
};

static int run_stage(const struct run *r, int stage, const char *text, size_t n, struct error *e);

static int run_space(const struct run *r, int stage, const char *text, size_t n, struct error *e)
{
    if (n && *text == ' ') return run_stage(r, stage + 1, text, n, e);
    if (r->w->spaced_size[stage] < n + 1) {
        free(r->w->spaced[stage]);
        r->w->spaced_size[stage] = 0;
        r->w->spaced[stage] = malloc(n + 1);
        if (!r->w->spaced[stage])
            return error_set(e, E_MEMORY, "no memory for a text of %zu bytes", n);
        r->w->spaced_size[stage] = n + 1;
    }
    char *copy = r->w->spaced[stage];
    copy[0] = ' ';
    memcpy(copy + 1, text, n);
    return run_stage(r, stage + 1, copy, n + 1, e);
}

static int run_stage(const struct run *r, int stage, const char *text, size_t n, struct error *e)
{
    if (stage == r->w->splitter->n) return r->piece(r->to, text, n, e);
    const pcre2_code *code = r->w->splitter->stage[stage];
    if (!code) return run_space(r, stage, text, n, e);
    for (size_t at = 0; at < n;) {
        const int found =
            pcre2_match(code, (PCRE2_SPTR)text, n, at, PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY,
                        r->w->match, r->w->context);
        if (found < 0 && found != PCRE2_ERROR_NOMATCH) {
            PCRE2_UCHAR message[128];
            pcre2_get_error_message(found, message, sizeof message);
            return error_set(e, E_FORMAT, "%zu bytes of text cannot be split into words: %s", n,
                             (const char *)message);
        }
        const size_t *range = pcre2_get_ovector_pointer(r->w->match);
        const size_t begin = found < 0 ? n : range[0], end = found < 0 ? n : range[1];
        if (begin > at) TRY(run_stage(r, stage + 1, text + at, begin - at, e));
        if (end > begin) TRY(run_stage(r, stage + 1, text + begin, end - begin, e));
        at = end;
    }
    return OK;
}

/* Bytes from `at` on that are valid UTF-8 (or that are not). */
static size_t run_of(const char *text, size_t n, size_t at, bool valid)
{
    size_t i = at;
    while (i < n) {
        uint64_t word;
        uint32_t code;
        if (valid && n - i >= 8 && (memcpy(&word, text + i, 8), !(word & 0x8080808080808080u))) {
            i += 8;
            continue;
        }
        const int size = utf8_next(text + i, n - i, &code);
        if ((size > 0) != valid) break;
        i += size ? (size_t)size : 1;
    }
    return i - at;
}

int split_run(struct split_state *w, const char *text, size_t n, split_piece *piece, void *to,
              struct error *e)
{
    const struct run r = {w, piece, to};
    bool valid = true;
    for (size_t at = 0; at < n; valid = !valid) {
        const size_t size = run_of(text, n, at, valid);
        if (size && valid) TRY(run_stage(&r, 0, text + at, size, e));
        if (size && !valid) TRY(piece(to, text + at, size, e));
        at += size;
    }
    return OK;
}
