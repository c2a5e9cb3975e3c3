/* copy_lag.c -- records that repeat by offset: the marker says how far back.
 *
 *   record  [marker][4 symbols]    marker '.': drawn;  '0' + j: as the record 2^j records earlier
 *
 * A copy is written only if the earlier record exists and was never copied; otherwise the content
 * is drawn. */
#include <string.h>

#include "src/data/records.h"

enum { CONTENT = 4, RECORD = 1 + CONTENT, RECORDS_MAX = RECORD_TOKENS_MAX / RECORD };

static void write_document(struct rng *rng, int records, unsigned char *text, int32_t *gap)
{
    bool copied[RECORDS_MAX] = {false};
    for (int t = 0; t < records; t++, text += RECORD) {
        const int octave = record_octave(rng), lag = octave < 0 ? 0 : 1 << octave;
        const bool copy = lag && lag <= t && !copied[t - lag];
        text[0] = copy ? (unsigned char)('0' + octave) : '.';
        if (copy) {
            copied[t - lag] = true;
            memcpy(text + 1, text + 1 - lag * RECORD, CONTENT);
        } else {
            for (int i = 1; i < RECORD; i++) text[i] = record_symbol(rng);
        }
        for (int i = 0; gap && i < RECORD; i++)
            gap[t * RECORD + i] = !i ? GAP_UNSCORED : copy ? lag * RECORD : GAP_NONE;
    }
}

const struct generator generator_copy_lag = {
    .name = "copy_lag",
    .record = RECORD,
    .content = CONTENT,
    .least = RECORD_TOKENS_MIN,
    .most = RECORD_TOKENS_MAX,
    .skew = 1,
    .write = write_document,
};
