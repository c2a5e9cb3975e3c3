/* round.c -- see round.h. */
#include "src/lab/round.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two digits of 0.0996 are 0.10, not 0.100: round first, then count. */
int round_decimals(double half)
{
    char text[32];
    if (!(half > 0) || isinf(half)) return 4;
    snprintf(text, sizeof text, "%.1e", half);
    const int exponent = atoi(strchr(text, 'e') + 1);
    return exponent >= 1 ? 0 : 1 - exponent > 15 ? 15 : 1 - exponent;
}

char *round_text(char *text, double value, int decimals)
{
    if (isnan(value)) return strcpy(text, "-");
    snprintf(text, 64, "%.*f", decimals, value);
    if (text[0] == '-' && strspn(text + 1, "0.") == strlen(text + 1))
        memmove(text, text + 1, strlen(text));
    return text;
}

char *round_pair(char *text, double mean, double half)
{
    char m[64], h[64];
    round_text(m, mean, round_decimals(half));
    if (isnan(half)) return strcpy(text, m);
    snprintf(text, 128, "%s ± %s", m, round_text(h, half, round_decimals(half)));
    return text;
}

char *round_p(char *text, double p)
{
    if (isnan(p)) return strcpy(text, "-");
    if (p < 0.001) return strcpy(text, "< 0.001");
    snprintf(text, 32, p < 0.1 ? "%.3f" : "%.2f", p);
    return text;
}
