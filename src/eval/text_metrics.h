/* text_metrics.h -- a text against a reference, as the reference implementations define it.
 *
 *   f1, exact   SQuAD's evaluate script (Rajpurkar et al. 2016, arXiv 1606.05250): lower case, no
 *               ASCII punctuation, no articles (a, an, the), single blanks; words as a bag
 *   rouge_1, rouge_2, rouge_l   Google's rouge_score without stemmer (Lin 2004): lower case, words are
 *               runs of a-z and 0-9; F1 of n-grams as multisets, of the longest common subsequence
 *   rouge_geo   geometric mean of the three (Shaham et al. 2022, arXiv 2201.03533)
 * All in [0, 1]. Pure; E_MEMORY alone can fail. */
#ifndef EVAL_TEXT_METRICS_H
#define EVAL_TEXT_METRICS_H

#include "src/base/error.h"

struct text_metrics {
    double f1, exact, rouge_1, rouge_2, rouge_l, rouge_geo;
};

int text_metrics(const char *text, const char *reference, struct text_metrics *out,
                 struct error *e);

#endif
