/* format.c -- numbers as text: format_double of json.h. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"

/* A decimal of at most 15 digits survives the way through a normal double (DBL_DIG), so the first
 * try gives the shortest form whenever there is one so short; 17 digits always suffice. */
char *format_double(char *text, double v)
{
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(plain);
    int digits = fabs(v) < DBL_MIN ? 1 : DBL_DIG;
    char tried[64];
    do snprintf(tried, sizeof tried, "%.*g", digits, v);
    while (++digits <= 17 && isfinite(v) && strtod(tried, NULL) != v);
    uselocale(before);
    freelocale(plain);
    return strcpy(text, tried);
}
