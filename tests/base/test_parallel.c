/* Every thread of every team treats numbers below the normal range alike: as 0. */
#include <float.h>
#include <omp.h>

#include "tests/testing.h"

TEST(denormals_are_flushed_in_every_thread)
{
    for (int threads = 1; threads <= 8; threads += threads == 3 ? 5 : 1) {
        int flushed = 0, asked = 0;
        parallel_init(threads);
#pragma omp parallel reduction(+ : flushed, asked)
        {
            volatile float small = FLT_MIN;
            volatile double tiny = DBL_MIN;
            asked++;
            flushed += small / 2 == 0 && tiny / 2 == 0;
        }
        ck_assert_int_eq(asked, threads);
#ifdef __SSE__
        ck_assert_int_eq(flushed, threads);
#endif
    }
}
END

int main(void)
{
    return run_tests("parallel", denormals_are_flushed_in_every_thread, NULL);
}
