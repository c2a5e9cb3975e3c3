/* data_encode.c -- text to token ids and back, for a quick look and for scripts. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/cli/data.h"
#include "src/data/tokenizer.h"

static int open_tokenizer(struct cli *c, struct tokenizer **t, const char *name, struct error *e)
{
    if (!name)
        return error_set(e, E_USAGE, "%s: --tokenizer is missing: bytes, a file, or a folder",
                         c->verb->name);
    TRY(tokenizer_open(t, name, e));
    if ((*t)->note) cli_note(c, (*t)->note);
    return OK;
}

static const char *input_name(const struct cli *c)
{
    return c->argc && strcmp(c->argv[0], "-") ? c->argv[0] : "standard input";
}

static int read_stdin(char **text, size_t *n, struct error *e)
{
    size_t room = 0;
    for (*text = NULL, *n = 0; !feof(stdin) && !ferror(stdin);) {
        if (*n == room) {
            room = room ? 2 * room : 1 << 16;
            char *more = realloc(*text, room);
            if (!more) return error_set(e, E_MEMORY, "no memory for %zu bytes of input", room);
            *text = more;
        }
        *n += fread(*text + *n, 1, room - *n, stdin);
    }
    if (!ferror(stdin)) return OK;
    return error_set(e, E_IO, "cannot read standard input: %s", strerror(errno));
}

static int read_input(const struct cli *c, char **text, size_t *n, struct error *e)
{
    const bool file = c->argc && strcmp(c->argv[0], "-");
    return file ? file_read_all(c->argv[0], text, n, e) : read_stdin(text, n, e);
}

/* ---- encode ---- */

struct printed {
    bool any;
};

static int print_ids(void *to, const int32_t *id, size_t n, struct error *e)
{
    struct printed *p = to;
    (void)e; /* a failed write shows when stdout is flushed */
    for (size_t i = 0; i < n; i++) {
        char text[16], *digit = text + sizeof text;
        uint32_t left = (uint32_t)id[i];
        do *--digit = (char)('0' + left % 10);
        while (left /= 10);
        if (p->any) putchar(' ');
        fwrite(digit, 1, (size_t)(text + sizeof text - digit), stdout);
        p->any = true;
    }
    return OK;
}

static int run_encode(struct cli *c, struct error *e)
{
    const char *name = NULL;
    bool ordinary = false;
    const struct flag flags[] = {
        {"tokenizer", FLAG_STRING, &name, 0, 0, "T", "bytes, a file, or a folder"},
        {"ordinary", FLAG_BOOL, &ordinary, 0, 0, NULL, "special tokens in the text are text"},
        {0},
    };
    struct tokenizer *t;
    struct encoder *encoder = NULL;
    struct printed printed = {false};
    char *text = NULL;
    size_t n = 0;
    TRY(cli_parse(c, flags, 0, 1, e));
    TRY(open_tokenizer(c, &t, name, e));
    int status = read_input(c, &text, &n, e);
    if (!status) status = encoder_open(&encoder, t, e);
    if (!status) status = encoder_run(encoder, text, n, !ordinary, print_ids, &printed, e);
    if (printed.any) putchar('\n');
    encoder_close(encoder);
    free(text);
    tokenizer_close(t);
    return status;
}

const struct verb job_encode = {
    .name = "data encode",
    .operands = "--tokenizer T [FILE]",
    .summary = "text to token ids",
    .help =
        "Prints the ids of a text from FILE or standard input, space-separated on one line;\n"
        "nothing for no text. T is `bytes`, a Hugging Face tokenizer.json, a tiktoken file, or\n"
        "a folder with tokenizer.json, or with vocab.bpe and encoder.json. No token is added at\n"
        "the ends. Text that spells a special token is that token, unless --ordinary.\n\n"
        "examples:\n"
        "  ropewalk data encode --tokenizer tokenizer.json book.txt\n"
        "  printf 'Hello' | ropewalk data encode --tokenizer bytes",
    .run = run_encode,
};

/* ---- decode ---- */

static int decode_word(const struct tokenizer *t, const char *path, const char *word, size_t n,
                       int line, struct error *e)
{
    const struct place at = {path, line, 0};
    int64_t id = 0;
    bool number = n > 0;
    for (size_t i = 0; i < n && number; i++) {
        number = isdigit((unsigned char)word[i]) && id <= INT32_MAX;
        id = 10 * id + (word[i] - '0');
    }
    if (!number)
        return error_at(e, E_FORMAT, &at, "'%.*s' is no token id", (int)(n < 60 ? n : 60), word);
    if (id >= t->vocab_size)
        return error_at(e, E_FORMAT, &at, "id %lld is not in [0, %d)", (long long)id,
                        t->vocab_size);
    size_t size;
    const char *text = tokenizer_text(t, (int32_t)id, &size);
    if (size) fwrite(text, 1, size, stdout);
    return OK;
}

static int decode_all(const struct tokenizer *t, const char *path, const char *text, size_t n,
                      struct error *e)
{
    int line = 1;
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && !isspace((unsigned char)text[end])) end++;
        if (end > i) TRY(decode_word(t, path, text + i, end - i, line, e));
        line += end < n && text[end] == '\n';
        i = end + 1;
    }
    return OK;
}

static int run_decode(struct cli *c, struct error *e)
{
    const char *name = NULL;
    const struct flag flags[] = {
        {"tokenizer", FLAG_STRING, &name, 0, 0, "T", "bytes, a file, or a folder"},
        {0},
    };
    struct tokenizer *t;
    char *text = NULL;
    size_t n = 0;
    TRY(cli_parse(c, flags, 0, 1, e));
    TRY(open_tokenizer(c, &t, name, e));
    int status = read_input(c, &text, &n, e);
    if (!status) status = decode_all(t, input_name(c), text, n, e);
    free(text);
    tokenizer_close(t);
    return status;
}

const struct verb job_decode = {
    .name = "data decode",
    .operands = "--tokenizer T [FILE]",
    .summary = "token ids to text",
    .help = "Writes the text of ids that stand in FILE or on standard input, separated by white\n"
            "space: the bytes that were encoded, and nothing else.\n\n"
            "examples:\n"
            "  echo 72 101 108 108 111 | ropewalk data decode --tokenizer bytes\n"
            "  ropewalk data decode --tokenizer tokenizer.json ids",
    .run = run_decode,
};
