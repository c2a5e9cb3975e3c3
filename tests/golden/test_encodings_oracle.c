/* test_encodings_oracle.c -- see encodings_oracle.h. */
#include "tests/golden/encodings_oracle.h"

int main(void)
{
    return run_oracle();
}
