/* slopes.c -- see slopes.h. */
#include "rope/slopes.h"

#include <math.h>

double alibi_slope(int head, int heads, double max_bias)
{
    int power = 1;
    while (2 * power <= heads) power *= 2;
    if (head < power) return exp2(-max_bias * (head + 1) / power);
    return exp2(-max_bias * (2 * (head - power) + 1) / (2 * power));
}
