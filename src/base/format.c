/* format.c -- numbers as text: format_double of json.h. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/json.h"

/* A decimal of at most 15 digits survives the way through a normal double (DBL_DIG), so the first
 * try gives the shortest form whenever there is one so short; 17 digits always suffice. Bits are
 * compared: where subnormal numbers are flushed, all of them equal 0. */
char *format_double(char *text, double v)
{
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(plain);
    int digits = fabs(v) < DBL_MIN ? 1 : DBL_DIG;
    char tried[64];
    double back;
    do {
        snprintf(tried, sizeof tried, "%.*g", digits, v);
        back = strtod(tried, NULL);
    } while (++digits <= 17 && isfinite(v) && memcmp(&back, &v, sizeof v));
    uselocale(before);
    freelocale(plain);
    return strcpy(text, tried);
}
