/* test_rope_options.c -- bad options of encodings: one message that names the key, the value and
 * what is valid. */
#include "tests/laws/samples.h"

/* Text of the error of binding `options` of a type, or of its check for `shape`; "" if none. */
static const char *complaint(const char *options, const struct position_shape *shape)
{
    static struct error e;
    struct position_section section = {{0}};
    struct conf *c;
    char text[512];
    snprintf(text, sizeof text, "position: {type: %s}\n", options);
    MUST(conf_open_text(&c, "run.yaml", text, &e), &e);
    conf_bind(c, &position_schema, &section);
    e.text[0] = 0;
    if (!conf_finish(c, &e)) {
        const struct position_type *t = (const struct position_type *)section.position.v[0].type;
        if (t->check) t->check(section.position.v[0].opts, shape, &e);
    }
    conf_close(c);
    return e.text;
}

static void expect(const char *options, const struct position_shape *shape, const char *part)
{
    const char *text = complaint(options, shape);
    ck_assert_msg(strstr(text, part), "{type: %s}: expected '%s', got '%s'", options, part, text);
}

static const struct position_shape usual = {
    .layers = 1, .heads = 2, .kv_heads = 2, .head_dim = 16, .hidden_size = 32};

TEST(good_options_pass)
{
    ck_assert_str_eq(complaint("rope", &usual), "");
    ck_assert_str_eq(complaint("yarn, factor: 4", &usual), "");
    ck_assert_str_eq(complaint("proportional, partial_rotary_factor: 0", &usual), "");
    ck_assert_str_eq(
        complaint("llama3, factor: 16, low_freq_factor: 1, high_freq_factor: 1", &usual), "");
}
END

TEST(width_of_the_rotation)
{
    const struct position_shape narrow = {1, 1, 1, 2, 2}, odd = {1, 1, 1, 10, 10};
    expect("rope, partial_rotary_factor: 0.3", &odd,
           "partial_rotary_factor 0.3 of head_dim 10 gives 3 rotated channels: an "
           "even number from 2 to 10 is valid");
    expect("rope, partial_rotary_factor: 0", &usual,
           "partial_rotary_factor 0 of head_dim 16 gives 0 rotated channels");
    expect("ntk, factor: 2", &narrow, "at least 4 are valid");
    expect("dynamic, factor: 2", &narrow, "at least 4 are valid");
    expect("pope, partial_rotary_factor: 0.2", &usual, "gives 3 rotated channels");
    expect("half_truncate", &narrow, "leaves 0 rotating pairs: at least 2 are needed");
}
END

TEST(options_that_nothing_reads)
{
    expect("spectrum, low: 2", &usual, "low 2 is not below high 1: valid are 0 <= low < high");
    expect("spectrum, seed: 3", &usual,
           "seed 3 is of uniform and gaussian frequencies, not exponential");
    expect("spectrum, floor_to: zero", &usual,
           "floor_to zero has no floor: give one, for example floor: 1");
    expect("spectrum, ceiling_to: value", &usual,
           "ceiling_to value has no ceiling: give one, for example ceiling: 1");
    ck_assert_str_eq(complaint("spectrum, ceiling_to: value, zero_ratio: 0.3", &usual), "");
}
END

TEST(ranges_and_missing_keys)
{
    expect("linear", &usual, "factor");
    expect("linear, factor: 0.5", &usual, "factor");
    expect("rope, rope_theta: 1", &usual, "rope_theta");
    expect("rope, layout: neox", &usual, "layout");
    expect("alibi, rope_theta: 500000", &usual, "rope_theta");
    expect("nope, rope_theta: 500000", &usual, "rope_theta");
    expect("yarn, factor: 4, beta_fst: 32", &usual, "beta_fast");
    expect("learned_absolute", &usual, "max_position_embeddings");
    expect("softcap, cap: 0", &usual, "'cap' is 0, must be from 0.001 to 1000000");
    expect("cope, npos_max: 1", &usual, "'npos_max' is 1, must be from 2 to 4096");
    expect("dape, mlp_width: 0", &usual, "'mlp_width' is 0, must be from 1 to 256");
    expect("self_extend, group_size: 0", &usual, "'group_size' is 0, must be from 1");
    expect("rerope, window_size: 0", &usual, "'window_size' is 0, must be from 1");
    expect("leaky_rerope, factor: 0.5", &usual, "'factor' is 0.5, must be from 1 to 1000000");
    expect("pope, init: one", &usual, "one of: zero, uniform");
    expect("cope, rope_theta: 10000", &usual, "'rope_theta' is not an option of 'cope'");
    expect("rerope, rope_theta: 10000", &usual, "'rope_theta' is not an option of 'rerope'");
}
END

TEST(contradictions)
{
    const struct position_shape grouped = {1, 4, 2, 16, 64}, odd = {1, 1, 1, 16, 15};
    expect("yarn, factor: 4, beta_fast: 1, beta_slow: 32", &usual,
           "beta_fast 1 is not above beta_slow 32: valid are beta_fast > beta_slow > 0");
    expect("llama3, factor: 4, low_freq_factor: 4, high_freq_factor: 1", &usual,
           "high_freq_factor 1 is below low_freq_factor 4");
    expect("longrope, short_factor: [1, 2], long_factor: [1, 2]", &usual,
           "short_factor has 2 values: 8 are valid, one for each rotated pair");
    expect(
        "longrope, short_factor: [1, 1, 1, 1, 1, 1, 1, 1], long_factor: [1, 1, 0, 1, 1, 1, 1, 1]",
        &usual, "long_factor[2] is 0: every divisor is above 0");
    expect("freq_list, inv_freq: [1]", &usual, "inv_freq has 1 values: 8 are valid");
    expect("freq_list", &usual, "inv_freq has 0 values: 8 are valid");
    expect("t5, num_buckets: 7", &usual, "num_buckets is 7: even numbers from 2 are valid");
    expect("t5, max_distance: 16", &usual, "numbers above 16 are valid");
    expect("fox, gate: fixed", &usual, "0 < decay_time_min <= decay_time_max is valid");
    expect("fox, decay_time_min: 9, decay_time_max: 3", &usual, "or neither");
    expect("fope", &grouped, "num_key_value_heads 2 must equal num_attention_heads 4");
    expect("learned_freq, per_head: true", &grouped,
           "num_key_value_heads 2 must equal num_attention_heads 4");
    expect("dual_chunk, chunk_size: 8, local_size: 8", &usual,
           "local_size 8 is not below chunk_size 8: valid are 0 <= local_size < chunk_size");
    expect("sinusoidal", &odd, "hidden_size 15 is odd");
}
END

TEST(magnitude_of_dual_chunk)
{
    struct specimen s;
    double magnitude = 1;
    specimen_open(&s, "dual_chunk", "chunk_size: 12, local_size: 4, factor: 4");
    s.type->magnitude(&s.at, &magnitude);
    ck_assert_double_eq_tol(magnitude, 1.0693147180559945, 1e-15); /* 0.05 ln 4 + 1 */
    specimen_close(&s);
    specimen_open(&s, "dual_chunk", "chunk_size: 12, local_size: 4");
    s.type->magnitude(&s.at, &magnitude);
    ck_assert_double_eq_tol(magnitude, 1.0693147180559945, 1e-15);
    specimen_close(&s);
}
END

int main(void)
{
    return run_tests("options of encodings", good_options_pass, magnitude_of_dual_chunk,
                     width_of_the_rotation, options_that_nothing_reads, ranges_and_missing_keys,
                     contradictions, NULL);
}
