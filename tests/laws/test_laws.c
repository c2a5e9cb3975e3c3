/* test_laws.c -- every registered encoding keeps what it declares, and declares what it keeps. */
#include "src/num/rotate.h"
#include "tests/laws/samples.h"

enum { HEADS = 4, D = 16, FAR = 131072, ROWS = 24 };

/* ---- the registry ---- */

TEST(every_type_has_a_sample_and_every_sample_a_type)
{
    for (int k = 0; position_types[k]; k++) {
        const struct variant *v = &position_types[k]->v;
        ck_assert_msg(sample_of(v->name), "no sample options for %s in tests/laws/samples.h",
                      v->name);
        ck_assert_ptr_eq(conf_registry_find(&position_registry, v->name), v);
        ck_assert_ptr_eq(position_registry.types[k], v);
        ck_assert(v->summary && *v->summary);
        for (int i = 0; v->aliases && v->aliases[i]; i++)
            ck_assert_ptr_eq(conf_registry_find(&position_registry, v->aliases[i]), v);
    }
    for (int i = 0; i < N_SAMPLES; i++)
        ck_assert_msg(conf_registry_find(&position_registry, samples[i].type), "stale sample %s",
                      samples[i].type);
    ck_assert(position_registry.layers);
}
END

TEST(hooks_come_in_pairs)
{
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        ck_assert_msg(!t->bias_grad || t->bias, "%s", t->v.name);
        ck_assert_msg(!t->weight_grad || t->weight, "%s", t->v.name);
        ck_assert_msg(!t->row_scale_grad || t->row_scale, "%s", t->v.name);
        ck_assert_msg(!t->content == !t->content_grad, "%s", t->v.name);
        ck_assert_msg(!t->embed_grad || t->embed, "%s", t->v.name);
        ck_assert_msg(!t->qk_map == !t->qk_map_grad && !t->qk_map == !t->qk_width, "%s", t->v.name);
        ck_assert_msg(!t->transform == !t->transform_grad, "%s", t->v.name);
        ck_assert_msg(!t->region == !t->place, "%s", t->v.name);
        ck_assert_msg(!t->region || (t->regions > 1 && t->regions <= ATTENTION_REGIONS), "%s",
                      t->v.name);
        const bool learns = t->bias_grad || t->weight_grad || t->row_scale_grad ||
                            t->content_grad || t->embed_grad || t->qk_map_grad ||
                            t->transform_grad || t->inv_freq_grad;
        ck_assert_msg(!learns || t->params, "%s has an adjoint and no parameters", t->v.name);
        ck_assert_msg(!t->params || learns || t->table, "%s learns nothing", t->v.name);
        const bool rotates =
            t->table || t->log_rate || t->geometry; /* others may change a rotation */
        ck_assert_msg(!rotates || t->rope_theta, "%s rotates without a rope_theta", t->v.name);
        if (t->laws & LAW_NO_POSITION)
            ck_assert_msg(!t->rope_theta && !t->bias && !t->weight && !t->row_scale &&
                              !t->content && !t->embed && !t->ids && !t->qk_map && !t->region &&
                              !t->transform,
                          "%s", t->v.name);
    }
}
END

TEST(rotary_types_share_their_first_options)
{
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        if (!t->rope_theta) continue;
        char options[256];
        const char *own = sample_of(t->v.name)->options;
        const bool lists = strstr(own, "[") != NULL, factor = strstr(own, "factor: ") != NULL;
        snprintf(options, sizeof options, "%s%srope_theta: 50000, layout: interleaved",
                 lists                                         ? own
                 : factor && strcmp(t->v.name, "proportional") ? "factor: 2"
                                                               : "",
                 lists || (factor && strcmp(t->v.name, "proportional")) ? ", " : "");
        struct specimen s;
        specimen_open(&s, t->v.name, options);
        struct rotary_geometry g = {0};
        ck_assert_double_eq(t->rope_theta(s.at.opts), 50000);
        t->geometry(s.at.opts, &sample_shape, &g);
        ck_assert_msg(g.layout == ROTARY_INTERLEAVED, "%s ignores layout", t->v.name);
        specimen_close(&s);
    }
}
END

/* ---- logits of one head at given positions, from the hooks, with the core's tables ---- */

struct logits {
    struct specimen s;
    struct rotary_geometry g;
    real *cos, *sin; /* [FAR][pairs], or NULL */
    double rate[D];
    real q[ROWS * D], k[ROWS * D];
};

static void custom_rows(struct logits *l, int head, const double *w, double magnitude)
{
    const int pairs = l->g.width / 2;
    for (int p = 0; p < FAR; p += p < ROWS || p > FAR - 2 * ROWS ? 1 : FAR - 3 * ROWS) {
        double c[D], z[D];
        for (int i = 0; i < pairs; i++) {
            c[i] = magnitude * cos(p * w[i]);
            z[i] = magnitude * sin(p * w[i]);
        }
        l->s.type->table(&l->s.at, head, pairs, w, c, z);
        for (int i = 0; i < pairs; i++) {
            l->cos[(size_t)p * pairs + i] = (real)c[i];
            l->sin[(size_t)p * pairs + i] = (real)z[i];
        }
    }
}

static void logits_open(struct logits *l, const struct sample *x, int head)
{
    struct rng r = rng_open(3, "q and k");
    double w[D], magnitude;
    *l = (struct logits){0};
    specimen_open(&l->s, x->type, x->options);
    rng_fill_normal(&r, l->q, ROWS * D, 0, 1);
    rng_fill_normal(&r, l->k, ROWS * D, 0, 1);
    if (!l->s.type->rope_theta) return;
    const int pairs = frequencies(&l->s, head, TRAIN_LENGTH, &l->g, w, &magnitude);
    l->cos = malloc((size_t)FAR * pairs * sizeof *l->cos);
    l->sin = malloc((size_t)FAR * pairs * sizeof *l->sin);
    if (l->s.type->table)
        custom_rows(l, head, w, magnitude);
    else
        rotary_fill(l->cos, l->sin, FAR, pairs, w, magnitude);
    if (l->s.type->log_rate) {
        double rate[D] = {0};
        const bool half = l->g.layout == ROTARY_HALF;
        l->s.type->log_rate(&l->s.at, &l->g, rate);
        for (int i = 0; i < pairs; i++)
            l->rate[l->g.start + (half ? i : 2 * i)] =
                l->rate[l->g.start + (half ? i + pairs : 2 * i + 1)] = rate[i];
    }
}

static void logits_close(struct logits *l)
{
    free(l->cos);
    free(l->sin);
    specimen_close(&l->s);
}

static void turned(const struct logits *l, const real *x, const int32_t *position, real *y)
{
    memcpy(y, x, ROWS * D * sizeof *y);
    if (!l->cos) return;
    const struct rotary_table t = {.layout = l->g.layout,
                                   .start = l->g.start,
                                   .pairs = l->g.width / 2,
                                   .positions = FAR,
                                   .cos = l->cos,
                                   .sin = l->sin};
    rotate(y, D, 1, D, ROWS, position, &t, 1);
}

/* s [ROWS][ROWS] at positions shift .. shift + ROWS - 1 */
static void logits_at(const struct logits *l, int head, int shift, double *s)
{
    const struct position_type *t = l->s.type;
    int32_t position[ROWS];
    real q[ROWS * D], k[ROWS * D], weight[ROWS * ROWS], bias[ROWS * ROWS] = {0};
    for (int i = 0; i < ROWS; i++) position[i] = shift + i;
    for (int i = 0; i < ROWS * ROWS; i++) weight[i] = 1;
    turned(l, l->q, position, q);
    turned(l, l->k, position, k);
    const struct attention_tile tile = {head, ROWS, ROWS, ROWS, position, position};
    if (t->weight) t->weight(&l->s.at, &tile, weight);
    if (t->bias) t->bias(&l->s.at, &tile, bias);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int c = 0; c < D; c++)
                sum += (double)q[i * D + c] * k[j * D + c] * exp(l->rate[c] * (i - j));
            sum /= sqrt(D);
            if (t->row_scale) {
                const double scale = t->row_scale(&l->s.at, head, position[i], i + 1);
                ck_assert(scale == 1 || !t->scales_rows || t->scales_rows(l->s.at.opts));
                sum *= scale;
            }
            s[i * ROWS + j] = sum * weight[i * ROWS + j] + bias[i * ROWS + j];
        }
}

static double largest_change(const struct logits *l, int head, int shift)
{
    double a[ROWS * ROWS] = {0}, b[ROWS * ROWS] = {0}, worst = 0;
    logits_at(l, head, 0, a);
    logits_at(l, head, shift, b);
    for (int i = 0; i < ROWS * ROWS; i++)
        worst = fmax(worst, fabs(a[i] - b[i]) / fmax(1, fabs(a[i])));
    return worst;
}

TEST(shift_invariance)
{
    const int shifts[] = {1, 17, 1000, 32768, FAR - ROWS};
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        double worst = 0;
        if (t->qk_map || t->region || t->transform || t->softcap) continue; /* test_encodings.c */
        for (int h = 0; h < (t->bias || t->weight || t->row_scale ? HEADS : 1); h++) {
            struct logits l;
            logits_open(&l, sample_of(t->v.name), h);
            const int n = t->table ? 1 : (int)(sizeof shifts / sizeof *shifts);
            for (int i = 0; i < n; i++)
                worst = fmax(worst, largest_change(&l, h, t->table ? FAR - ROWS : shifts[i]));
            logits_close(&l);
        }
        if (t->laws & LAW_SHIFT)
            ck_assert_msg(worst <= 1e-5, "%s: logits move by %.2e", t->v.name, worst);
        else if (!t->embed && !t->ids)
            ck_assert_msg(worst > 1e-3, "%s keeps LAW_SHIFT and does not say so", t->v.name);
    }
}
END

TEST(rotation_keeps_norms)
{
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        if (!t->rope_theta) {
            ck_assert_msg(!(t->laws & LAW_NORM), "%s does not rotate", t->v.name);
            continue;
        }
        if (t->qk_map) continue; /* lengths are what the map changes */
        struct logits l;
        logits_open(&l, sample_of(t->v.name), 0);
        double magnitude = 1, worst = 0;
        if (t->magnitude) t->magnitude(&l.s.at, &magnitude);
        int32_t position[ROWS];
        real y[ROWS * D];
        for (int i = 0; i < ROWS; i++) position[i] = i % 2 ? FAR - 1 - i : i;
        turned(&l, l.q, position, y);
        for (int i = 0; i < ROWS; i++) {
            double before = 0, after = 0;
            for (int c = 0; c < D; c++) {
                const bool inside = c >= l.g.start && c < l.g.start + l.g.width;
                const double m = inside ? magnitude : 1;
                before += m * m * l.q[i * D + c] * l.q[i * D + c];
                after += (double)y[i * D + c] * y[i * D + c];
            }
            worst = fmax(worst, fabs(sqrt(after / before) - 1));
        }
        if (t->laws & LAW_NORM)
            ck_assert_msg(worst < 1e-6, "%s: norms change by %.2e", t->v.name, worst);
        else if (!t->log_rate)
            ck_assert_msg(worst > 1e-3, "%s keeps LAW_NORM and does not say so", t->v.name);
        logits_close(&l);
    }
}
END

static void check_identity(const struct sample *x, int head_dim, double theta)
{
    const struct position_shape shape = {
        .layers = 1, .heads = 1, .kv_heads = 1, .head_dim = head_dim, .hidden_size = head_dim};
    char text[256];
    snprintf(text, sizeof text, "position: {type: %s, %s, rope_theta: %.17g}\n", x->type, x->at_1,
             theta);
    struct specimen s;
    specimen_open_text(&s, text, &shape, TRAIN_LENGTH);
    for (int length = TRAIN_LENGTH; length <= 8 * TRAIN_LENGTH; length *= 8) {
        struct rotary_geometry g;
        double w[128], magnitude;
        const int pairs = frequencies(&s, 0, length, &g, w, &magnitude);
        ck_assert_int_eq(pairs, head_dim / 2);
        for (int i = 0; i < pairs; i++) {
            const double plain = pow(theta, -2.0 * i / head_dim);
            ck_assert_msg(!memcmp(&plain, &w[i], sizeof plain), "%s: pair %d is %.17g, not %.17g",
                          x->type, i, w[i], plain);
        }
        ck_assert_double_eq(magnitude, 1);
        if (s.type->row_scale) ck_assert_double_eq(s.type->row_scale(&s.at, 0, 5, 6), 1);
    }
    specimen_close(&s);
}

TEST(factor_1_is_plain_rope_to_the_bit)
{
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        const struct sample *x = sample_of(t->v.name);
        ck_assert_msg(!(t->laws & LAW_IDENTITY_AT_1) == !x->at_1, "%s", t->v.name);
        if (!x->at_1) continue;
        check_identity(x, 16, 500);
        check_identity(x, 128, 10000);
        check_identity(x, 96, 123456.7);
    }
}
END

TEST(length_dependence_is_declared)
{
    const int lengths[] = {1, TRAIN_LENGTH, TRAIN_LENGTH + 1, 2 * TRAIN_LENGTH, 100 * TRAIN_LENGTH};
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        bool changes = false;
        struct specimen s;
        specimen_open(&s, t->v.name, sample_of(t->v.name)->options);
        if (t->rope_theta) {
            double first[D] = {0}, now[D] = {0}, m0, m;
            struct rotary_geometry g;
            const int pairs = frequencies(&s, 0, lengths[0], &g, first, &m0);
            for (int i = 1; i < (int)(sizeof lengths / sizeof *lengths); i++) {
                frequencies(&s, 0, lengths[i], &g, now, &m);
                changes |= m != m0 || memcmp(first, now, (size_t)pairs * sizeof *now);
            }
        }
        ck_assert_msg(changes == !!(t->laws & LAW_LENGTH_DEPENDENT),
                      "%s: tables %s with the length", t->v.name,
                      changes ? "change" : "do not change");
        specimen_close(&s);
    }
}
END

/* ---- biases ---- */

TEST(declared_decay)
{
    enum { KEYS = 3000 };
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        if (!t->bias) continue;
        struct specimen s;
        specimen_open(&s, t->v.name, sample_of(t->v.name)->options);
        bool rises = false;
        for (int h = 0; h < HEADS; h++)
            for (int j = 0; j < KEYS; j += 100) {
                const int32_t q = KEYS;
                int32_t key[101];
                real x[101] = {0};
                for (int c = 0; c <= 100; c++) key[c] = j + c;
                const struct attention_tile tile = {h, 1, 101, 101, &q, key};
                t->bias(&s.at, &tile, x);
                for (int c = 0; c < 100; c++) rises |= x[c] > x[c + 1];
            }
        ck_assert_msg(rises == !(t->laws & LAW_DECAY), "%s: the bias %s with distance", t->v.name,
                      rises ? "rises" : "never rises");
        specimen_close(&s);
    }
}
END

TEST(content_sums_decay_and_start_anew_with_every_run)
{
    enum { N = 40, CUT = 13 };
    const int width = sample_shape.hidden_size;
    real x[N * 24], c[N * HEADS], alone[N * HEADS];
    int32_t anchor[N];
    struct rng r = rng_open(1, "x");
    rng_fill_normal(&r, x, (size_t)N * width, 0, 1);
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        if (!t->content) continue;
        ck_assert_msg(t->laws & LAW_DECAY, "%s", t->v.name);
        struct specimen s;
        specimen_open(&s, t->v.name, sample_of(t->v.name)->options);
        for (int i = 0; i < N; i++) anchor[i] = i < CUT ? 0 : CUT;
        for (int i = 0; i < N * HEADS; i++) c[i] = 1;
        t->content(&s.at, x, anchor, N, c);
        for (int i = 0; i < N * HEADS; i++) c[i] -= 1;
        for (int i = 1; i < N; i++)
            for (int h = 0; h < HEADS; h++)
                ck_assert_msg(i == CUT || c[i * HEADS + h] < c[(i - 1) * HEADS + h], "%s",
                              t->v.name);
        for (int i = 0; i < N; i++) anchor[i] = 0;
        memset(alone, 0, sizeof alone);
        t->content(&s.at, x + CUT * width, anchor, N - CUT, alone);
        for (int i = 0; i < (N - CUT) * HEADS; i++)
            ck_assert_msg(fabs(alone[i] - c[CUT * HEADS + i]) < 1e-5, "%s", t->v.name);
        specimen_close(&s);
    }
}
END

/* Positions of a tile's rows and columns: counting up, with gaps, far apart, restarted. */
static void tile_positions(int kind, int n, int32_t *p, int from)
{
    struct rng r = rng_open((uint64_t)kind, "positions");
    for (int i = 0, at = from; i < n; i++) {
        p[i] = at;
        if (kind == 0) at++;
        if (kind == 1) at += 1 + (int)rng_below(&r, 7);
        if (kind == 2) at += 1 + (int)rng_below(&r, 500);
        if (kind == 3) at = i == n / 3 ? 0 : at + 1;
    }
}

static void check_tile(const struct specimen *s, bool weight, int kind, int rows, int cols,
                       int from)
{
    const struct position_type *t = s->type;
    const int ld = cols + 3;
    int32_t q[40], k[70];
    real x[40 * 73], one;
    tile_positions(kind, rows, q, from);
    tile_positions(kind, cols, k, 0);
    for (int h = 0; h < HEADS; h++) {
        for (int i = 0; i < rows * ld; i++) x[i] = 3;
        const struct attention_tile tile = {h, rows, cols, ld, q, k};
        (weight ? t->weight : t->bias)(&s->at, &tile, x);
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < ld; c++) {
                one = 3;
                const struct attention_tile element = {h, 1, 1, 1, q + r, k + c};
                if (c < cols) (weight ? t->weight : t->bias)(&s->at, &element, &one);
                ck_assert_msg(fabs(x[r * ld + c] - one) <= 1e-5 * fmax(1, fabs(one)),
                              "%s, positions %d: (%d, %d) is %.8g, alone %.8g", t->v.name, kind, r,
                              c, x[r * ld + c], one);
            }
    }
}

TEST(tiles_agree_with_their_elements)
{
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        if (!t->bias && !t->weight) continue;
        struct specimen s;
        specimen_open(&s, t->v.name, sample_of(t->v.name)->options);
        for (int kind = 0; kind < 4; kind++)
            for (int which = 0; which < 2; which++) {
                if (!(which ? t->weight : t->bias)) continue;
                check_tile(&s, which, kind, 37, 67, 67);
                check_tile(&s, which, kind, 5, 5, 0);
                check_tile(&s, which, kind, 1, 70, 50000);
                check_tile(&s, which, kind, 40, 3, 2);
            }
        specimen_close(&s);
    }
}
END

/* ---- maps of the relative position ---- */

/* Rules change one way only, and rule 0 is near. */
TEST(regions_are_monotone)
{
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        if (!t->region) continue;
        struct specimen s;
        bool all[ATTENTION_REGIONS] = {false};
        specimen_open(&s, t->v.name, sample_of(t->v.name)->options);
        for (int32_t i = 0; i < 100; i++)
            for (int32_t j = 0; j < 100; j++) {
                const int r = t->region(&s.at, i, j);
                ck_assert_int_ge(r, 0);
                ck_assert_int_lt(r, t->regions);
                ck_assert_int_ge(t->region(&s.at, i + 1, j), r);
                ck_assert_int_le(t->region(&s.at, i, j + 1), r);
                if (i <= j) ck_assert_int_eq(r, 0);
                all[r] = true;
            }
        for (int r = 0; r < t->regions; r++) ck_assert_msg(all[r], "%s: rule %d", t->v.name, r);
        specimen_close(&s);
    }
}
END

/* ---- position ids ---- */

TEST(ids_rise_within_their_bound)
{
    int32_t ids[500];
    for (int k = 0; position_types[k]; k++) {
        const struct position_type *t = position_types[k];
        if (!t->ids) continue;
        struct specimen s;
        specimen_open(&s, t->v.name, sample_of(t->v.name)->options);
        struct rng r = rng_open(5, "ids");
        bool gaps = false;
        for (int n = 1; n <= 500; n += 7) {
            for (int i = 0; i < n; i++) ids[i] = i;
            const int bound = t->id_bound ? t->id_bound(&s.at, n) : n;
            ck_assert_int_ge(bound, n);
            t->ids(&s.at, &r, ids, n);
            for (int i = 1; i < n; i++) {
                ck_assert_int_gt(ids[i], ids[i - 1]);
                gaps |= ids[i] > ids[i - 1] + 1;
            }
            ck_assert_int_ge(ids[0], 0);
            ck_assert_int_lt(ids[n - 1], bound);
        }
        ck_assert_msg(gaps, "%s leaves the ids alone", t->v.name);
        specimen_close(&s);
    }
}
END

/* Every id of 0 .. max - 1 comes equally often: mean of the sorted sample, and of its first. */
TEST(randomized_ids_are_uniform)
{
    enum { N = 20, DRAWS = 20000, MAX = 300 };
    struct specimen s;
    int32_t ids[N];
    double sum = 0, first = 0;
    specimen_open(&s, "randomized", "max_position: 300");
    struct rng r = rng_open(6, "ids");
    for (int d = 0; d < DRAWS; d++) {
        s.type->ids(&s.at, &r, ids, N);
        for (int i = 0; i < N; i++) sum += ids[i];
        first += ids[0];
    }
    ck_assert_double_eq_tol(sum / (N * DRAWS), (MAX - 1) / 2.0, 0.5);
    ck_assert_double_eq_tol(first / DRAWS, (MAX - N) / (N + 1.0), 0.5);
    specimen_close(&s);
}
END

TEST(parameters_start_within_their_bounds)
{
    for (int k = 0; position_types[k]; k++) {
        struct specimen s;
        specimen_open(&s, position_types[k]->v.name, sample_of(position_types[k]->v.name)->options);
        for (int j = 0; j < s.n_params; j++) {
            ck_assert_int_ge(s.param[j].n_dims, 1);
            ck_assert_int_le(s.param[j].n_dims, 2);
            ck_assert_int_gt((int)param_count(&s.param[j]), 0);
        }
        for (int i = 0; i < s.n_scalars; i++)
            ck_assert_msg(isfinite(s.scalars[i]), "%s", s.type->v.name);
        specimen_close(&s);
    }
}
END

int main(void)
{
    parallel_init(2);
    return run_tests("laws", every_type_has_a_sample_and_every_sample_a_type, hooks_come_in_pairs,
                     rotary_types_share_their_first_options, shift_invariance, rotation_keeps_norms,
                     factor_1_is_plain_rope_to_the_bit, length_dependence_is_declared,
                     declared_decay, content_sums_decay_and_start_anew_with_every_run,
                     tiles_agree_with_their_elements, regions_are_monotone,
                     ids_rise_within_their_bound, randomized_ids_are_uniform,
                     parameters_start_within_their_bounds, NULL);
}
