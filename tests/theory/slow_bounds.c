/* Smallest bases of long rows, and the largest bases that fail: scans of many seconds. */
#include "src/num/cosine_sum.h"
#include "tests/theory/fixture.h"

/* arXiv:2405.14591 and Su's tighter search (kexue.fm/archives/10122), two digits: 8.4e4, 2.3e5, 6.3e5. At 16384 a scan by half
 * a per mille may step over a window of sound bases from 231,643.7 on and end at 234,070. */
TEST(bases_of_long_rows)
{
    static const struct {
        int length;
        double base, published;
    } rows[] = {{8192, 8.377e4, 8.4e4}, {16384, 2.31644e5, 2.3e5}, {32768, 6.300e5, 6.3e5}};
    for (int i = 0; i < 3; i++) {
        const double base = cosine_sum_base_bound(128, rows[i].length, 0.0005, 1e6, NULL);
        near_to(base / rows[i].base, 1, 5e-4, "half a per mille");
        near_to(base / rows[i].published, 1, 0.01, "two digits");
    }
}
END

/* By steps of a per cent up to 4e6: what fails is a set of narrow windows, which a step may jump over (128 channels, 8192
 * tokens: 393,290 fails, where a scan of another phase ends at 178,000). */
TEST(largest_bases_that_fail)
{
    static const struct {
        int d, length;
        double failing;
    } rows[] = {{32, 128, 1.21e3},  {32, 256, 7.38e3},  {32, 512, 1.88e4},  {32, 1024, 1.52e5},
                {32, 2048, 1.69e6}, {64, 128, 459},     {64, 256, 1.94e3},  {64, 512, 5.26e3},
                {64, 1024, 2.29e4}, {64, 2048, 7.42e4}, {64, 4096, 9.77e5}, {64, 8192, 1.9e6},
                {128, 128, 309},    {128, 256, 886},    {128, 512, 2.92e3}, {128, 1024, 5.99e3},
                {128, 2048, 2.27e4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double failing;
        cosine_sum_base_bound(rows[i].d, rows[i].length, 0.01, 4e6, &failing);
        char what[64];
        snprintf(what, sizeof what, "d %d, L %d", rows[i].d, rows[i].length);
        near_to(failing / rows[i].failing, 1, 0.012, what);
    }
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("slow bounds", bases_of_long_rows, largest_bases_that_fail, NULL);
}
