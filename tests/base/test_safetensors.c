/* Tensors in files: golden bytes, files that lie, flipped bits, all halves, full disks. */
#include <signal.h>
#include <sys/resource.h>

#include "src/base/safetensors.h"
#include "tests/base/scratch.h"

/* Length prefix, header, `bytes` bytes of data (1, 2, 3 ...). */
static void put_tensors(const char *name, const char *header, uint64_t claimed, size_t bytes)
{
    static unsigned char file[1 << 16];
    const size_t n = strlen(header);
    ck_assert_uint_lt(8 + n + bytes, sizeof file);
    for (int i = 0; i < 8; i++) file[i] = (unsigned char)(claimed >> 8 * i);
    memcpy(file + 8, header, n);
    for (size_t i = 0; i < bytes; i++) file[8 + n + i] = (unsigned char)(i + 1);
    put_file(name, file, 8 + n + bytes);
}

/* x [2, 3] in floats, n [1] in uint64, a step. */
static void write_golden(const char *name)
{
    struct error e;
    struct safe_writer *w;
    const float x[6] = {1, 2, 3, 4, 5, 6};
    const int64_t shape[2] = {2, 3}, words = 1;
    const uint64_t counter = 7;
    MUST(safe_writer_open(&w, &e), &e);
    safe_writer_add(w, "x", SAFE_F32, 2, shape, x);
    safe_writer_add(w, "n", SAFE_U64, 1, &words, &counter);
    safe_writer_metadata(w, "step", "11");
    safe_writer_metadata(w, "step", "12");
    MUST(safe_writer_commit(w, in_scratch(name), &e), &e);
    safe_writer_close(w);
}

/* 1 if the file opens, verifies and holds what write_golden wrote; 0 if it is refused; fails if it
 * is believed and is something else. */
static int believed(const char *name)
{
    struct error e;
    struct safe_file s;
    const int64_t shape[2] = {2, 3};
    real x[6];
    uint64_t n;
    if (safe_open(&s, in_scratch(name), &e)) return 0;
    int good = safe_verify(&s, &e) == OK;
    if (good) {
        good = safe_read_real(&s, "x", 2, shape, x, &e) == OK &&
               safe_read_raw(&s, "n", SAFE_U64, 1, &n, &e) == OK;
        for (int i = 0; good && i < 6; i++) ck_assert(x[i] == (real)(i + 1));
        ck_assert(!good || n == 7);
        const char *step = safe_metadata(&s, "step");
        ck_assert(!good || (step && strcmp(step, "12") == 0));
    }
    safe_close(&s);
    return good;
}

TEST(the_example_of_the_format)
{
    struct error e;
    struct safe_file s;
    const float w[2] = {1.5f, -2};
    const int64_t two = 2, three = 3;
    unsigned char file[104] = {88};
    real out[3];
    char *bytes;
    size_t n;
    memcpy(file + 8,
           "{\"__metadata__\":{\"format\":\"pt\"},"
           "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}   ",
           88);
    memcpy(file + 96, w, 8);
    put_file("example", file, sizeof file);
    MUST(safe_open(&s, in_scratch("example"), &e), &e);
    MUST(safe_verify(&s, &e), &e);
    ck_assert_uint_eq(s.n, 1);
    ck_assert_str_eq(safe_metadata(&s, "format"), "pt");
    ck_assert_ptr_null(safe_metadata(&s, "none"));
    MUST(safe_read_real(&s, "w", 1, &two, out, &e), &e);
    ck_assert(out[0] == (real)1.5 && out[1] == -2);
    FAILS(safe_read_real(&s, "w", 1, &three, out, &e), E_FORMAT, &e,
          "'%s/example': tensor 'w' has shape [2], [3] is needed", scratch);
    FAILS(safe_read_real(&s, "w", 0, NULL, out, &e), E_FORMAT, &e,
          "'%s/example': tensor 'w' has shape [2], [] is needed", scratch);
    FAILS(safe_read_real(&s, "v", 1, &two, out, &e), E_FORMAT, &e, "'%s/example' has no tensor 'v'",
          scratch);
    FAILS(safe_read_raw(&s, "w", SAFE_U64, 1, out, &e), E_FORMAT, &e,
          "'%s/example': tensor 'w' has another type than is needed", scratch);
    FAILS(safe_read_raw(&s, "w", SAFE_F32, 3, out, &e), E_FORMAT, &e,
          "'%s/example': tensor 'w' has 2 elements, 3 are needed", scratch);
    safe_close(&s);

    /* bytes and checksums computed outside of this program */
    write_golden("golden");
    MUST(file_read_all(in_scratch("golden"), &bytes, &n, &e), &e);
    ck_assert_uint_eq(n, 8 + 248 + 32);
    ck_assert_int_eq(memcmp(bytes, "\xf8\0\0\0\0\0\0", 8), 0);
    ck_assert_int_eq(
        memcmp(
            bytes + 8,
            "{\"__metadata__\": {\"format\": \"pt\", \"step\": \"12\", \"crc32c\": \"5018a0ce\", "
            "\"crc32c.n\": \"7671b78e\", \"crc32c.x\": \"805104b9\"}, "
            "\"n\": {\"dtype\": \"U64\", \"shape\": [1], \"data_offsets\": [0, 8]}, "
            "\"x\": {\"dtype\": \"F32\", \"shape\": [2, 3], \"data_offsets\": [8, 32]}}    ",
            248),
        0);
    free(bytes);
    ck_assert(believed("golden"));
}
END

TEST(files_that_lie)
{
    struct error e;
    struct safe_file s;
#define W(dtype, shape, offsets)                                                                   \
    "\"w\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define V "\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
    const struct {
        const char *header;
        size_t bytes;
        const char *message;
    } lies[] = {
        {"{" W("F32", "[2]", "[0,8]") "}", 7, "tensor 'w' lies outside the file"},
        {"{" W("F32", "[2]", "[0,8]") "}", 9, "1 bytes behind the last tensor"},
        {"{}", 1, "1 bytes behind the last tensor"},
        {"{" W("F32", "[3]", "[0,8]") "}", 8, "tensor 'w' has a shape that does not fit its bytes"},
        {"{" W("F32", "[]", "[0,8]") "}", 8, "tensor 'w' has a shape that does not fit its bytes"},
        {"{" W("F33", "[2]", "[0,8]") "}", 8, "tensor 'w' has dtype 'F33', which is not read"},
        {"{" W("F4", "[2]", "[0,1]") "}", 1, "tensor 'w' has dtype 'F4', which is not read"},
        {"{" W("F32", "[-2]", "[0,8]") "}", 8, "tensor 'w' has a dimension that is no size"},
        {"{" W("F32", "[2.0]", "[0,8]") "}", 8, "tensor 'w' has a dimension that is no size"},
        {"{" W("F32", "2", "[0,8]") "}", 8, "tensor 'w' has no shape"},
        {"{" W("F32", "[1,1,1,1,2]", "[0,8]") "}", 8, "tensor 'w' has more than 4 dimensions"},
        {"{" W("F32", "[2]", "[8,0]") "}", 8, "tensor 'w' lies outside the file"},
        {"{" W("F32", "[2]", "[-8,0]") "}", 8, "tensor 'w' lies outside the file"},
        {"{" W("F32", "[2]", "[0]") "}", 8, "tensor 'w' has no data_offsets"},
        {"{" W("F32", "[2]", "[0,8.0]") "}", 8, "tensor 'w' has no data_offsets"},
        {"{" W("F32", "[2]", "null") "}", 8, "tensor 'w' has no data_offsets"},
        {"{" W("F32", "[2]", "[4,12]") "}", 12, "tensor 'w' overlaps another one or leaves a hole"},
        {"{" V W("F32", "[2]", "[4,12]") "}", 12,
         "tensor 'w' overlaps another one or leaves a hole"},
        {"{" V W("F32", "[2]", "[0,8]") "}", 8, "overlaps another one or leaves a hole"},
        {"{" V W("F32", "[2]", "[12,20]") "}", 20,
         "tensor 'w' overlaps another one or leaves a hole"},
        {"{" V W("F32", "[0]", "[4,4]") "}", 8, "overlaps another one or leaves a hole"},
        {"{" W("F32", "[9223372036854775807,8]", "[0,8]") "}", 8, "tensor 'w' is too large"},
        {"{" W("F32", "[4294967296,4294967296,0]", "[0,0]") "}", 0, "tensor 'w' is too large"},
        {"{" W("F64", "[4611686018427387905]", "[0,8]") "}", 8,
         "tensor 'w' has a shape that does not fit its bytes"},
        {"{\"w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"strides\":[1]}}", 1,
         "tensor 'w' has an unknown key 'strides'"},
        {"{\"w\":[]}", 0, "tensor 'w' is not described by an object"},
        {"{\"__metadata__\":[]}", 0, "__metadata__ is no object"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "'a' in __metadata__ is no string"},
        {"{\"__metadata__\":{\"a\":{}}}", 0, "'a' in __metadata__ is no string"},
        {"[1]", 0, "the header does not begin with '{'"},
        {" {}", 0, "the header does not begin with '{'"},
        {"", 0, "the header does not begin with '{'"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        put_tensors("lie", lies[i].header, strlen(lies[i].header), lies[i].bytes);
        ck_assert_msg(safe_open(&s, in_scratch("lie"), &e) == E_FORMAT, "%zu", i);
        ck_assert_msg(strstr(e.text, lies[i].message) && strstr(e.text, "/lie'"), "%zu: %s", i,
                      e.text);
    }
    put_tensors("lie", "{" V "\"v\":{}}", strlen("{" V "\"v\":{}}"), 8);
    ck_assert_int_eq(safe_open(&s, in_scratch("lie"), &e), E_FORMAT);
    ck_assert_ptr_nonnull(strstr(e.text, "duplicate object key"));
#undef V
#undef W
}
END

TEST(lengths_that_lie)
{
    struct error e;
    struct safe_file s;
    const char *header = "{\"w\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}";
    const uint64_t n = strlen(header),
                   lies[] = {n + 3, 1 << 20, 100000001, UINT64_MAX, UINT64_MAX - 7, INT64_MAX};
    put_tensors("long", header, n, 2);
    MUST(safe_open(&s, in_scratch("long"), &e), &e);
    safe_close(&s);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        put_tensors("long", header, lies[i], 2);
        FAILS(safe_open(&s, in_scratch("long"), &e), E_FORMAT, &e,
              "'%s/long': a header of %llu bytes does not fit in a file of %zu bytes", scratch,
              (unsigned long long)lies[i], (size_t)n + 10);
    }
    put_file("long", "1234567", 7);
    FAILS(safe_open(&s, in_scratch("long"), &e), E_FORMAT, &e,
          "'%s/long': 7 bytes are no safetensors file", scratch);
    put_file("long", "", 0);
    ck_assert_int_eq(safe_open(&s, in_scratch("long"), &e), E_FORMAT);
    FAILS(safe_open(&s, in_scratch("none"), &e), E_IO, &e,
          "cannot open '%s/none': No such file or directory", scratch);
}
END

TEST(every_flipped_bit_is_found)
{
    struct error e;
    struct safe_file s;
    char *bytes;
    size_t n;
    int unseen = 0;
    write_golden("good");
    MUST(file_read_all(in_scratch("good"), &bytes, &n, &e), &e);
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            put_file("bad", bytes, n);
            unseen += believed("bad");
            bytes[i] ^= (char)(1 << bit);
        }
    /* the name of the header's own checksum, and the blank behind it that the search wants: then
     * the header goes unchecked, and nothing else has changed */
    ck_assert_int_le(unseen, 8 * (int)strlen(SAFE_HEADER_SUM));
    for (size_t cut = 0; cut < n; cut++) {
        put_file("bad", bytes, cut);
        ck_assert(!believed("bad"));
    }
    bytes[n - 1] ^= 1;
    put_file("bad", bytes, n);
    MUST(safe_open(&s, in_scratch("bad"), &e), &e);
    const int64_t shape[2] = {2, 3};
    real x[6];
    uint64_t counter;
    FAILS(safe_verify(&s, &e), E_FORMAT, &e,
          "'%s/bad': tensor 'x' is damaged (its checksum does not match)", scratch);
    FAILS(safe_read_real(&s, "x", 2, shape, x, &e), E_FORMAT, &e,
          "'%s/bad': tensor 'x' is damaged (its checksum does not match)", scratch);
    FAILS(safe_read_raw(&s, "x", SAFE_F32, 6, x, &e), E_FORMAT, &e,
          "'%s/bad': tensor 'x' is damaged (its checksum does not match)", scratch);
    MUST(safe_read_raw(&s, "n", SAFE_U64, 1, &counter, &e), &e);
    safe_close(&s);
    free(bytes);
    put_tensors("bad", "{\"__metadata__\":{\"crc32c.gone\":\"00000000\"}}", 43, 0);
    MUST(safe_open(&s, in_scratch("bad"), &e), &e);
    FAILS(safe_verify(&s, &e), E_FORMAT, &e,
          "'%s/bad': tensor 'gone' has a checksum and is missing", scratch);
    safe_close(&s);
}
END

/* Several bytes at once may reach a checksum and what it covers, so nothing is asked but that all
 * of what opens can be read. */
TEST(random_damage)
{
    struct error e;
    struct rng r = rng_open(4, "damage");
    struct safe_file s;
    char *bytes;
    real out[1000];
    size_t n;
    write_golden("good");
    MUST(file_read_all(in_scratch("good"), &bytes, &n, &e), &e);
    char *copy = malloc(n);
    for (int i = 0; i < 1000; i++) {
        memcpy(copy, bytes, n);
        for (uint64_t k = 1 + rng_u64(&r) % 6; k; k--) {
            const size_t at = 8 + (size_t)(rng_u64(&r) % (n - 8));
            copy[at] = "{}[],:\"0918a \\\xff"[rng_u64(&r) % 16];
        }
        put_file("bad", copy, n);
        if (safe_open(&s, in_scratch("bad"), &e)) continue;
        safe_verify(&s, &e);
        for (size_t k = 0; k < s.n; k++) {
            const struct safe_tensor *t = &s.tensor[k];
            ck_assert_uint_le(t->bytes, n);
            ck_assert_ptr_eq(safe_find(&s, t->name), t);
            safe_read_real(&s, t->name, t->n_dims, t->shape, out, &e);
        }
        safe_close(&s);
    }
    free(copy);
    free(bytes);
}
END

static double half(uint16_t h)
{
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    const double v = exponent == 31  ? (fraction ? NAN : INFINITY)
                     : exponent == 0 ? ldexp(fraction, -24)
                                     : ldexp(1024 + fraction, exponent - 25);
    return h & 0x8000 ? -v : v;
}

/* The value of a bfloat16 from its parts. */
static double brain(uint16_t h)
{
    const int exponent = h >> 7 & 255, fraction = h & 127;
    const double v = exponent == 255 ? (fraction ? NAN : INFINITY)
                     : exponent == 0 ? ldexp(fraction, -133)
                                     : ldexp(128 + fraction, exponent - 134);
    return h & 0x8000 ? -v : v;
}

TEST(all_halves)
{
    struct error e;
    struct safe_writer *w;
    struct safe_file s;
    static uint16_t all[65536];
    static real out[65536], wanted[2][65536];
    const int64_t n = 65536;
    for (int i = 0; i < n; i++) {
        all[i] = (uint16_t)i;
        wanted[0][i] = (real)half((uint16_t)i);
        wanted[1][i] = (real)brain((uint16_t)i);
    }
    parallel_init(1); /* as a run does: it may set the processor to flush subnormal numbers */
    MUST(safe_writer_open(&w, &e), &e);
    safe_writer_add(w, "half", SAFE_F16, 1, &n, all);
    safe_writer_add(w, "brain", SAFE_BF16, 1, &n, all);
    MUST(safe_writer_commit(w, in_scratch("halves"), &e), &e);
    safe_writer_close(w);
    MUST(safe_open(&s, in_scratch("halves"), &e), &e);
    for (int which = 0; which < 2; which++) {
        MUST(safe_read_real(&s, which ? "brain" : "half", 1, &n, out, &e), &e);
        for (int i = 0; i < n; i++) {
            const real is = wanted[which][i];
            ck_assert_msg(isnan(is) ? isnan(out[i]) : !memcmp(&out[i], &is, sizeof is),
                          "%s %04x: %a, not %a", which ? "brain" : "half", i, (double)out[i],
                          (double)is);
        }
    }
    safe_close(&s);
}
END

/* A byte in front puts every value at an odd place; F64, F32, scalars and empty tensors. */
TEST(unaligned_scalar_and_empty)
{
    struct error e;
    struct safe_file s;
    const char *header = "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                         "\"d\":{\"dtype\":\"F64\",\"shape\":[1,3],\"data_offsets\":[1,25]},"
                         "\"f\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[25,29]},"
                         "\"h\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[29,33]},"
                         "\"z\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[33,33]},"
                         "\"y\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[33,34]}}";
    const double d[3] = {1, -0.1, 1e300};
    const float f = 3.25f;
    const uint16_t h[2] = {0x3C00, 0xC000};
    const size_t n = strlen(header);
    unsigned char file[1024] = {(unsigned char)n, (unsigned char)(n >> 8)};
    memcpy(file + 8, header, n);
    memcpy(file + 8 + n + 1, d, sizeof d);
    memcpy(file + 8 + n + 25, &f, sizeof f);
    memcpy(file + 8 + n + 29, h, sizeof h);
    put_file("odd", file, 8 + n + 34);
    MUST(safe_open(&s, in_scratch("odd"), &e), &e);
    real out[3];
    double raw[3];
    MUST(safe_read_real(&s, "d", 2, (int64_t[]){1, 3}, out, &e), &e);
    for (int i = 0; i < 3; i++) ck_assert(out[i] == (real)d[i]);
    MUST(safe_read_raw(&s, "d", SAFE_F64, 3, raw, &e), &e);
    ck_assert_int_eq(memcmp(raw, d, sizeof d), 0);
    MUST(safe_read_real(&s, "f", 0, NULL, out, &e), &e);
    ck_assert(out[0] == (real)f);
    MUST(safe_read_real(&s, "h", 1, (int64_t[]){2}, out, &e), &e);
    ck_assert(out[0] == 1 && out[1] == -2);
    MUST(safe_read_real(&s, "z", 2, (int64_t[]){3, 0}, NULL, &e), &e);
    MUST(safe_read_raw(&s, "z", SAFE_F32, 0, NULL, &e), &e);
    FAILS(safe_read_real(&s, "y", 1, (int64_t[]){1}, out, &e), E_FORMAT, &e,
          "'%s/odd': tensor 'y' is not of type F32, F64, F16 or BF16", scratch);
    ck_assert_int_eq(safe_find(&s, "y")->dtype, SAFE_OTHER);
    safe_close(&s);
}
END

TEST(equal_contents_give_equal_bytes)
{
    struct error e;
    struct safe_writer *w;
    struct safe_file s;
    static char text[2][1 << 17];
    enum { N = 300 };
    static double value[N];
    char long_name[601];
    memset(long_name, 'n', 600);
    long_name[600] = '\0';
    for (int i = 0; i < N; i++) value[i] = i;
    for (int turn = 0; turn < 2; turn++) {
        MUST(safe_writer_open(&w, &e), &e);
        if (turn) safe_writer_metadata(w, "a", "1");
        for (int k = 0; k < N; k++) {
            const int i = turn ? N - 1 - k : k;
            char name[32];
            snprintf(name, sizeof name, "t%d\"\xc3\xa9", i);
            const enum safe_dtype dtype =
                (enum safe_dtype[]){SAFE_U8, SAFE_F64, SAFE_BF16, SAFE_I32}[i % 4];
            safe_writer_add(w, name, dtype, i % 3 == 0 ? 0 : 1, (int64_t[]){i % 3 - 1}, &value[i]);
        }
        safe_writer_add(w, long_name, SAFE_F64, 0, NULL, &value[5]);
        if (!turn) safe_writer_metadata(w, "a", "1");
        MUST(safe_writer_commit(w, in_scratch("equal"), &e), &e);
        safe_writer_close(w);
        char *bytes;
        size_t n;
        MUST(file_read_all(in_scratch("equal"), &bytes, &n, &e), &e);
        ck_assert_uint_lt(n, sizeof *text);
        memcpy(text[turn], bytes, n);
        free(bytes);
    }
    ck_assert_int_eq(memcmp(text[0], text[1], sizeof *text), 0);
    MUST(safe_open(&s, in_scratch("equal"), &e), &e);
    MUST(safe_verify(&s, &e), &e);
    ck_assert_uint_eq(s.n, N + 1);
    /* aligned for its type */
    for (size_t i = 0; i < s.n; i++)
        if (s.tensor[i].count) {
            const size_t item = s.tensor[i].bytes / s.tensor[i].count;
            ck_assert_uint_eq((size_t)(s.tensor[i].data - s.map.data) % item, 0);
        }
    real out;
    MUST(safe_read_real(&s, long_name, 0, NULL, &out, &e), &e);
    ck_assert(out == 5);
    safe_close(&s);
}
END

TEST(nothing_and_twice)
{
    struct error e;
    struct safe_writer *w;
    struct safe_file s;
    const float x = 1;
    MUST(safe_writer_open(&w, &e), &e);
    MUST(safe_writer_commit(w, in_scratch("nothing"), &e), &e);
    MUST(safe_open(&s, in_scratch("nothing"), &e), &e);
    ck_assert_uint_eq(s.n, 0);
    ck_assert_ptr_null(safe_find(&s, "x"));
    MUST(safe_verify(&s, &e), &e);
    safe_close(&s);
    safe_writer_add(w, "x", SAFE_F32, 0, NULL, &x);
    safe_writer_add(w, "x", SAFE_U8, 0, NULL, &x);
    FAILS(safe_writer_commit(w, in_scratch("twice"), &e), E_FORMAT, &e,
          "cannot write '%s/twice': two tensors are called 'x'", scratch);
    ck_assert(!file_exists(in_scratch("twice")));
    safe_writer_close(w);
    safe_writer_close(NULL);
}
END

TEST(a_full_disk_leaves_the_old_file)
{
    static float big[100000];
    struct error e;
    struct safe_writer *w;
    struct rlimit l, before;
    const int64_t n = 100000;
    write_golden("kept");
    MUST(safe_writer_open(&w, &e), &e);
    safe_writer_add(w, "big", SAFE_F32, 1, &n, big);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    l = before;
    l.rlim_cur = 50000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
    FAILS(safe_writer_commit(w, in_scratch("kept"), &e), E_IO, &e,
          "cannot write '%s/kept': File too large", scratch);
    setrlimit(RLIMIT_FSIZE, &before);
    safe_writer_close(w);
    ck_assert(believed("kept"));
}
END

/* Files of the reference implementation. */
TEST(files_of_others)
{
    struct error e;
    struct safe_file s;
    int64_t ids[2 * 49];
    MUST(safe_open(&s, "tests/golden/llama/default/expected.safetensors", &e), &e);
    MUST(safe_verify(&s, &e), &e);
    MUST(safe_read_raw(&s, "input_ids", SAFE_I64, 2 * 49, ids, &e), &e);
    for (int i = 0; i < 2 * 49; i++) ck_assert(ids[i] >= 0 && ids[i] < 257);
    safe_close(&s);
    MUST(safe_open(&s, "tests/golden/llama/default/model.safetensors", &e), &e);
    static real embed[257 * 64];
    MUST(safe_read_real(&s, "model.embed_tokens.weight", 2, (int64_t[]){257, 64}, embed, &e), &e);
    const double rms = sqrt(parallel_sum_squares(embed, 257 * 64) / (257 * 64));
    ck_assert_msg(rms > 1e-3 && rms < 10, "%g", rms);
    safe_close(&s);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("safetensors", the_example_of_the_format, files_that_lie,
                                   lengths_that_lie, every_flipped_bit_is_found, random_damage,
                                   all_halves, unaligned_scalar_and_empty,
                                   equal_contents_give_equal_bytes, nothing_and_twice,
                                   a_full_disk_leaves_the_old_file, files_of_others, NULL));
}
