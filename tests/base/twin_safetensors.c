/* The double build keeps tensors as F64 and reads the narrower types exactly. */
#include "src/base/safetensors.h"
#include "tests/base/scratch.h"

TEST(tensors_of_the_double_build)
{
    struct error e;
    struct safe_writer *w;
    struct safe_file s;
    const real x[3] = {1.0 / 3, -1e300, 5};
    const float f[3] = {1.0f / 3, -3e38f, 1e-40f};
    const uint16_t h[3] = {0x3555, 0x0001, 0xFC00};
    const int64_t n = 3;
    real out[3];
    MUST(safe_writer_open(&w, &e), &e);
    safe_writer_add(w, "x", SAFE_REAL, 1, &n, x);
    safe_writer_add(w, "f", SAFE_F32, 1, &n, f);
    safe_writer_add(w, "h", SAFE_F16, 1, &n, h);
    MUST(safe_writer_commit(w, in_scratch("t"), &e), &e);
    safe_writer_close(w);
    MUST(safe_open(&s, in_scratch("t"), &e), &e);
    ck_assert_int_eq(safe_find(&s, "x")->dtype, SAFE_F64);
    MUST(safe_read_real(&s, "x", 1, &n, out, &e), &e);
    ck_assert_int_eq(memcmp(out, x, sizeof x), 0);
    MUST(safe_read_real(&s, "f", 1, &n, out, &e), &e);
    for (int i = 0; i < 3; i++) ck_assert(out[i] == f[i]);
    MUST(safe_read_real(&s, "h", 1, &n, out, &e), &e);
    ck_assert(out[0] == 0.333251953125 && out[1] == 0x1p-24 && out[2] == -INFINITY);
    safe_close(&s);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("safetensors", tensors_of_the_double_build, NULL));
}
