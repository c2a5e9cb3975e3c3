/* npy.h -- NumPy .npy files (format 1.0; 2.0 and 3.0 are read), little-endian, C order. Source:
 * numpy/lib/_format_impl.py. */
#ifndef BASE_NPY_H
#define BASE_NPY_H

#include "src/base/file.h"

enum { NPY_DIMS = 4 };

struct npy {
    struct file_map map;
    char kind; /* 'f', 'i', 'u' (bool is u, 1 byte) */
    int size;  /* bytes an element */
    int n_dims;
    int64_t shape[NPY_DIMS];
    size_t count;
    const unsigned char *data;
};

int npy_open(struct npy *n, const char *path, struct error *e);
void npy_close(struct npy *n);
/* Element i of an integer array; the upper half of 64-bit unsigned numbers turns negative. */
int64_t npy_int(const struct npy *n, size_t i);

/* Write float32 in pieces: open with the shape, append `count` values, commit when all are there
 * (E_FORMAT otherwise). After a failure the caller aborts. */
struct npy_out {
    struct file_out out;
    size_t left;
};
int npy_out_open(struct npy_out *o, const char *path, int n_dims, const int64_t *shape,
                 struct error *e);
int npy_out_floats(struct npy_out *o, const float *v, size_t count, struct error *e);
int npy_out_commit(struct npy_out *o, struct error *e);
void npy_out_abort(struct npy_out *o);

#endif
