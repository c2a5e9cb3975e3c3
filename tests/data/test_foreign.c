/* Shards of llm.c, nanoGPT, Megatron and NumPy as sources; what does not fit is refused. */
#include "tests/data/corpora.h"

enum { END_ID = 256 };

/* Documents "abc", "de", "f", in the byte vocabulary. */
static const int behind[] = {'a', 'b', 'c', END_ID, 'd', 'e', END_ID, 'f', END_ID};
static const int before[] = {END_ID, 'a', 'b', 'c', END_ID, 'd', 'e', END_ID, 'f'};
enum { TOKENS = 9 };

static size_t put_tokens(unsigned char *out, const int *id, int n, int width)
{
    for (int i = 0; i < n; i++) {
        const int64_t wide = id[i];
        memcpy(out + i * width, &wide, (size_t)width);
    }
    return (size_t)(n * width);
}

static void three_documents(const char *name)
{
    static const char *const text[] = {"abc", "de", "f"};
    struct data *d = open_source_at(in_scratch(name), NULL, 0);
    ck_assert_int_eq(d->source[0].documents, 3);
    ck_assert_int_eq(data_tokens(d, 0, SPLIT_TRAIN), TOKENS);
    for (int i = 0; i < 3; i++) {
        int64_t n;
        int32_t *id = document_of(d, i, &n);
        ck_assert_int_eq(n, strlen(text[i]));
        for (int64_t k = 0; k < n; k++) ck_assert_int_eq(id[k], text[i][k]);
        free(id);
    }
    ck_assert_double_eq(data_bytes_per_token(d, 0, SPLIT_TRAIN), 1);
    data_close(d);
}

static void refused(const char *name, const char *text)
{
    struct data *d;
    struct error e;
    FAILS(try_open(&d, in_scratch(name), NULL, 0, &e), E_FORMAT, &e, text, scratch);
}

TEST(nanogpt)
{
    unsigned char raw[64];
    put_file("train.bin", raw, put_tokens(raw, behind, TOKENS, 2));
    three_documents("train.bin");
    put_file("front.bin", raw, put_tokens(raw, before, TOKENS, 2));
    three_documents("front.bin");
    put_file("odd.bin", raw, 5);
    refused("odd.bin", "'%s/odd.bin' has 5 bytes: no number of 16-bit tokens");
    const int bad[] = {'a', 257, 'b'};
    put_file("large.bin", raw, put_tokens(raw, bad, 3, 2));
    refused("large.bin", "'%s/large.bin': token 1 is 257, which is not in [0, 257) of tokenizer "
                         "'bytes'");
}
END

TEST(llm_c)
{
    for (int width = 2; width <= 4; width += 2) {
        unsigned char raw[1024 + 64] = {0};
        const int32_t header[] = {width == 2 ? 20240520 : 20240801, width == 2 ? 1 : 7, TOKENS};
        memcpy(raw, header, sizeof header);
        const size_t n = 1024 + put_tokens(raw + 1024, behind, TOKENS, width);
        put_file("llm.bin", raw, n);
        three_documents("llm.bin");
        put_file("short.bin", raw, n - 2);
        char text[128];
        snprintf(text, sizeof text,
                 "'%%s/short.bin' has %zu bytes, not those of its header's 9 tokens", n - 2);
        refused("short.bin", text);
    }
}
END

TEST(numpy)
{
    unsigned char raw[256] = {0};
    memcpy(raw, "\x93NUMPY\x01\x00\x76\x00", 10);
    int n = sprintf((char *)raw + 10, "{'descr': '<i4', 'fortran_order': False, 'shape': (9,), }");
    memset(raw + 10 + n, ' ', (size_t)(128 - 10 - n));
    raw[127] = '\n';
    put_file("t.npy", raw, 128 + put_tokens(raw + 128, behind, TOKENS, 4));
    three_documents("t.npy");
    memset(raw + 128, 0xFF, 4);
    put_file("minus.npy", raw, 128 + 36);
    refused("minus.npy",
            "'%s/minus.npy': token 0 is 4294967295, which is not in [0, 257) of tokenizer 'bytes'");
}
END

/* Sequences "abc<end>", "de<end>", "f<end>", a document each. */
static size_t megatron_index(unsigned char *out, int type, int width)
{
    const uint64_t version = 1, sequences = 3, borders = 4;
    const int32_t size[] = {4, 3, 2};
    const int64_t border[] = {0, 1, 2, 3};
    memcpy(out, "MMIDIDX\0", 9);
    memcpy(out + 9, &version, 8);
    out[17] = (unsigned char)type;
    memcpy(out + 18, &sequences, 8);
    memcpy(out + 26, &borders, 8);
    memcpy(out + 34, size, sizeof size);
    for (int i = 0; i < 3; i++) {
        const int64_t at = (int64_t[]){0, 4, 7}[i] * width;
        memcpy(out + 46 + 8 * i, &at, 8);
    }
    memcpy(out + 70, border, sizeof border);
    return 102;
}

TEST(megatron)
{
    static const int types[][2] = {{8, 2}, {4, 4}, {5, 8}};
    unsigned char raw[128], index[128];
    for (int i = 0; i < 3; i++) {
        put_file("m.bin", raw, put_tokens(raw, behind, TOKENS, types[i][1]));
        put_file("m.idx", index, megatron_index(index, types[i][0], types[i][1]));
        three_documents("m.bin");
    }
    put_file("m.bin", raw, put_tokens(raw, behind, TOKENS, 2));
    const size_t n = megatron_index(index, 8, 2);
    put_file("m.idx", index, n - 8);
    refused("m.bin", "'%s/m.idx' has 94 bytes, not those of 3 sequences and 4 borders");
    index[54] = 100;
    put_file("m.idx", index, n);
    refused("m.bin", "'%s/m.idx': document 1 lies outside of its file");
    megatron_index(index, 8, 2);
    index[78] = 9;
    put_file("m.idx", index, n);
    refused("m.bin", "'%s/m.idx': document 0 is of no row of sequences");
    megatron_index(index, 8, 2);
    index[54] = 6; /* inside of the first */
    put_file("m.idx", index, n);
    refused("m.bin", "'%s/m.idx': document 1 begins at token 3, the one before ends at 4");
    megatron_index(index, 8, 2);
    put_file("m.idx", index, n);
    put_file("m.bin", raw, put_tokens(raw, behind, TOKENS, 2) + 2);
    refused("m.bin", "'%s/m.idx' is of 9 tokens, its .bin has 10: the rest would be lost");
    put_file("m.bin", raw, put_tokens(raw, behind, TOKENS, 2));
    megatron_index(index, 6, 2);
    put_file("m.idx", index, n);
    refused("m.bin", "'%s/m.idx' is an index of version 1 and type 6: version 1 and integers are "
                     "read");
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("foreign", nanogpt, llm_c, numpy, megatron, NULL));
}
