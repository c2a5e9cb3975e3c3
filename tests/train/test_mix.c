/* Mixes in the training loop: adaptive ones are told of losses, and go on to the same bytes after a
 * stop, under every packing; a reference model runs beside the one in training. */
#include "tests/train/fixture.h"

/* Train straight, and with a stop in each half; the same end. */
static const char *resumes(const char *name, const char *const *overrides)
{
    static char dir[4096];
    char runs[64];
    snprintf(runs, sizeof runs, "%s-straight", name);
    const struct outcome *o = train_small(runs, 0, false, overrides);
    expect_status(o, OK);
    strcpy(dir, o->result.dir);
    snprintf(runs, sizeof runs, "%s-cut", name);
    expect_status(train_small(runs, 5 * STEP, false, overrides), E_STOPPED);
    expect_status(train_small(runs, 3000 + 3 * STEP, false, overrides), E_STOPPED);
    o = train_small(runs, 0, false, overrides);
    expect_status(o, OK);
    same_end(dir, o->result.dir);
    return dir;
}

static const char *const one_mixer[] = {"~stages[1].mixer", "data.length_classes=[512, 1024]"};

static double last_number(const char *dir, const char *key)
{
    size_t n;
    char *text = contents(dir, "metrics.jsonl", &n), *found = NULL, pattern[128];
    snprintf(pattern, sizeof pattern, "\"%s\": ", key);
    for (char *p = text; (p = strstr(p, pattern)); p++) found = p;
    ck_assert_msg(found, "no %s", key);
    const double x = atof(found + strlen(pattern));
    free(text);
    return x;
}

TEST(adaptive_mixers_resume)
{
    const char *odm =
        resumes("odm", WITH(one_mixer[0], one_mixer[1], "+data.mixer={type: odm, rule: group}"));
    ck_assert_double_ne(last_number(odm, "data/copy_lag/weight"), 0.5);
    const char *skill = resumes("skill", WITH(one_mixer[0], one_mixer[1],
                                              "+data.mixer={type: skill_it, eta: 5, window: 2}"));
    ck_assert_double_ne(last_number(skill, "data/copy_lag/weight"), 0.5);
}
END

TEST(doremi_compares_with_a_reference)
{
    const struct outcome *o = train_small("reference", 0, false, WITH("seed=2"));
    expect_status(o, OK);
    char mixer[20000], dir[4096];
    snprintf(mixer, sizeof mixer, "+data.mixer={type: doremi, reference: %s}", o->result.dir);
    strcpy(dir, resumes("doremi", WITH(one_mixer[0], one_mixer[1], mixer)));
    const double a = last_number(dir, "data/copy_lag/weight"),
                 b = last_number(dir, "data/keyed_records/weight");
    ck_assert_double_eq_tol(a + b, 1, 1e-12);
    ck_assert_double_ne(a, 0.5);
    o = train_small("none", 0, false,
                    WITH(one_mixer[0], "+data.mixer={type: doremi, reference: x}"));
    expect_status(o, E_USAGE);
    ck_assert_str_eq(o->error.text,
                     "reference 'x' is no run, checkpoint or Hugging Face directory");
}
END

TEST(packings_resume_and_count)
{
    static const char *const packing[] = {"power_of_two", "pad", "best_fit", "decompose"};
    for (int k = 0; k < 4; k++) {
        char override[128];
        snprintf(override, sizeof override, "+data.packing={type: %s, loss: sequence%s}",
                 packing[k], k == 3 ? ", shortest: 32" : "");
        char dir[4096];
        strcpy(dir, resumes(packing[k],
                            WITH(one_mixer[1], override, k == 3 ? "stages[1].length=32" : NULL)));
        double given = 0, padded = 0, classes = 0;
        static const char *const sources[] = {"copy_lag", "keyed_records"};
        static const char *const labels[] = {"0-511", "512-1023", "1024-"};
        for (int s = 0; s < 2; s++) {
            char key[128];
            snprintf(key, sizeof key, "data/%s/tokens", sources[s]);
            given += last_number(dir, key);
            snprintf(key, sizeof key, "data/%s/padded", sources[s]);
            padded += last_number(dir, key);
            for (int c = 0; c < 3; c++) {
                snprintf(key, sizeof key, "data/%s/%s/tokens", sources[s], labels[c]);
                classes += last_number(dir, key);
            }
        }
        ck_assert_double_eq(given + padded, 3000 + 2048);
        ck_assert_double_eq(given, classes);
        ck_assert_double_eq_tol(last_number(dir, "data/fill"), given / (given + padded), 1e-15);
        if (k == 0) ck_assert_double_eq(padded, 0);
        if (k == 1) ck_assert_double_gt(padded, 0);
    }
}
END

int main(void)
{
    scratch_open();
    parallel_init(1);
    matmul_init();
    return scratch_close(run_tests("mix", adaptive_mixers_resume, doremi_compares_with_a_reference,
                                   packings_resume_and_count, NULL));
}
