/* compressed.c -- see compressed.h; zlib and zstd are known here alone. */
#include "src/data/compressed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { BUFFER = 1 << 17 };

enum packing { PLAIN, GZIP, ZSTD };

struct byte_stream {
    char path[4096];
    int fd;
    enum packing packing;
    bool ended, inside; /* the file is at its end; a member has begun that is not finished */
    size_t at, n;       /* of the buffer */
    int64_t taken;
    z_stream gzip;
    ZSTD_DStream *zstd;
    unsigned char buffer[BUFFER];
};

/* Fill the buffer where it is empty. */
static int refill(struct byte_stream *s, struct error *e)
{
    if (s->at < s->n || s->ended) return OK;
    s->at = s->n = 0;
    ssize_t got;
    do got = read(s->fd, s->buffer, BUFFER);
    while (got < 0 && errno == EINTR);
    if (got < 0) return error_set(e, E_IO, "cannot read '%s': %s", s->path, strerror(errno));
    s->n = (size_t)got;
    s->taken += got;
    s->ended = got == 0;
    return OK;
}

static int begin(struct byte_stream *s, struct error *e)
{
    TRY(refill(s, e));
    const unsigned char *p = s->buffer;
    if (s->n >= 2 && p[0] == 0x1F && p[1] == 0x8B) {
        s->packing = GZIP;
        if (inflateInit2(&s->gzip, 15 + 16) != Z_OK)
            return error_set(e, E_MEMORY, "no memory to read '%s'", s->path);
    } else if (s->n >= 4 && p[0] == 0x28 && p[1] == 0xB5 && p[2] == 0x2F && p[3] == 0xFD) {
        s->packing = ZSTD;
        s->zstd = ZSTD_createDStream();
        if (!s->zstd) return error_set(e, E_MEMORY, "no memory to read '%s'", s->path);
        ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, 31);
    }
    return OK;
}

int byte_stream_open(struct byte_stream **out, const char *path, struct error *e)
{
    const bool input = !strcmp(path, "-");
    *out = NULL;
    const int fd = input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_set(e, E_IO, "cannot open '%s': %s", path, strerror(errno));
    struct byte_stream *s = calloc(1, sizeof *s);
    if (!s) {
        close(fd);
        return error_set(e, E_MEMORY, "no memory to read '%s'", path);
    }
    s->fd = fd;
    snprintf(s->path, sizeof s->path, "%.4095s", input ? "standard input" : path);
    const int status = begin(s, e);
    if (status)
        byte_stream_close(s);
    else
        *out = s;
    return status;
}

void byte_stream_close(struct byte_stream *s)
{
    if (!s) return;
    if (s->packing == GZIP) inflateEnd(&s->gzip);
    ZSTD_freeDStream(s->zstd);
    close(s->fd);
    free(s);
}

int64_t byte_stream_taken(const struct byte_stream *s)
{
    return s->taken - (int64_t)(s->n - s->at);
}

static int damaged(const struct byte_stream *s, const char *what, struct error *e)
{
    return error_set(e, E_FORMAT, "'%s' is damaged near byte %lld: %s", s->path,
                     (long long)byte_stream_taken(s), what);
}

static int read_plain(struct byte_stream *s, void *out, size_t n, size_t *got)
{
    *got = s->n - s->at < n ? s->n - s->at : n;
    memcpy(out, s->buffer + s->at, *got);
    s->at += *got;
    return OK;
}

static int read_gzip(struct byte_stream *s, void *out, size_t n, size_t *got, struct error *e)
{
    z_stream *z = &s->gzip;
    z->next_in = s->buffer + s->at;
    z->avail_in = (uInt)(s->n - s->at);
    z->next_out = out;
    z->avail_out = (uInt)n;
    const int status = inflate(z, Z_NO_FLUSH);
    s->at = s->n - z->avail_in;
    *got = n - z->avail_out;
    s->inside = status != Z_STREAM_END;
    if (status == Z_STREAM_END) inflateReset(z);
    if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR) return OK;
    return damaged(s, z->msg ? z->msg : "no gzip", e);
}

static int read_zstd(struct byte_stream *s, void *out, size_t n, size_t *got, struct error *e)
{
    ZSTD_inBuffer in = {s->buffer, s->n, s->at};
    ZSTD_outBuffer to = {out, n, 0};
    const size_t status = ZSTD_decompressStream(s->zstd, &to, &in);
    s->at = in.pos;
    *got = to.pos;
    if (ZSTD_isError(status)) return damaged(s, ZSTD_getErrorName(status), e);
    s->inside = status != 0;
    return OK;
}

int byte_stream_read(struct byte_stream *s, void *out, size_t n, size_t *got, struct error *e)
{
    if (n > 1 << 30) n = 1 << 30;
    for (*got = 0; n && !*got;) {
        TRY(refill(s, e));
        const bool end = s->ended;
        if (end && !s->inside) return OK;
        TRY(s->packing == PLAIN  ? read_plain(s, out, n, got)
            : s->packing == GZIP ? read_gzip(s, out, n, got, e)
                                 : read_zstd(s, out, n, got, e));
        if (end && !*got && s->inside)
            return error_set(e, E_FORMAT, "'%s' ends in the middle: it was cut at byte %lld",
                             s->path, (long long)s->taken);
    }
    return OK;
}
