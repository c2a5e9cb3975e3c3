/* Measure, then place: the same layout twice cannot disagree. */
#include "src/base/arena.h"

#include <stdint.h>

#include "tests/testing.h"

struct blocks {
    char *a;
    double *b;
    char *none;
    int *c;
};

static void lay_out(struct arena *a, struct blocks *b, size_t n)
{
    b->a = ARENA_TAKE(a, char, 1);
    b->b = ARENA_TAKE(a, double, n);
    b->none = ARENA_TAKE(a, char, 0);
    b->c = ARENA_TAKE(a, int, 17);
}

TEST(measured_and_placed)
{
    struct error e;
    struct blocks b, again;
    for (size_t n = 1; n < 3000; n = n * 3 + 1) {
        struct arena measure = ARENA_MEASURE, arena;
        lay_out(&measure, &b, n);
        ck_assert(!b.a && !b.b && !b.c);
        ck_assert_uint_eq(measure.used, 64 + (n * 8 + 63) / 64 * 64 + 128);
        MUST(arena_open(&arena, measure.used, &e), &e);
        lay_out(&arena, &b, n);
        ck_assert_uint_eq(arena.used, measure.used);
        ck_assert_uint_eq(arena.peak, measure.used);
        ck_assert(((uintptr_t)b.a | (uintptr_t)b.b | (uintptr_t)b.c) % ARENA_ALIGN == 0);
        for (size_t i = 0; i < n; i++) ck_assert(b.b[i] == 0);
        memset(b.a, 1, 1);
        memset(b.b, 2, n * sizeof *b.b);
        memset(b.c, 3, 17 * sizeof *b.c);
        ck_assert(b.a[0] == 1 && ((char *)b.b)[n * 8 - 1] == 2);
        arena_reset(&arena);
        ck_assert_uint_eq(arena.used, 0);
        lay_out(&arena, &again, n);
        ck_assert(again.a == b.a && again.b == b.b && again.c == b.c);
        ck_assert(again.c[16] == 0x03030303);
        ck_assert_uint_eq(arena.peak, measure.used);
        arena_close(&arena);
        ck_assert_ptr_null(arena.base);
        arena_close(&arena);
    }
}
END

TEST(opening_is_counted)
{
    struct error e;
    struct arena a;
    const size_t before = arena_opens();
    MUST(arena_open(&a, 0, &e), &e);
    ck_assert_uint_eq(arena_opens(), before + 1);
    arena_reset(&a);
    arena_take(&a, 64);
    arena_close(&a);
    ck_assert_uint_eq(arena_opens(), before + 1);
}
END

TEST(sizes_that_no_machine_has)
{
    struct error e;
    struct arena a;
    const size_t huge[][2] = {
        {SIZE_MAX, 1}, {SIZE_MAX - 63, 1}, {SIZE_MAX / 2, 3}, {SIZE_MAX / 8 + 2, 1}};
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        struct arena m = ARENA_MEASURE;
        for (size_t k = 0; k < huge[i][1]; k++) {
            if (i == 3)
                ARENA_TAKE(&m, double, huge[i][0]);
            else
                arena_take(&m, huge[i][0]);
        }
        arena_take(&m, 1000);
        ck_assert_uint_eq(m.used, SIZE_MAX);
        ck_assert_uint_eq(m.peak, SIZE_MAX);
        ck_assert_int_eq(arena_open(&a, m.used, &e), E_MEMORY);
        ck_assert_str_eq(e.text, "cannot map 17592186044416.0 MiB of memory");
        ck_assert_ptr_null(a.base);
    }
}
END

int main(void)
{
    return run_tests("arena", measured_and_placed, opening_is_counted, sizes_that_no_machine_has,
                     NULL);
}
