/* file.h -- files that are either whole or not there.
 *
 * Every result is written to a temporary name beside its target, flushed, synced, renamed, and the
 * directory synced. A full disk or a kill leaves the old file. Errors name the path and the
 * system's reason. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/base/error.h"

/* Read-only map of a whole file; an empty file gives size 0 and data NULL. */
struct file_map {
    const unsigned char *data;
    size_t size;
};
int file_map_open(struct file_map *m, const char *path, struct error *e);
void file_map_close(struct file_map *m);

/* Write through a temporary "<path>.<process>-<number>.tmp": f is open for writing until commit
 * (sync, rename) or abort (unlink). The stream remembers a failed write: commit reports it. A
 * target that is there and no regular file (a device, a pipe) is an error. */
struct file_out {
    FILE *f;
    char path[4096], temporary[4160];
};
int file_out_open(struct file_out *o, const char *path, struct error *e);
int file_out_commit(struct file_out *o,
                    struct error *e); /* closes in any case; on failure the temporary is gone */
void file_out_abort(struct file_out *o);

int file_write_all(const char *path, const void *data, size_t n, struct error *e); /* atomic */
/* malloc'ed, NUL-terminated; the caller frees. Reads pipes too. */
int file_read_all(const char *path, char **data, size_t *n, struct error *e);

bool file_exists(const char *path);
bool file_is_directory(const char *path);
int file_make_directories(const char *path, struct error *e); /* mkdir -p */
int file_remove_tree(const char *path, struct error *e); /* never follows links; absent is fine */
int file_sync_directory(const char *path, struct error *e);
/* Names in a directory (without . and ..), sorted bytewise; free with file_list_free. */
int file_list(const char *path, char ***names, size_t *n, struct error *e);
void file_list_free(char **names, size_t n);
/* Expand a glob, sorted bytewise; no match is an error that says so. */
int file_glob(const char *pattern, char ***names, size_t *n, struct error *e);
/* dir "/" name into out (size bytes); truncation is E_IO. */
int file_join(char *out, size_t size, const char *dir, const char *name, struct error *e);

/* Lines appended with one write(2) each; a write that fails (full disk) leaves no half line. */
struct line_log {
    int fd;
    char path[4096];
    int64_t length; /* bytes so far */
};
/* Opens or creates, and cuts the file to `keep` bytes first (-1: keep all whole lines; what a kill
 * left of a last one is cut). E_FORMAT if the file is shorter or no line ends there. */
int line_log_open(struct line_log *l, const char *path, int64_t keep, struct error *e);
int line_log_write(struct line_log *l, const char *text, size_t n,
                   struct error *e); /* adds the newline */
int line_log_sync(struct line_log *l, struct error *e);
void line_log_close(struct line_log *l);

/* CRC-32C of a block, continuing from crc (start with 0). */
uint32_t crc32c(uint32_t crc, const void *data, size_t n);
/* SHA-256, incremental. */
struct sha256 {
    uint32_t h[8];
    uint64_t length;
    unsigned char block[64];
};
void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t n);
void sha256_hex(struct sha256 *s, char hex[65]);
/* Files are read in blocks: large ones take no memory, not of mapped pages either. */
int sha256_add_file(struct sha256 *s, const char *path, struct error *e);
int sha256_file(const char *path, char hex[65], struct error *e); /* of one file */

#endif
