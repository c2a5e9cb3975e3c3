/* test_spectrum.c -- spectra against the published code's steps, carried out in double elsewhere:
 * theta 500, 8 pairs, L 64. */
#include <math.h>

#include "tests/laws/samples.h"

enum { PAIRS = 8 };

static const struct {
    const char *options;
    double w[PAIRS];
} cases[] = {
    {"floor: 1",
     {1, 0.45986329782677027, 0.21147425268811282, 0.098174770424681035, 0.098174770424681035,
      0.098174770424681035, 0.098174770424681035, 0.098174770424681035}},
    {"floor: 2, floor_to: zero", {1, 0.45986329782677027, 0.21147425268811282, 0, 0, 0, 0, 0}},
    {"ceiling: 0.1, ceiling_to: value",
     {0.31415926535897931, 0.31415926535897931, 0.21147425268811282, 0.097249247246607301,
      0.044721359549995794, 0.020565711885957794, 0.0094574160900317578, 0.0043491185520819634}},
    {"ceiling: 0.1",
     {0, 0, 0.21147425268811282, 0.097249247246607301, 0.044721359549995794, 0.020565711885957794,
      0.0094574160900317578, 0.0043491185520819634}},
    {"snap: ceil",
     {1.0799224746714913, 0.49087385212340517, 0.2945243112740431, 0.098174770424681035,
      0.098174770424681035, 0.098174770424681035, 0.098174770424681035, 0.098174770424681035}},
    {"snap: floor", {0.98174770424681035, 0.39269908169872414, 0.19634954084936207, 0, 0, 0, 0, 0}},
    {"snap: half",
     {1.0308350894591509, 0.44178646691106466, 0.24543692606170259, 0.049087385212340517,
      0.049087385212340517, 0.049087385212340517, 0.049087385212340517, 0.049087385212340517}},
    {"floor: 1, floor_to: zero, snap: arange",
     {0.98174770424681035, 0.42542400517361778, 0.26179938779914941, 0, 0, 0, 0, 0}},
    {"floor: 1, floor_to: zero, snap: flip_arange",
     {1.0471975511965976, 0.42542400517361778, 0.19634954084936207, 0, 0, 0, 0, 0}},
    {"floor: 2, floor_to: zero, zero_ratio: 0.25",
     {1, 0.45986329782677027, 0.21147425268811282, 0.098174770424681035, 0.19634954084936207,
      0.2945243112740431, 0, 0}},
    {"zero_ratio: 0.3",
     {0, 0, 0, 0.097249247246607301, 0.044721359549995794, 0.020565711885957794,
      0.0094574160900317578, 0.0043491185520819634}},
    {"ceiling: 1, ceiling_to: value, zero_ratio: 0.3",
     {1, 0.45986329782677027, 0.21147425268811282, 0.097249247246607301, 0.044721359549995794, 0, 0,
      0}},
    {"distribution: linear, alternate_sign: true",
     {1.3744467859455345, -1.1780972450961724, 0.98174770424681035, -0.78539816339744828,
      0.58904862254808621, -0.39269908169872414, 0.19634954084936207, -0}},
    {"distribution: constant, low: 0.1, high: 0.7",
     {0.69999999999999996, 0.69999999999999996, 0.69999999999999996, 0.69999999999999996,
      0.69999999999999996, 0.69999999999999996, 0.69999999999999996, 0.69999999999999996}},
    {"low: 0.2, high: 0.6",
     {0.59999999999999998, 0.38394531913070806, 0.28458970107524512, 0.23889969889864293,
      0.21788854381999834, 0.20822628475438312, 0.20378296643601271, 0.20173964742083281}},
};

static void spectrum_of(const char *options, double w[PAIRS])
{
    struct specimen s;
    const struct rotary_geometry g = {ROTARY_HALF, 0, 2 * PAIRS, 2 * PAIRS};
    specimen_open(&s, "spectrum", options);
    for (int i = 0; i < PAIRS; i++) w[i] = pow(500, -2.0 * i / (2 * PAIRS));
    s.type->inv_freq(&s.at, &g, 0, w);
    specimen_close(&s);
}

TEST(steps_of_the_published_code)
{
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double w[PAIRS];
        spectrum_of(cases[k].options, w);
        for (int i = 0; i < PAIRS; i++)
            ck_assert_msg(fabs(w[i] - cases[k].w[i]) <= 1e-14, "%s: pair %d is %.17g, not %.17g",
                          cases[k].options, i, w[i], cases[k].w[i]);
    }
}
END

TEST(drawn_spectra)
{
    double w[PAIRS], again[PAIRS], other[PAIRS], most = 0;
    spectrum_of("distribution: uniform", w);
    spectrum_of("distribution: uniform", again);
    spectrum_of("distribution: uniform, seed: 1", other);
    ck_assert_mem_eq(w, again, sizeof w);
    ck_assert_mem_ne(w, other, sizeof w);
    for (int i = 0; i < PAIRS; i++) ck_assert(w[i] >= 0 && w[i] < 1);
    spectrum_of("distribution: gaussian", w);
    for (int i = 0; i < PAIRS; i++) {
        ck_assert(w[i] >= 0);
        most = fmax(most, w[i]);
    }
    ck_assert_double_eq(most, 1);
}
END

int main(void)
{
    return run_tests("spectrum", steps_of_the_published_code, drawn_spectra, NULL);
}
