/* real.h -- the floating type of parameters and activations.
 *
 * float in every build that users run; double in the twin build (make REAL=double), which exists so
 * that gradients can be held against finite differences far below the rounding of float. */
#ifndef BASE_REAL_H
#define BASE_REAL_H

#include <float.h>

#ifdef REAL_DOUBLE
typedef double real;
#define REAL_EPSILON DBL_EPSILON
#define REAL_NAME "double"
#else
typedef float real;
#define REAL_EPSILON FLT_EPSILON
#define REAL_NAME "float"
#endif

#endif
