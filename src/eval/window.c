/* window.c -- see window.h. */
#include "src/eval/window.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool strided(int64_t n, int width, int stride, int64_t k, struct window *w)
{
    w->begin = k * stride;
    w->from = k ? width + (k - 1) * stride + 1 : 1;
    w->to = least(width + k * stride + 1, n);
    return w->from < n;
}

static bool lm_eval(int64_t n, int width, int64_t k, struct window *w)
{
    w->from = k * width;
    w->to = least(w->from + width, n);
    w->begin = k ? w->to - width - 1 : -1;
    return w->from < n;
}

static bool llama_cpp(int64_t n, int width, int64_t k, struct window *w)
{
    w->begin = k * width;
    w->from = w->begin + width / 2 + 1;
    w->to = w->begin + width;
    return w->to <= n;
}

static bool yarn(int64_t n, int width, int stride, int64_t k, struct window *w)
{
    const int64_t before = k ? least((k - 1) * stride + width, n) : 0;
    w->begin = k * stride;
    w->to = least(w->begin + width, n);
    w->from = before > w->begin ? before : w->begin + 1;
    return k == 0 ? n > 0 : before < n;
}

bool window_at(enum window_mode mode, int64_t n, int width, int stride, int64_t k,
               struct window *out)
{
    switch (mode) {
    case WINDOW_MODE_DISJOINT:
        return strided(n, width, width, k, out);
    case WINDOW_MODE_STRIDED:
        return strided(n, width, stride, k, out);
    case WINDOW_MODE_LM_EVAL:
        return lm_eval(n, width, k, out);
    case WINDOW_MODE_LLAMA_CPP:
        return llama_cpp(n, width, k, out);
    case WINDOW_MODE_YARN:
        return yarn(n, width, stride, k, out);
    }
    return false;
}
