/* Products against a naive double product; the same bits for any thread count and for any rows
 * beside a row. */
#include "src/num/matmul.h"
#include "tests/testing.h"

typedef void product(int, int, int, const real *, int, const real *, int, int, real *, int);
static product *const PRODUCTS[] = {matmul_nt, matmul_nn, matmul_tn};
enum { NT, NN, TN };

/* One product with operands of its own: element (i, p) of A at a[i * ra + p * ca]. */
struct operands {
    int kind, m, n, k, lda, ldb, ldc;
    real *a, *b, *c, *start;
};

static size_t stored(int rows, int ld)
{
    return (size_t)(rows > 0 ? rows : 1) * ld;
}

static void fill(struct rng *r, real *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] = (real)(rng_uniform(r) - 0.5);
}

/* `pad` elements between rows, so that a wrong leading dimension shows. */
static struct operands operands(int kind, int m, int n, int k, int pad)
{
    struct operands o = {.kind = kind, .m = m, .n = n, .k = k};
    o.lda = (kind == TN ? m : k) + pad;
    o.ldb = (kind == NT ? k : n) + pad;
    o.ldc = n + pad;
    const size_t size_a = stored(kind == TN ? k : m, o.lda),
                 size_b = stored(kind == NT ? n : k, o.ldb);
    const size_t size_c = stored(m, o.ldc);
    o.a = malloc(size_a * sizeof(real));
    o.b = malloc(size_b * sizeof(real));
    o.c = malloc(size_c * sizeof(real));
    o.start = malloc(size_c * sizeof(real));
    struct rng r = rng_open(m + 7 * n + 31 * k, "operands");
    fill(&r, o.a, size_a);
    fill(&r, o.b, size_b);
    fill(&r, o.start, size_c);
    memcpy(o.c, o.start, size_c * sizeof(real));
    return o;
}

static void release(struct operands *o)
{
    free(o->a);
    free(o->b);
    free(o->c);
    free(o->start);
}

static void run(const struct operands *o, int beta, real *c)
{
    PRODUCTS[o->kind](o->m, o->n, o->k, o->a, o->lda, o->b, o->ldb, beta, c, o->ldc);
}

static double exact(const struct operands *o, int i, int j, double *magnitude)
{
    double sum = 0;
    *magnitude = 0;
    for (int p = 0; p < o->k; p++) {
        const double a =
            o->kind == TN ? o->a[(size_t)p * o->lda + i] : o->a[(size_t)i * o->lda + p];
        const double b =
            o->kind == NT ? o->b[(size_t)j * o->ldb + p] : o->b[(size_t)p * o->ldb + j];
        sum += a * b;
        *magnitude += fabs(a * b);
    }
    return sum;
}

static const int SHAPES[][3] = {{1, 1, 1},     {1, 257, 64},   {700, 257, 33}, {3, 5, 700},
                                {33, 1, 100},  {129, 63, 513}, {200, 96, 385}, {1, 4099, 65},
                                {64, 2500, 9}, {1100, 31, 50}, {257, 131, 257}};
enum { N_SHAPES = sizeof SHAPES / sizeof *SHAPES };

/* Elements of C outside of a bound of the rounding, or written beside C. */
static int wrong(const struct operands *o, int beta)
{
    int count = 0;
    for (int i = 0; i < o->m; i++) {
        const size_t row = (size_t)i * o->ldc;
        for (int j = 0; j < o->n; j++) {
            double magnitude;
            const double add = beta ? o->start[row + j] : 0;
            const double want = exact(o, i, j, &magnitude) + add;
            const double bound = 4 * REAL_EPSILON * sqrt(o->k) * (magnitude + fabs(add));
            count += !(fabs(o->c[row + j] - want) <= bound);
        }
        for (int j = o->n; j < o->ldc; j++) count += o->c[row + j] != o->start[row + j];
    }
    return count;
}

TEST(agrees_with_the_naive_product)
{
    for (int kind = NT; kind <= TN; kind++)
        for (int s = 0; s < N_SHAPES; s++)
            for (int beta = 0; beta <= 1; beta++) {
                const int *shape = SHAPES[s];
                struct operands o = operands(kind, shape[0], shape[1], shape[2], 3 * beta);
                run(&o, beta, o.c);
                ck_assert_msg(wrong(&o, beta) == 0, "kind %d shape %d beta %d: %d wrong elements",
                              kind, s, beta, wrong(&o, beta));
                release(&o);
            }
}
END

TEST(overwrites_what_is_not_a_number)
{
    struct operands o = operands(NT, 130, 70, 20, 0);
    real *clean = malloc(sizeof(real) * 130 * 70);
    run(&o, 0, clean);
    for (int i = 0; i < 130 * 70; i++) o.c[i] = NAN;
    run(&o, 0, o.c);
    ck_assert(memcmp(clean, o.c, sizeof(real) * 130 * 70) == 0);
    free(clean);
    release(&o);
}
END

TEST(empty_inner_dimension_gives_zero)
{
    real c[6] = {1, 2, 3, 4, 5, 6};
    const real none[1] = {0};
    matmul_nt(2, 3, 0, none, 1, none, 1, 1, c, 3);
    ck_assert(c[0] == 1 && c[5] == 6);
    matmul_nt(2, 3, 0, none, 1, none, 1, 0, c, 3);
    for (int i = 0; i < 6; i++) ck_assert(c[i] == 0);
}
END

TEST(same_bits_for_any_thread_count)
{
    static const int large[][3] = {{4096, 257, 65}, {768, 256, 900}, {300, 5000, 40},
                                   {2, 32000, 64},  {1025, 97, 800}, {257, 257, 2049},
                                   {4096, 352, 64}, {256, 704, 1030}, {1000, 1000, 300}};
    static const int threads[] = {2, 3, 8, 16, 40};
    for (int kind = NT; kind <= TN; kind++)
        for (int s = 0; s < (int)(sizeof large / sizeof *large); s++)
            for (int beta = 0; beta <= 1; beta++) {
                struct operands o = operands(kind, large[s][0], large[s][1], large[s][2], 0);
                const size_t bytes = stored(o.m, o.ldc) * sizeof(real);
                real *one = malloc(bytes);
                memcpy(one, o.start, bytes);
                parallel_init(1);
                run(&o, beta, one);
                for (int t = 0; t < (int)(sizeof threads / sizeof *threads); t++) {
                    parallel_init(threads[t]);
                    memcpy(o.c, o.start, bytes);
                    run(&o, beta, o.c);
                    ck_assert_msg(memcmp(one, o.c, bytes) == 0,
                                  "kind %d shape %d beta %d: %d threads", kind, s, beta,
                                  threads[t]);
                }
                free(one);
                release(&o);
            }
    parallel_init(2);
}
END

/* Rows [from, from + rows) alone must have the bits that they have among all. */
static void rows_alone(const struct operands *all, const real *whole, int from, int rows, int beta, real *c)
{
    struct operands o = *all;
    o.m = rows;
    o.a += o.kind == TN ? (size_t)from : (size_t)from * o.lda;
    const size_t first = (size_t)from * o.ldc, bytes = (size_t)rows * o.ldc * sizeof(real);
    memcpy(c, all->start + first, bytes);
    run(&o, beta, c);
    ck_assert_msg(memcmp(whole + first, c, bytes) == 0,
                  "kind %d n %d k %d beta %d: rows %d + %d differ from those of %d rows", o.kind,
                  o.n, o.k, beta, from, rows, all->m);
}

static void check_rows(int kind, int m, int n, int k, int step)
{
    for (int beta = 0; beta <= 1; beta++) {
        struct operands o = operands(kind, m, n, k, 0);
        real *c = malloc(stored(m, o.ldc) * sizeof(real));
        run(&o, beta, o.c);
        struct rng r = rng_open(m + n, "rows");
        for (int rows = 1; rows <= m; rows += rows < 70 ? 1 : step)
            rows_alone(&o, o.c, rng_below(&r, m - rows + 1), rows, beta, c);
        free(c);
        release(&o);
    }
}

TEST(row_does_not_know_the_rows_beside_it)
{
    /* {n, k, step}: widths around the register tiles, odd sizes, one column, k beyond BLIS's block
     */
    static const int shapes[][3] = {{257, 64, 1},   {1, 100, 17},  {31, 33, 13},
                                    {256, 256, 61}, {96, 385, 23}, {63, 500, 29},
                                    {1030, 7, 37},  {5, 1, 19},    {2049, 40, 97}};
    for (int kind = NT; kind <= TN; kind++)
        for (int s = 0; s < (int)(sizeof shapes / sizeof *shapes); s++)
            check_rows(kind, 700, shapes[s][0], shapes[s][1], shapes[s][2]);
    for (int kind = NT; kind <= TN; kind++) check_rows(kind, 2200, 130, 48, 419);
}
END

TEST(kernels_have_a_name_and_a_speed)
{
    ck_assert(strlen(matmul_kernels()) > 2);
    for (int which = 0; which < 3; which++) ck_assert(matmul_peak(128, which, 2, 2) > 0.01);
}
END

int main(void)
{
    matmul_init();
    parallel_init(2);
    return run_tests("matmul", agrees_with_the_naive_product, overwrites_what_is_not_a_number,
                     empty_inner_dimension_gives_zero, same_bits_for_any_thread_count,
                     row_does_not_know_the_rows_beside_it, kernels_have_a_name_and_a_speed, NULL);
}
