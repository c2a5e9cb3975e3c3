/* figure_style.c -- one colour, dash and point for each kind of encoding, in every figure.
 *
 * Seven strong colours of Wong 2011 (Nature Methods 8, 441), told apart by colour-blind readers; where
 * there are more kinds than colours, the dash changes. Points differ throughout, so that print in
 * grey can be read too. */
#include <ctype.h>
#include <string.h>

#include "src/lab/figure.h"

static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                      "#e69f00", "#56b4e9", "#000000"};
enum { COLOURS = 7 };

/* The order is the order of slots: kinds that are often compared have different colours. */
static const char *const keys[] = {
    "rope",
    "linear",
    "abf",
    "xpos",
    "yarn",
    "ntk",
    "alibi",
    "dynamic",
    "llama3",
    "nope",
    "fox",
    "longrope",
    "t5",
    "kerple_log",
    "fire",
    "cable",
    "cope",
    "pope",
    "proportional",
    "fope",
    "sinusoidal",
    "kerple_power",
    "randomized",
    "dape",
    "alibi_learned",
    "half_truncate",
    "hope_hf",
    "learned_absolute",
    "pose",
    "kerple_weight",
    "self_extend",
    "rerope",
    "leaky_rerope",
    "dual_chunk",
    "freq_list",
    "ssmax",
    "logn",
    "llama4_scale",
    "ministral_scale",
    "softcap",
    "learned_freq",
    "spectrum",
};
enum { KEYS = sizeof keys / sizeof *keys };

static struct figure_style slot(int k)
{
    static const int points[] = {7, 5, 9, 11, 13, 4, 6, 8, 10, 12, 14, 1, 2, 3};
    return (struct figure_style){colours[k % COLOURS], 1 + k / COLOURS % 5, points[k % 14]};
}

/* Slot of a key, -1 if it has none. */
static int slot_of(const char *key)
{
    for (int i = 0; key && i < KEYS; i++)
        if (strcmp(keys[i], key) == 0) return i;
    return -1;
}

const char *figure_key(const char *name)
{
    char word[64];
    for (const char *s = name; *s;) {
        size_t n = 0;
        while (s[n] == '_' || isalnum((unsigned char)s[n])) n++;
        for (size_t i = 0; n < sizeof word && i < n; i++)
            word[i] = (char)tolower((unsigned char)s[i]);
        if (n && n < sizeof word) {
            word[n] = '\0';
            const int k = slot_of(word);
            if (k >= 0) return keys[k];
        }
        s += n + !n;
    }
    return NULL;
}

/* Chance, the best possible: what curves are held against. */
static bool is_reference(const struct result_series *s)
{
    return s->key && strcmp(s->key, "reference") == 0;
}

void figure_styles(const struct result *r, struct figure_style out[RESULT_SERIES])
{
    int seen[KEYS] = {0}, next = 0;
    for (int i = 0; i < r->n_series; i++) {
        const int k = slot_of(r->series[i].key);
        if (is_reference(&r->series[i])) out[i] = (struct figure_style){"#777777", 3, 0};
        if (k < 0) continue;
        out[i] = slot(k);
        out[i].dash = 1 + (out[i].dash - 1 + seen[k]) % 5; /* again the same kind: another dash */
        out[i].point = slot(k + seen[k]).point;
        seen[k]++;
    }
    for (int i = 0; i < r->n_series; i++) {
        if (slot_of(r->series[i].key) >= 0 || is_reference(&r->series[i])) continue;
        while (next < KEYS && seen[next]) next++; /* colours that no kind has here */
        out[i] = slot(next++);
    }
}
