/* window.h -- how a long text is cut into passes that score it: one rule per protocol.
 *
 * A window reads tokens [begin, to - 1) and scores tokens [from, to); token j is scored from those
 * before it. N tokens, at most W of them read at a time:
 *
 *   disjoint   windows side by side: contexts 1 .. W
 *   strided    windows S apart; after the first, which scores all it can, a window scores its last
 *              S tokens: contexts W - S + 1 .. W (Press et al. 2021, arXiv 2108.12409)
 *   lm_eval    loglikelihood_rolling of lm-evaluation-harness: disjoint, the first token is scored
 *              too, from an end-of-document token before it; the last window reads W tokens back
 *   llama_cpp  its perplexity tool: whole windows of W alone, each scored in its second half
 *   yarn       eval/perplexity.py of jquesnelle/yarn: windows S apart, what the one before has not
 *              scored; the mean over windows of their means, whatever they hold
 *
 * disjoint, strided and lm_eval score every token once (but the first, in the first two); the
 * others lose tokens as their originals do. Pure functions. */
#ifndef EVAL_WINDOW_H
#define EVAL_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum window_mode {
    WINDOW_MODE_DISJOINT,
    WINDOW_MODE_STRIDED,
    WINDOW_MODE_LM_EVAL,
    WINDOW_MODE_LLAMA_CPP,
    WINDOW_MODE_YARN
};

struct window {
    int64_t begin, from, to; /* begin -1: the end-of-document token stands before the text */
};

/* Window k of a text of n tokens; false: there are no more. A window may score nothing. */
bool window_at(enum window_mode mode, int64_t n, int width, int stride, int64_t k,
               struct window *out);

#endif
