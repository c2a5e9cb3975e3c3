/* What the figures of single kinds of tables read: references, laws, heads, domains, speed, maps. */
#include "src/lab/figure.h"
#include "src/lab/level_label.h"
#include "tests/base/scratch.h"

static void put(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
}

/* A file of one task with one table. */
static void put_table(const char *name, const char *task, const char *table, const char *rows)
{
    char text[8192];
    snprintf(text, sizeof text,
             "{\"model\": \"nowhere\", \"train_length\": 64, \"results\": [{\"facts\": {\"task\": "
             "\"%s\"}, \"scalars\": {}, \"tables\": {\"%s\": [%s]}}]}",
             task, table, rows);
    put(name, text);
}

static int collect(const char *figure, struct result *r, struct error *e,
                   const char *const *sources)
{
    const struct figure_type *f;
    int n = 0;
    while (sources[n]) n++;
    TRY(figure_find(figure, &f, e));
    return figure_collect(f, n, (char *const *)sources, r, e);
}

static const char *source(const char *name, const char *file)
{
    static char text[8][600];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(text[turn], sizeof text[turn], "%s=%s", name, in_scratch(file));
    return text[turn];
}

static void draws(const char *figure, const struct result *r)
{
    const struct figure_type *f;
    struct error e;
    enum figure_outcome outcome;
    char gnuplot[4096], name[64];
    size_t n;
    char *svg;
    MUST(figure_find(figure, &f, &e), &e);
    const struct figure_options o = {.out = in_scratch(figure), .formats = "svg"};
    MUST(figure_draw(f, r, &o, &outcome, &e), &e);
    if (!figure_gnuplot(gnuplot, sizeof gnuplot)) return;
    snprintf(name, sizeof name, "%s.svg", figure);
    MUST(file_read_all(in_scratch(name), &svg, &n, &e), &e);
    ck_assert_msg(n > 3000, "%s has %zu bytes", name, n);
    free(svg);
}

/* What training wrote: a file a task below eval/STEP, and loss_by_position in metrics.jsonl. */
TEST(runs_as_sources)
{
    struct error e;
    struct result r;
    MUST(file_make_directories(in_scratch("own/eval/2"), &e), &e);
    MUST(file_make_directories(in_scratch("own/eval/10"), &e), &e);
    put("own/summary.json", "{\"name\": \"alibi\"}");
    put("own/metrics.jsonl", "{\"step\": 2, \"eval/books/by_position\": [1, 1]}\n"
                             "{\"step\": 10, \"eval/books/by_position\": [5, 4, 3, 2], "
                             "\"eval/a/b/by_position\": [7, null]}\n{\"step\": 11}\n");
    const char *file = "{\"run\": \"x\", \"facts\": {\"task\": \"passkey\", \"train_length\": 32}, "
                       "\"tables\": {\"lengths\": [{\"length\": 64, \"accuracy\": %g}]}}";
    char text[512];
    for (int k = 0; k < 2; k++) {
        snprintf(text, sizeof text, file, k ? 0.75 : 0.25);
        put(k ? "own/eval/10/passkey.json" : "own/eval/2/passkey.json", text);
    }
    const char *const runs[] = {in_scratch("own"), NULL};
    MUST(collect("retrieval_by_length", &r, &e, runs), &e);
    ck_assert_str_eq(r.series[0].name, "alibi");
    ck_assert(r.series[0].field[0].v[0] == 0.75);
    ck_assert_str_eq(r.fact[0].name, "train_length");
    ck_assert(r.fact[0].v == 32);
    result_close(&r);
    const char *const one[] = {in_scratch("own/eval/2/passkey.json"), NULL};
    MUST(collect("retrieval_by_length", &r, &e, one), &e);
    ck_assert_str_eq(r.series[0].name, "alibi");
    result_close(&r);
    const char *const again[] = {in_scratch("own"), NULL};
    MUST(collect("loss_by_position", &r, &e, again), &e);
    ck_assert_int_eq(r.axis.n, 4);
    ck_assert(r.axis.v[3] == 7 && r.series[0].field[0].v[0] == 5 && r.series[0].field[0].v[3] == 2);
    ck_assert_str_eq(r.fact[3].text, "a/b");
    ck_assert(r.series[0].field[3].v[0] == 7 && isnan(r.series[0].field[3].v[1]));
    result_close(&r);
}
END

/* Chance is one grey curve, however many sources say it. */
TEST(chance_is_a_reference)
{
    struct error e;
    struct result r;
    struct figure_style style[RESULT_SERIES];
    put_table("a.json", "passkey", "lengths",
              "{\"length\": 64, \"accuracy\": 1, \"chance\": 0.25}, "
              "{\"length\": 128, \"accuracy\": 0.5, \"chance\": 0.125}");
    const char *const sources[] = {source("rope", "a.json"), source("rope", "a.json"),
                                   source("alibi", "a.json"), NULL};
    MUST(collect("retrieval_by_length", &r, &e, sources), &e);
    ck_assert_int_eq(r.n_series, 3);
    ck_assert_str_eq(r.series[2].name, "chance"); /* behind the others */
    ck_assert_str_eq(r.series[2].key, "reference");
    ck_assert(r.series[2].field[0].v[0] == 0.25 && r.series[2].field[0].v[1] == 0.125);
    figure_styles(&r, style);
    ck_assert_str_eq(style[2].colour, "#777777");
    draws("retrieval_by_length", &r);
    result_close(&r);
}
END

/* The 7B row of section 3.1 of arXiv:2309.16039 from its own curve; noise has no law. */
TEST(laws_of_context)
{
    char rows[4096] = "";
    struct error e;
    struct result r;
    for (int k = 0; k < 10; k++) {
        const double c = 32 << k;
        snprintf(rows + strlen(rows), sizeof rows - strlen(rows),
                 "%s{\"source\": \"books\", \"context\": %.0f, \"nll\": %.12g, \"best\": 1.5}",
                 k ? ", " : "", c, pow(25.4 / c, 0.45) + 1.56);
    }
    put_table("law.json", "loss_by_context", "by_context", rows);
    put_table("noise.json", "loss_by_context", "by_context",
              "{\"source\": \"books\", \"context\": 32, \"nll\": 2}, "
              "{\"source\": \"books\", \"context\": 64, \"nll\": 3}, "
              "{\"source\": \"books\", \"context\": 128, \"nll\": 2}, "
              "{\"source\": \"books\", \"context\": 256, \"nll\": 3}, "
              "{\"source\": \"books\", \"context\": 512, \"nll\": 2}");
    const char *const sources[] = {source("rope", "law.json"), source("alibi", "noise.json"), NULL};
    MUST(collect("loss_by_context", &r, &e, sources), &e);
    ck_assert_int_eq(r.n_series, 3);
    const struct result_series *law = &r.series[0];
    ck_assert(fabs(result_value(law, "alpha_1") - 25.4) < 0.01);
    ck_assert(fabs(result_value(law, "beta_1") - 0.45) < 1e-5);
    ck_assert(fabs(result_value(law, "gamma_1") - 1.56) < 1e-5);
    ck_assert_str_eq(r.series[1].name, "alibi");
    ck_assert(isnan(result_value(&r.series[1], "beta_1")));
    ck_assert_str_eq(r.series[2].name, "best");
    ck_assert(isnan(result_value(&r.series[2], "beta_1")));
    draws("loss_by_context", &r);
    result_close(&r);
}
END

/* The table `heads` of another task has no rank; masking has a curve for each way to choose. */
TEST(heads_and_masks)
{
    struct error e;
    struct result r;
    put_table("h.json", "retrieval_heads", "heads",
              "{\"rank\": 1, \"layer\": 0, \"head\": 1, \"score\": 0.5}, "
              "{\"rank\": 2, \"layer\": 0, \"head\": 0, \"score\": 0.05}");
    put_table("other.json", "attention", "heads", "{\"layer\": 0, \"head\": 1, \"sink\": 0.5}");
    put_table("m.json", "retrieval_heads", "masking",
              "{\"masked\": \"none\", \"heads\": 0, \"draw\": 0, \"nll\": 1, \"accuracy\": 1}, "
              "{\"masked\": \"best\", \"heads\": 1, \"draw\": 0, \"nll\": 4, \"accuracy\": 0}, "
              "{\"masked\": \"random\", \"heads\": 1, \"draw\": 0, \"nll\": 1, \"accuracy\": 1}, "
              "{\"masked\": \"random\", \"heads\": 1, \"draw\": 1, \"nll\": 2, \"accuracy\": 0.5}");
    const char *const ranks[] = {source("rope", "h.json"), NULL},
                      *const other[] = {source("rope", "other.json"), NULL},
                      *const masks[] = {source("rope", "m.json"), NULL};
    MUST(collect("head_ranking", &r, &e, ranks), &e);
    ck_assert(r.series[0].field[0].v[0] == 0.5 && r.series[0].field[0].v[1] == 0.05);
    draws("head_ranking", &r);
    result_close(&r);
    FAILS(collect("head_ranking", &r, &e, other), E_USAGE, &e,
          "no row of 'heads' has a rank and a score");
    MUST(collect("head_masking", &r, &e, masks), &e);
    ck_assert_int_eq(r.n_series, 3);
    ck_assert_str_eq(r.series[1].name, "rope, best");
    ck_assert_str_eq(r.series[2].name, "rope, random (n = 2)");
    ck_assert(r.series[2].field[0].v[1] == 1.5 && r.series[2].field[3].v[1] == 0.75);
    draws("head_masking", &r);
    result_close(&r);
}
END

/* Empty bins are left out. */
TEST(histogram_of_differences)
{
    struct error e;
    struct result r;
    put_table("s.json", "slices", "lsd_histogram",
              "{\"source\": \"books\", \"from\": null, \"to\": -10, \"tokens\": 0}, "
              "{\"source\": \"books\", \"from\": -0.5, \"to\": 0, \"tokens\": 90}, "
              "{\"source\": \"books\", \"from\": 0, \"to\": 0.5, \"tokens\": 0}, "
              "{\"source\": \"books\", \"from\": 2, \"to\": 2.5, \"tokens\": 7}");
    const char *const sources[] = {source("rope", "s.json"), NULL};
    MUST(collect("long_short", &r, &e, sources), &e);
    ck_assert(r.axis.n == 2 && r.axis.v[1] == 2 && r.series[0].field[0].v[1] == 7);
    draws("long_short", &r);
    result_close(&r);
}
END

static void put_domains(const char *name, double books, double code)
{
    char rows[1024];
    snprintf(rows, sizeof rows,
             "{\"position\": \"0\", \"books\": 9, \"code\": 9}, "
             "{\"position\": \"1\", \"books\": 9, \"code\": 9}, "
             "{\"position\": \"2-3\", \"books\": %g, \"code\": 9}, "
             "{\"position\": \"32-63\", \"books\": %g, \"code\": %g}, "
             "{\"position\": \"all\", \"books\": 0, \"code\": 0}",
             9 + books, books, code);
    put_table(name, "loss_by_position", "by_position", rows);
}

/* Differences from the first source, paired by the order of the files, octaves below 32 joined by how
 * many positions they hold. */
TEST(domains_against_the_first)
{
    struct error e;
    struct result r;
    put_domains("a1.json", 2, 1);
    put_domains("a2.json", 4, 2);
    put_domains("b1.json", 3, 1);
    put_domains("b2.json", 7, 2);
    const char *const sources[] = {source("mix a", "a1.json"), source("mix a", "a2.json"),
                                   source("mix b", "b1.json"), source("mix b", "b2.json"), NULL},
                      *const one[] = {source("mix a", "a1.json"), NULL};
    MUST(collect("domain_table", &r, &e, sources), &e);
    ck_assert_int_eq(r.n_series, 2);
    ck_assert_str_eq(r.series[0].name, "mix b: books");
    ck_assert_int_eq(r.axis.n, 2);
    /* 1 and 3 in two of four positions; 1 and 3: t(1) sd / sqrt 2 = 12.706 */
    ck_assert(fabs(r.series[0].field[0].v[0] - 1) < 1e-12);
    ck_assert(fabs(r.series[0].field[0].v[1] - 2) < 1e-12);
    ck_assert(fabs(r.series[0].field[1].v[1] - 12.706204736) < 1e-6);
    ck_assert(r.series[1].field[0].v[1] == 0 && isnan(r.series[1].field[1].v[1]));
    draws("domain_table", &r);
    result_close(&r);
    FAILS(collect("domain_table", &r, &e, one), E_USAGE, &e,
          "one source alone: name what it is held against first, as NAME=PATH");
}
END

/* Median of the steps of each row length without the first, which takes its memory. */
TEST(speed_by_length)
{
    struct error e;
    struct result r;
    MUST(file_make_directories(in_scratch("run"), &e), &e);
    put("run/metrics.jsonl", "{\"step\": 1, \"length\": 64}\n{\"step\": 2, \"length\": 64}\n"
                             "{\"step\": 2, \"eval/loss\": 1}\n{\"step\": 3, \"length\": 64}\n"
                             "{\"step\": 4, \"length\": 256}\n{\"step\": 5, \"length\": 64}\n");
    put("run/timing.jsonl", "{\"step\": 1, \"tokens_per_second\": 1}\n"
                            "{\"step\": 2, \"tokens_per_second\": 2000}\n"
                            "{\"step\": 3, \"tokens_per_second\": 4000}\n"
                            "{\"step\": 4, \"tokens_per_second\": 500}\n"
                            "{\"step\": 5, \"tokens_per_second\": 3000}\n");
    const char *const sources[] = {source("rope", "run"), NULL};
    MUST(collect("speed", &r, &e, sources), &e);
    ck_assert_int_eq(r.axis.n, 2);
    ck_assert(r.series[0].field[0].v[0] == 3 && r.series[0].field[0].v[1] == 0.5);
    ck_assert(r.series[0].field[1].v[0] == 2 && r.series[0].field[2].v[0] == 4);
    draws("speed", &r);
    result_close(&r);
}
END

/* A grid for each head, however many cells: none are thinned. */
TEST(maps_of_heads)
{
    enum { N = 10 };
    char rows[8192] = "";
    struct error e;
    struct result r;
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            snprintf(rows + strlen(rows), sizeof rows - strlen(rows),
                     "%s{\"kind\": \"books\", \"layer\": 1, \"head\": 0, \"query\": %d, "
                     "\"key\": %d, \"weight\": %g}",
                     i ? ", " : "", i, j, 1.0 / (i + 1));
    put_table("maps.json", "attention_maps", "maps", rows);
    const char *const sources[] = {source("rope", "maps.json"), NULL};
    MUST(collect("attention_maps", &r, &e, sources), &e);
    ck_assert_str_eq(r.series[0].name, "rope, books layer 1 head 0");
    ck_assert_int_eq(r.axis.n, N * (N + 1) / 2);
    ck_assert(r.series[0].field[2].v[0] == 1 && r.series[0].field[2].v[1] == 0.5);
    draws("attention_maps", &r);
    result_close(&r);
}
END

TEST(labels_of_levels)
{
    static const char *const rows[][2] = {
        {"{type: rope, rope_theta: 500000}", "rope(rope_theta=500000)"},
        {"{type: staged, lengths: [64, 256], at: [0.5]}", "staged(lengths=64+256,at=0.5)"},
        {"{type: alibi}", "alibi"},
        {"256", "256"},
        {"[{type: rope}, {type: logn}]", "[{type: rope}, {type: logn}]"},
        {"{type: a, b: {type: c}}", "{type: a, b: {type: c}}"}};
    char label[64];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct lab_param x = {.key = "k", .text = rows[i][0], .given = true};
        level_label(&x, label, sizeof label);
        ck_assert_str_eq(label, rows[i][1]);
    }
    level_label(&(struct lab_param){.text = "256"}, label, sizeof label);
    ck_assert_str_eq(label, "-");
}
END

int main(void)
{
    parallel_init(2);
    scratch_open();
    return scratch_close(run_tests("figure kinds", runs_as_sources, chance_is_a_reference,
                                   laws_of_context, heads_and_masks, histogram_of_differences,
                                   domains_against_the_first, speed_by_length, maps_of_heads,
                                   labels_of_levels, NULL));
}
