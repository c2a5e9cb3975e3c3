/* NumPy arrays: golden bytes, all integer types, headers that lie. */
#include "src/base/npy.h"
#include "tests/base/scratch.h"

/* A file of version `major` with this header (as it is) and `bytes` bytes of data 1, 2, 3 ... */
static void put_array(const char *name, int major, const char *header, size_t claimed, size_t bytes)
{
    static unsigned char file[1 << 16];
    const size_t n = strlen(header), prefix = major == 1 ? 10 : 12;
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)major;
    file[7] = 0;
    for (size_t i = 0; i < prefix - 8; i++) file[8 + i] = (unsigned char)(claimed >> 8 * i);
    memcpy(file + prefix, header, n);
    for (size_t i = 0; i < bytes; i++) file[prefix + n + i] = (unsigned char)(i + 1);
    put_file(name, file, prefix + n + bytes);
}

TEST(golden_bytes)
{
    struct error e;
    struct npy_out o;
    struct npy n;
    const float x[6] = {1, 2, 3, 4, 5, -6.5f};
    char *bytes;
    size_t size;
    MUST(npy_out_open(&o, in_scratch("x.npy"), 2, (int64_t[]){2, 3}, &e), &e);
    MUST(npy_out_floats(&o, x, 4, &e), &e);
    MUST(npy_out_floats(&o, x, 0, &e), &e);
    MUST(npy_out_floats(&o, x + 4, 2, &e), &e);
    MUST(npy_out_commit(&o, &e), &e);
    MUST(file_read_all(in_scratch("x.npy"), &bytes, &size, &e), &e);
    ck_assert_uint_eq(size, 128 + 24);
    char golden[129] = "\x93NUMPY\x01\x00\x76\x00";
    snprintf(golden + 10, 119, "%-117s\n",
             "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
    ck_assert_int_eq(memcmp(bytes, golden, 128), 0);
    ck_assert_int_eq(memcmp(bytes + 128, x, 24), 0);
    free(bytes);
    MUST(npy_open(&n, in_scratch("x.npy"), &e), &e);
    ck_assert(n.kind == 'f' && n.size == 4 && n.n_dims == 2 && n.count == 6);
    ck_assert(n.shape[0] == 2 && n.shape[1] == 3);
    ck_assert_int_eq(memcmp(n.data, x, 24), 0);
    npy_close(&n);
}
END

TEST(shapes_that_are_written)
{
    struct error e;
    struct npy_out o;
    struct npy n;
    const float x[8] = {0};
    const struct {
        int n_dims;
        int64_t shape[4];
        size_t count;
    } shapes[] = {{0, {0}, 1}, {1, {3}, 3}, {1, {0}, 0}, {3, {2, 1, 4}, 8}, {4, {2, 2, 2, 0}, 0}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        MUST(npy_out_open(&o, in_scratch("s.npy"), shapes[i].n_dims, shapes[i].shape, &e), &e);
        MUST(npy_out_floats(&o, x, shapes[i].count, &e), &e);
        MUST(npy_out_commit(&o, &e), &e);
        MUST(npy_open(&n, in_scratch("s.npy"), &e), &e);
        ck_assert_int_eq(n.n_dims, shapes[i].n_dims);
        for (int k = 0; k < n.n_dims; k++) ck_assert_int_eq(n.shape[k], shapes[i].shape[k]);
        ck_assert_uint_eq(n.count, shapes[i].count);
        ck_assert_uint_eq((size_t)(n.data - n.map.data) % 64, 0);
        npy_close(&n);
    }
}
END

TEST(too_many_and_too_few)
{
    struct error e;
    struct npy_out o;
    const float x[4] = {0};
    put_file("kept.npy", "old", 3);
    MUST(npy_out_open(&o, in_scratch("kept.npy"), 1, (int64_t[]){3}, &e), &e);
    FAILS(npy_out_floats(&o, x, 4, &e), E_FORMAT, &e, "'%s/kept.npy': too many values", scratch);
    MUST(npy_out_floats(&o, x, 1, &e), &e);
    FAILS(npy_out_commit(&o, &e), E_FORMAT, &e, "'%s/kept.npy': 2 values are missing", scratch);
    expect_file("kept.npy", "old");
    MUST(npy_out_open(&o, in_scratch("kept.npy"), 1, (int64_t[]){3}, &e), &e);
    npy_out_abort(&o);
    expect_file("kept.npy", "old");
}
END

TEST(integers)
{
    struct error e;
    struct npy n;
    const struct {
        const char *descr;
        unsigned char bytes[8];
        int size;
        int64_t is;
    } types[] = {
        {"|i1", {0x80}, 1, -128},
        {"|u1", {0x80}, 1, 128},
        {"<u1", {0xFF}, 1, 255},
        {"|b1", {1}, 1, 1},
        {"<i2", {0xFE, 0xFF}, 2, -2},
        {"<u2", {0xFE, 0xFF}, 2, 65534},
        {"<i4", {0, 0, 0, 0x80}, 4, INT32_MIN},
        {"<u4", {0, 0, 0, 0x80}, 4, 2147483648},
        {"<i8", {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, 8, -1},
        {"<u8", {1, 0, 0, 0, 1}, 8, 4294967297},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        unsigned char file[256] = "\x93NUMPY\x01\x00";
        const int length =
            snprintf((char *)file + 10, 200,
                     "{'shape': (2,), 'descr': '%s', 'fortran_order': False}\n", types[i].descr);
        const size_t at = 10 + (size_t)length;
        file[8] = (unsigned char)length;
        memset(file + at, 0, 16);
        memcpy(file + at + types[i].size, types[i].bytes, (size_t)types[i].size);
        put_file("i.npy", file, at + 2 * (size_t)types[i].size);
        MUST(npy_open(&n, in_scratch("i.npy"), &e), &e);
        ck_assert_int_eq(npy_int(&n, 0), 0);
        ck_assert_int_eq(npy_int(&n, 1), types[i].is);
        npy_close(&n);
    }
}
END

TEST(headers_in_all_forms)
{
    struct error e;
    struct npy n;
    const char *const good[] = {
        "{\"fortran_order\":False,\"descr\":\"<f4\",\"shape\":(2,1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }          \n",
        " {\n 'shape':( 2 , 1 , ) , 'descr':'<f4','fortran_order' :False , } \t\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        for (int major = 1; major <= 3; major++) {
            put_array("g.npy", major, good[i], strlen(good[i]), 8);
            MUST(npy_open(&n, in_scratch("g.npy"), &e), &e);
            ck_assert(n.n_dims == 2 && n.shape[0] == 2 && n.shape[1] == 1 && n.count == 2);
            ck_assert_int_eq(n.data[0], 1);
            npy_close(&n);
        }
}
END

TEST(headers_that_lie)
{
    struct error e;
    struct npy n;
#define H(descr, order, shape)                                                                     \
    "{'descr': " descr ", 'fortran_order': " order ", 'shape': " shape "}"
    const struct {
        const char *header, *message;
        size_t bytes;
    } lies[] = {
        {H("'<f4'", "False", "(2,)"), "the header asks for 8 bytes of data, the file has 7", 7},
        {H("'<f4'", "False", "(2,)"), "the header asks for 8 bytes of data, the file has 9", 9},
        {H("'<f4'", "False", "()"), "the header asks for 4 bytes of data, the file has 8", 8},
        {H("'<f4'", "True", "(2,)"), "columns first (fortran_order): save it in C order", 8},
        {H("'>f4'", "False", "(2,)"), "type '>f4' is not little-endian f, i or u", 8},
        {H("'<f1'", "False", "(8,)"), "type '<f1' is not little-endian f, i or u", 8},
        {H("'<c8'", "False", "(1,)"), "type '<c8' is not little-endian f, i or u", 8},
        {H("'|O'", "False", "(1,)"), "type '|O' is not little-endian f, i or u", 8},
        {H("'<f4'", "False", "(4611686018427387904, 4)"), "the shape in the header is too large",
         8},
        {H("'<f4'", "False", "(9223372036854775808,)"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(-2,)"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(1,1,1,1,2)"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(2"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(2,"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(,)"), "damaged .npy header", 8},
        {H("'<f4", "False", "(2,)"), "damaged .npy header", 8},
        {H("[('a', '<f4')]", "False", "(2,)"), "damaged .npy header", 8},
        {H("'<f4'", "0", "(2,)"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(2,)") " x", "damaged .npy header", 8},
        {H("'<f4'", "False", "(2,), 'more': 1"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(2,), 'shape': (2,)"), "damaged .npy header", 8},
        {H("'<f4'", "False", "(2,), 'descr': '<f4'"), "damaged .npy header", 8},
        {"{'descr': '<f4' 'shape': (2,), 'fortran_order': False}", "damaged .npy header", 8},
        {"{'descr': '<f4', 'shape': (2,)}", ".npy header without descr, fortran_order or shape", 8},
        {"{}", ".npy header without descr, fortran_order or shape", 8},
        {"", "damaged .npy header", 8},
        {"'", "damaged .npy header", 8},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        put_array("l.npy", 1, lies[i].header, strlen(lies[i].header), lies[i].bytes);
        FAILS(npy_open(&n, in_scratch("l.npy"), &e), E_FORMAT, &e, "'%s/l.npy': %s", scratch,
              lies[i].message);
    }
    const char *good = H("'<f4'", "False", "(2,)");
    put_array("l.npy", 1, good, 60000, 8);
    FAILS(npy_open(&n, in_scratch("l.npy"), &e), E_FORMAT, &e,
          "'%s/l.npy': .npy header of 60000 bytes is too long or cut short", scratch);
    put_array("l.npy", 2, good, 0xFFFFFFFF, 8);
    FAILS(npy_open(&n, in_scratch("l.npy"), &e), E_FORMAT, &e,
          "'%s/l.npy': .npy header of 4294967295 bytes is too long or cut short", scratch);
    put_array("l.npy", 4, good, strlen(good), 8);
    FAILS(npy_open(&n, in_scratch("l.npy"), &e), E_FORMAT, &e,
          "'%s/l.npy': .npy version 4 is not 1, 2 or 3", scratch);
#undef H
}
END

TEST(every_cut_and_random_damage)
{
    struct error e;
    struct npy n;
    struct rng r = rng_open(5, "npy");
    const char *good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }    \n";
    char *bytes, copy[256];
    size_t size;
    put_array("c.npy", 1, good, strlen(good), 8);
    MUST(file_read_all(in_scratch("c.npy"), &bytes, &size, &e), &e);
    for (size_t cut = 0; cut < size; cut++) {
        put_file("c.npy", bytes, cut);
        ck_assert_int_eq(npy_open(&n, in_scratch("c.npy"), &e), E_FORMAT);
    }
    for (int i = 0; i < 1000; i++) {
        memcpy(copy, bytes, size);
        for (uint64_t k = 1 + rng_u64(&r) % 5; k; k--)
            copy[6 + rng_u64(&r) % (size - 6)] = "{}()':,0123 \xff"[rng_u64(&r) % 14];
        put_file("c.npy", copy, size);
        if (npy_open(&n, in_scratch("c.npy"), &e)) continue;
        ck_assert_uint_eq(n.count * (size_t)n.size, (size_t)(n.map.data + size - n.data));
        npy_close(&n);
    }
    free(bytes);
    FAILS(npy_open(&n, in_scratch("none.npy"), &e), E_IO, &e,
          "cannot open '%s/none.npy': No such file or directory", scratch);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("npy", golden_bytes, shapes_that_are_written,
                                   too_many_and_too_few, integers, headers_in_all_forms,
                                   headers_that_lie, every_cut_and_random_damage, NULL));
}
