/* text_metrics.c -- see text_metrics.h. */
#include "src/eval/text_metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/eval/squad_text.h"

/* A text cut into words, in place. */
struct words {
    char *text;
    char **v;
    int n;
};

static void words_close(struct words *w)
{
    free(w->text);
    free(w->v);
}

/* Words of text, after `clean` has changed it; blanks separate. */
static int words_open(struct words *w, const char *text, void (*clean)(char *), struct error *e)
{
    *w = (struct words){.text = strdup(text)};
    const size_t most = strlen(text) / 2 + 2;
    w->v = calloc(most, sizeof *w->v);
    if (!w->text || !w->v) {
        words_close(w);
        return error_set(e, E_MEMORY, "no memory to compare texts");
    }
    clean(w->text);
    char *rest = NULL;
    for (char *s = strtok_r(w->text, " \t\n\r\f\v", &rest); s;
         s = strtok_r(NULL, " \t\n\r\f\v", &rest))
        w->v[w->n++] = s;
    return OK;
}

static void lower(char *s)
{
    for (; *s; s++)
        if (*s >= 'A' && *s <= 'Z') *s = (char)(*s - 'A' + 'a');
}

static void clean_rouge(char *s)
{
    lower(s);
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9'))) *s = ' ';
}

static double f_measure(double common, double n_text, double n_reference)
{
    if (common <= 0 || n_text <= 0 || n_reference <= 0) return 0;
    const double precision = common / n_text, recall = common / n_reference;
    return 2 * precision * recall / (precision + recall);
}

/* n-grams of words that a and b share, as multisets. `used` [b->n] is work. */
static int shared(const struct words *a, const struct words *b, int n, bool *used)
{
    int count = 0;
    memset(used, 0, (size_t)b->n * sizeof *used);
    for (int i = 0; i + n <= a->n; i++)
        for (int j = 0; j + n <= b->n; j++) {
            bool same = !used[j];
            for (int k = 0; k < n && same; k++) same = !strcmp(a->v[i + k], b->v[j + k]);
            if (!same) continue;
            used[j] = true;
            count++;
            break;
        }
    return count;
}

/* Longest common subsequence; row [b->n + 1] is work. */
static int lcs(const struct words *a, const struct words *b, int *row)
{
    memset(row, 0, ((size_t)b->n + 1) * sizeof *row);
    for (int i = 0; i < a->n; i++)
        for (int j = 0, corner = 0; j < b->n; j++) {
            const int up = row[j + 1];
            if (!strcmp(a->v[i], b->v[j]))
                row[j + 1] = corner + 1;
            else if (row[j] > up)
                row[j + 1] = row[j];
            corner = up;
        }
    return row[b->n];
}

static void squad(const struct words *a, const struct words *b, bool *used,
                  struct text_metrics *out)
{
    bool same = a->n == b->n;
    for (int i = 0; i < a->n && same; i++) same = !strcmp(a->v[i], b->v[i]);
    out->exact = same;
    /* two empty answers: 1 if both are empty, as in SQuAD 2's script; shared words otherwise */
    out->f1 = a->n && b->n ? f_measure(shared(a, b, 1, used), a->n, b->n) : same;
}

static void rouge(const struct words *a, const struct words *b, bool *used, int *row,
                  struct text_metrics *out)
{
    out->rouge_1 = f_measure(shared(a, b, 1, used), a->n, b->n);
    out->rouge_2 = f_measure(shared(a, b, 2, used), a->n - 1, b->n - 1);
    out->rouge_l = f_measure(lcs(a, b, row), a->n, b->n);
    out->rouge_geo = cbrt(out->rouge_1 * out->rouge_2 * out->rouge_l);
}

int text_metrics(const char *text, const char *reference, struct text_metrics *out, struct error *e)
{
    void (*const clean[2])(char *) = {squad_normalize, clean_rouge};
    *out = (struct text_metrics){0};
    for (int k = 0; k < 2; k++) {
        struct words a, b;
        TRY(words_open(&a, text, clean[k], e));
        if (words_open(&b, reference, clean[k], e)) {
            words_close(&a);
            return e->status;
        }
        bool *used = calloc((size_t)b.n + 1, sizeof *used);
        int *row = calloc((size_t)b.n + 1, sizeof *row);
        const bool ready = used && row;
        if (ready && k == 0) squad(&a, &b, used, out);
        if (ready && k == 1) rouge(&a, &b, used, row, out);
        free(used);
        free(row);
        words_close(&a);
        words_close(&b);
        if (!ready) return error_set(e, E_MEMORY, "no memory to compare texts");
    }
    return OK;
}
