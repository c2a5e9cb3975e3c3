/* test_vmath.c -- functions over arrays beside the C library's; any length, any place in it. */
#include <float.h>
#include <math.h>

#include "src/num/vmath.h"
#include "tests/testing.h"

enum { N = 4000 };

/* Steps between two floats of one sign, as the library rounds the double. */
static double ulps(real have, double want)
{
    const float f = (float)want;
    return fabs((double)have - want) / ((double)nextafterf(f, INFINITY) - (double)f);
}

TEST(log1p_is_the_librarys)
{
    static real x[N], y[N];
    x[0] = 0;
    for (int i = 1; i < N; i++) x[i] = (real)pow(10, -30 + 68.0 * i / N); /* to 1e38 */
    vlog1p(y, x, N);
    ck_assert(y[0] == 0);
    for (int i = 1; i < N; i++)
        ck_assert_msg(ulps(y[i], log1p((double)x[i])) <= 4, "ln(1 + %g) is %.9g", (double)x[i],
                      (double)y[i]);
}
END

/* A value's bits do not depend on its index, the count, or whether it is done in place. */
TEST(log1p_is_elementwise)
{
    real x[67], y[67];
    for (int i = 0; i < 67; i++) x[i] = (real)(0.01 * i * i);
    vlog1p(y, x, 67);
    for (int i = 0; i < 67; i++) {
        real one = x[i];
        vlog1p(&one, &one, 1);
        ck_assert(one == y[i]);
    }
}
END

int main(void)
{
    return run_tests("vmath", log1p_is_the_librarys, log1p_is_elementwise, NULL);
}
