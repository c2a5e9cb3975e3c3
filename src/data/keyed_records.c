/* keyed_records.c -- records that repeat by content: a key names the earlier record.
 *
 *   store   ['+'][2 symbols][key]     content is drawn
 *   recall  ['?'][key][2 symbols]     the content of the last store under this key
 *
 * The key of a store stands behind its content: a window that begins inside a store shows the key
 * of whatever content it shows, so that a hidden source is exactly uniform. When a store is written
 * its recall is booked g records later, where g is uniform within an octave of the lag law, if that
 * place and a key are free; a booked key is not used again before its recall, and a store is
 * recalled at most once. */
#include <string.h>

#include "src/data/records.h"

enum {
    CONTENT = 2,
    RECORD = 2 + CONTENT,
    RECORDS_MAX = RECORD_TOKENS_MAX / RECORD,
    KEYS = 26 + 10 + 10,
};

static const char keys[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZqrstuvwxyz0123456789";

/* A key that no booked recall waits for. */
static int free_key(struct rng *rng, const bool *busy, int n_busy)
{
    int k = (int)rng_below(rng, (uint64_t)(KEYS - n_busy));
    for (int i = 0;; i++)
        if (!busy[i] && !k--) return i;
}

static void write_document(struct rng *rng, int records, unsigned char *text, int32_t *gap)
{
    int source[RECORDS_MAX], key[RECORDS_MAX], n_busy = 0; /* source: of the recall booked here */
    bool busy[KEYS] = {false};
    for (int t = 0; t < records; t++) source[t] = -1;
    for (int t = 0; t < records; t++) {
        unsigned char *r = text + t * RECORD;
        const int from = source[t], lag = t - from;
        if (from >= 0) {
            r[0] = '?';
            r[1] = (unsigned char)keys[key[from]];
            memcpy(r + 2, text + from * RECORD + 1, CONTENT);
            busy[key[from]] = false;
            n_busy--;
        } else {
            const int octave = record_octave(rng);
            const int ahead =
                octave < 0 ? 0
                           : (1 << octave) - (int)rng_below(rng, (uint64_t)(1 << octave) / 2 + 1);
            const int k = key[t] = free_key(rng, busy, n_busy);
            /* one key always stays free for the next store */
            if (ahead && t + ahead < records && source[t + ahead] < 0 && n_busy < KEYS - 1) {
                source[t + ahead] = t;
                busy[k] = true;
                n_busy++;
            }
            r[0] = '+';
            for (int i = 0; i < CONTENT; i++) r[1 + i] = record_symbol(rng);
            r[1 + CONTENT] = (unsigned char)keys[k];
        }
        const int first = from >= 0 ? 2 : 1;
        for (int i = 0; gap && i < RECORD; i++)
            gap[t * RECORD + i] = i < first || i >= first + CONTENT ? GAP_UNSCORED
                                  : from >= 0                       ? lag * RECORD + 1
                                                                    : GAP_NONE;
    }
}

const struct generator generator_keyed_records = {
    .name = "keyed_records",
    .record = RECORD,
    .content = CONTENT,
    .least = RECORD_TOKENS_MIN,
    .most = RECORD_TOKENS_MAX,
    .skew = 1,
    .write = write_document,
};
