/* test_files.c -- files that are whole or not there, JSON, safetensors, npy: round trips against
 * golden bytes, and files that lie. */
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/file.h"
#include "src/base/json.h"
#include "src/base/npy.h"
#include "src/base/safetensors.h"
#include "tests/testing.h"

static char dir[64];

static const char *in_dir(const char *name)
{
    static char path[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
    return path[turn];
}

static void put(const char *name, const void *data, size_t n)
{
    struct error e;
    MUST(file_write_all(in_dir(name), data, n, &e), &e);
}

TEST(checksum_of_the_standard)
{
    ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xE3069283u);
    ck_assert_uint_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xE3069283u);
    unsigned char zeros[32] = {0};
    ck_assert_uint_eq(crc32c(0, zeros, 32), 0x8A9136AAu); /* RFC 3720, B.4 */
}
END

TEST(a_file_is_whole_or_not_there)
{
    struct error e;
    struct file_out o;
    char *text, **names;
    size_t n;
    put("a", "old", 3);
    MUST(file_out_open(&o, in_dir("a"), &e), &e);
    fputs("new", o.f);
    file_out_abort(&o);
    MUST(file_read_all(in_dir("a"), &text, &n, &e), &e);
    ck_assert_str_eq(text, "old");
    free(text);
    MUST(file_list(dir, &names, &n, &e), &e);
    for (size_t i = 0; i < n; i++) ck_assert_ptr_null(strstr(names[i], ".tmp"));
    file_list_free(names, n);
    ck_assert_int_eq(file_out_open(&o, in_dir("none/x"), &e), E_IO);
    ck_assert_ptr_nonnull(strstr(e.text, "No such file or directory"));
    ck_assert_int_eq(file_write_all("/dev/full/x", "x", 1, &e), E_IO);
}
END

TEST(folders)
{
    struct error e;
    MUST(file_make_directories(in_dir("x/y/z"), &e), &e);
    put("x/y/z/file", "1", 1);
    ck_assert_int_eq(symlink("/", in_dir("x/link")), 0);
    MUST(file_remove_tree(in_dir("x"), &e), &e);
    ck_assert(!file_exists(in_dir("x")));
    ck_assert(file_exists("/tmp"));
    put("plain", "1", 1);
    ck_assert_int_eq(file_make_directories(in_dir("plain/sub"), &e), E_IO);
}
END

TEST(line_logs_are_cut_and_go_on)
{
    struct error e;
    struct line_log l;
    char *text;
    size_t n;
    MUST(line_log_open(&l, in_dir("log"), -1, &e), &e);
    MUST(line_log_write(&l, "one", 3, &e), &e);
    const int64_t keep = l.length;
    MUST(line_log_write(&l, "two", 3, &e), &e);
    line_log_close(&l);
    MUST(line_log_open(&l, in_dir("log"), keep, &e), &e);
    MUST(line_log_write(&l, "three", 5, &e), &e);
    line_log_close(&l);
    MUST(file_read_all(in_dir("log"), &text, &n, &e), &e);
    ck_assert_str_eq(text, "one\nthree\n");
    free(text);
    ck_assert_int_eq(line_log_open(&l, in_dir("log"), 1000, &e), E_FORMAT);
}
END

TEST(json_text)
{
    struct jsn_out o;
    jsn_out_open(&o, false);
    jsn_map_begin(&o, NULL);
    jsn_put_int(&o, "i", -3);
    jsn_put_double(&o, "d", 0.1);
    jsn_put_double(&o, "nan", NAN);
    jsn_put_string(&o, "s", "a\"\\\n\x01\xff");
    jsn_array_begin(&o, "e");
    jsn_array_end(&o);
    jsn_array_begin(&o, "l");
    jsn_put_bool(&o, NULL, true);
    jsn_put_string(&o, NULL, NULL);
    jsn_array_end(&o);
    jsn_map_end(&o);
    ck_assert_str_eq(o.text, "{\"i\": -3, \"d\": 0.1, \"nan\": null, "
                             "\"s\": \"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\", \"e\": [], "
                             "\"l\": [true, null]}");
    jsn_out_close(&o);
}
END

TEST(json_that_is_refused)
{
    struct error e;
    struct jsn_doc d;
    char deep[200];
    memset(deep, '[', 100);
    memset(deep + 100, ']', 100);
    ck_assert_int_eq(jsn_open_text(&d, "x", "{\"a\": 1, \"a\": 2}", 16, &e), E_FORMAT);
    ck_assert_int_eq(jsn_open_text(&d, "x", "{\"a\": 1} 2", 10, &e), E_FORMAT);
    ck_assert_int_eq(jsn_open_text(&d, "x", deep, sizeof deep, &e), E_FORMAT);
    ck_assert_str_eq(e.text, "x: JSON nested over 64 levels");
    MUST(jsn_open_text(&d, "x", "{\"a\": 1.5}", 10, &e), &e);
    int64_t i;
    ck_assert_int_eq(jsn_int(&d, d.root, "a", true, &i, &e), E_FORMAT);
    ck_assert_str_eq(e.text, "x: 'a' is not an integer");
    ck_assert_int_eq(jsn_int(&d, d.root, "b", true, &i, &e), E_FORMAT);
    ck_assert_str_eq(e.text, "x: required key 'b' is missing");
    jsn_close(&d);
}
END

/* Write a header and `bytes` bytes of data; try to open it. */
static int open_lie(const char *header, size_t claimed, size_t bytes, struct error *e)
{
    unsigned char file[1024] = {0};
    const size_t n = strlen(header);
    struct safe_file s;
    for (int i = 0; i < 8; i++) file[i] = (unsigned char)((uint64_t)claimed >> 8 * i);
    memcpy(file + 8, header, n);
    put("lie", file, 8 + n + bytes);
    const int status = safe_open(&s, in_dir("lie"), e);
    if (!status) safe_close(&s);
    return status;
}

TEST(tensors_that_lie)
{
    struct error e;
    const char *good = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    const struct {
        const char *header;
        size_t bytes;
        const char *message;
    } lies[] = {
        {good, 7, "lies outside the file"},
        {good, 9, "1 bytes behind the last tensor"},
        {"{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "does not fit"},
        {"{\"w\":{\"dtype\":\"F33\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "'F33'"},
        {"{\"w\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8, "no size"},
        {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "outside"},
        {"{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "hole"},
        {"{\"w\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,8],\"data_offsets\":[0,8]}}", 8,
         "too large"},
        {"{\"v\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
         "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
         12, "overlaps"},
        {"[1]", 0, "does not begin"},
    };
    ck_assert_int_eq(open_lie(good, strlen(good), 8, &e), OK);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        ck_assert_int_eq(open_lie(lies[i].header, strlen(lies[i].header), lies[i].bytes, &e),
                         E_FORMAT);
        ck_assert_msg(strstr(e.text, lies[i].message) != NULL, "%zu: %s", i, e.text);
    }
    ck_assert_int_eq(open_lie(good, 1 << 20, 8, &e), E_FORMAT);
    ck_assert_ptr_nonnull(strstr(e.text, "does not fit in a file"));
    ck_assert_int_eq(open_lie(good, SIZE_MAX, 8, &e), E_FORMAT);
}
END

TEST(every_flipped_bit_is_found)
{
    struct error e;
    struct safe_writer *w;
    struct safe_file s;
    const float x[6] = {1, 2, 3, 4, 5, 6};
    const int64_t shape[2] = {2, 3}, words = 1;
    const uint64_t counter = 7;
    char *bytes;
    size_t n;
    MUST(safe_writer_open(&w, &e), &e);
    safe_writer_add(w, "x", SAFE_F32, 2, shape, x);
    safe_writer_add(w, "n", SAFE_U64, 1, &words, &counter);
    safe_writer_metadata(w, "step", "12");
    MUST(safe_writer_commit(w, in_dir("good"), &e), &e);
    safe_writer_close(w);
    MUST(safe_open(&s, in_dir("good"), &e), &e);
    real y[6];
    uint64_t back;
    MUST(safe_read_real(&s, "x", 2, shape, y, &e), &e);
    MUST(safe_read_raw(&s, "n", SAFE_U64, 1, &back, &e), &e);
    for (int i = 0; i < 6; i++) ck_assert(y[i] == (real)x[i]);
    ck_assert_uint_eq(back, counter);
    ck_assert_str_eq(safe_metadata(&s, "step"), "12");
    safe_close(&s);
    MUST(file_read_all(in_dir("good"), &bytes, &n, &e), &e);
    for (size_t i = n - 32; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            put("bad", bytes, n);
            ck_assert_int_eq(safe_open(&s, in_dir("bad"), &e), E_FORMAT);
            bytes[i] ^= (char)(1 << bit);
        }
    for (size_t cut = 0; cut < n; cut += 3) {
        put("bad", bytes, cut);
        ck_assert_int_eq(safe_open(&s, in_dir("bad"), &e), E_FORMAT);
    }
    free(bytes);
}
END

TEST(half_precision_values)
{
    struct error e;
    struct safe_writer *w;
    struct safe_file s;
    const uint16_t half[5] = {0x3C00, 0xC000, 0x7BFF, 0x0001, 0x3555},
                   brain[5] = {0x3F80, 0xC000, 0x7F7F, 0x0001, 0x3EAB};
    const double half_is[5] = {1, -2, 65504, 0x1p-24, 0.333251953125},
                 brain_is[5] = {1, -2, 0x1.fep127, 0x1p-133, 0.333984375};
    const int64_t five = 5;
    real y[5];
    MUST(safe_writer_open(&w, &e), &e);
    safe_writer_add(w, "half", SAFE_F16, 1, &five, half);
    safe_writer_add(w, "brain", SAFE_BF16, 1, &five, brain);
    MUST(safe_writer_commit(w, in_dir("halves"), &e), &e);
    safe_writer_close(w);
    MUST(safe_open(&s, in_dir("halves"), &e), &e);
    MUST(safe_read_real(&s, "half", 1, &five, y, &e), &e);
    for (int i = 0; i < 5; i++) ck_assert(y[i] == (real)half_is[i]);
    MUST(safe_read_real(&s, "brain", 1, &five, y, &e), &e);
    for (int i = 0; i < 5; i++) ck_assert(y[i] == (real)brain_is[i]);
    safe_close(&s);
}
END

TEST(numpy_arrays)
{
    struct error e;
    struct npy_out o;
    struct npy n;
    const int64_t shape[2] = {2, 3};
    const float x[6] = {1, 2, 3, 4, 5, 6};
    char *bytes;
    size_t size;
    MUST(npy_out_open(&o, in_dir("x.npy"), 2, shape, &e), &e);
    MUST(npy_out_floats(&o, x, 4, &e), &e);
    MUST(npy_out_floats(&o, x + 4, 2, &e), &e);
    MUST(npy_out_commit(&o, &e), &e);
    MUST(file_read_all(in_dir("x.npy"), &bytes, &size, &e), &e);
    ck_assert_uint_eq(size, 128 + 24);
    ck_assert_int_eq(memcmp(bytes,
                            "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, "
                            "'shape': (2, 3), }     ",
                            74),
                     0);
    ck_assert_int_eq(bytes[127], '\n');
    MUST(npy_open(&n, in_dir("x.npy"), &e), &e);
    ck_assert_int_eq(n.n_dims, 2);
    ck_assert_int_eq(n.shape[1], 3);
    npy_close(&n);
    put("cut.npy", bytes, size - 1);
    ck_assert_int_eq(npy_open(&n, in_dir("cut.npy"), &e), E_FORMAT);
    ck_assert_ptr_nonnull(strstr(e.text, "asks for 24 bytes of data, the file has 23"));
    free(bytes);
    const char header[] = "\x93NUMPY\x01\x00\x48\x00{'shape': (2,), 'descr': '<i8', "
                          "'fortran_order': False}                  \n";
    char file[98] = {0};
    memcpy(file, header, 82);
    file[82] = 5;
    memset(file + 90, 0xff, 8);
    put("i.npy", file, sizeof file);
    MUST(npy_open(&n, in_dir("i.npy"), &e), &e);
    ck_assert_int_eq(npy_int(&n, 0), 5);
    ck_assert_int_eq(npy_int(&n, 1), -1);
    npy_close(&n);
}
END

int main(void)
{
    struct error e;
    snprintf(dir, sizeof dir, "/tmp/ropewalk-files-%ld", (long)getpid());
    if (file_make_directories(dir, &e)) return 1;
    const int status =
        run_tests("files", checksum_of_the_standard, a_file_is_whole_or_not_there, folders,
                  line_logs_are_cut_and_go_on, json_text, json_that_is_refused, tensors_that_lie,
                  every_flipped_bit_is_found, half_precision_values, numpy_arrays, NULL);
    file_remove_tree(dir, &e);
    return status;
}
