/* round.h -- how a number with an uncertainty is written: the half-width with two significant
 * digits, the mean to the same decimal. The same text in every format of a table. */
#ifndef LAB_ROUND_H
#define LAB_ROUND_H

/* Decimals for a half-width; NaN, 0 or infinite: 4. */
int round_decimals(double half);

/* "%.*f" without "-0.000"; NaN is "-" (nothing there). At least 64 bytes. */
char *round_text(char *text, double value, int decimals);

/* "3.412 ± 0.012", or the mean alone where there is no half-width. At least 128 bytes. */
char *round_pair(char *text, double mean, double half);

/* A p value: "0.013", "< 0.001", "-". At least 32 bytes. */
char *round_p(char *text, double p);

#endif
