/* Every token once, for all lengths, widths and strides; what the compatible protocols score, by the
 * loops of their originals. */
#include "src/eval/window.h"
#include "tests/testing.h"

enum { MOST = 40 };

/* How often each token is scored; checks bounds and contexts. */
static void tally(enum window_mode mode, int n, int width, int stride, int times[MOST + 1])
{
    struct window w;
    memset(times, 0, sizeof(int) * (MOST + 1));
    for (int64_t k = 0; window_at(mode, n, width, stride, k, &w); k++) {
        ck_assert_int_le(k, n);
        ck_assert(w.begin >= -1 && w.to <= n && (w.from > w.begin || w.from >= w.to));
        ck_assert(w.begin >= 0 || mode == WINDOW_MODE_LM_EVAL);
        ck_assert_int_le(w.to - 1 - w.begin, width);
        for (int64_t j = w.from; j < w.to; j++) times[j]++;
    }
}

TEST(every_token_once)
{
    int times[MOST + 1];
    for (int n = 1; n <= MOST; n++)
        for (int width = 1; width <= MOST + 3; width++)
            for (int stride = 1; stride <= width; stride++) {
                tally(WINDOW_MODE_STRIDED, n, width, stride, times);
                for (int j = 0; j < n; j++) ck_assert_int_eq(times[j], j > 0);
                tally(WINDOW_MODE_DISJOINT, n, width, stride, times);
                for (int j = 0; j < n; j++) ck_assert_int_eq(times[j], j > 0);
                tally(WINDOW_MODE_LM_EVAL, n, width, stride, times);
                for (int j = 0; j < n; j++) ck_assert_int_eq(times[j], 1);
            }
}
END

/* A strided window's tokens see width - stride + 1 .. width tokens, after the first window. */
TEST(strided_contexts)
{
    struct window w;
    for (int width = 1; width < 20; width++)
        for (int stride = 1; stride <= width; stride++)
            for (int64_t k = 1; window_at(WINDOW_MODE_STRIDED, 100, width, stride, k, &w); k++) {
                ck_assert_int_eq(w.from - w.begin, width - stride + 1);
                ck_assert(w.to - w.begin == width + 1 || w.to == 100);
            }
}
END

/* lm_eval.utils.get_rolling_token_windows with context_len 1. */
TEST(lm_eval_windows)
{
    for (int n = 1; n <= MOST; n++)
        for (int width = 1; width <= MOST; width++) {
            struct window w;
            int64_t k = 0;
            int predicted = n < width ? n : width;
            ck_assert(window_at(WINDOW_MODE_LM_EVAL, n, width, 0, k++, &w));
            ck_assert(w.begin == -1 && w.from == 0 && w.to == predicted);
            while (predicted < n) {
                const int take = n - predicted < width ? n - predicted : width,
                          end = predicted + take;
                ck_assert(window_at(WINDOW_MODE_LM_EVAL, n, width, 0, k++, &w));
                ck_assert(w.begin == end - width - 1 && w.from == end - take && w.to == end);
                predicted += take;
            }
            ck_assert(!window_at(WINDOW_MODE_LM_EVAL, n, width, 0, k, &w));
        }
}
END

/* begin_loc, end_loc, trg_len of jquesnelle/yarn's eval/perplexity.py; labels are shifted inside the
 * window, so its first token is never one. */
TEST(yarn_windows)
{
    for (int n = 1; n <= MOST; n++)
        for (int width = 1; width <= MOST; width++)
            for (int stride = 1; stride <= width; stride++) {
                struct window w;
                int64_t k = 0;
                int before = 0;
                for (int begin = 0; begin < n; begin += stride) {
                    const int end = begin + width < n ? begin + width : n;
                    const int target = end - before,
                              from = end - target > begin ? end - target : begin + 1;
                    ck_assert(window_at(WINDOW_MODE_YARN, n, width, stride, k++, &w));
                    ck_assert(w.begin == begin && w.to == end && w.from == from);
                    before = end;
                    if (end == n) break;
                }
                ck_assert(!window_at(WINDOW_MODE_YARN, n, width, stride, k, &w));
            }
}
END

/* Chunks of n_ctx; logits n_ctx/2 .. n_ctx - 2 predict the tokens after them. */
TEST(llama_cpp_windows)
{
    for (int n = 1; n <= MOST; n++)
        for (int width = 2; width <= MOST; width++) {
            struct window w;
            const int chunks = n / width;
            for (int k = 0; k < chunks; k++) {
                ck_assert(window_at(WINDOW_MODE_LLAMA_CPP, n, width, 0, k, &w));
                ck_assert_int_eq(w.begin, k * width);
                ck_assert_int_eq(w.from, k * width + width / 2 + 1);
                ck_assert_int_eq(w.to - w.from, width - 1 - width / 2);
            }
            ck_assert(!window_at(WINDOW_MODE_LLAMA_CPP, n, width, 0, chunks, &w));
        }
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("window", every_token_once, strided_contexts, lm_eval_windows, yarn_windows,
                     llama_cpp_windows, NULL);
}
