/* data_leakage.c -- ropewalk data leakage: what splits and sources share. */
#include "src/data/leakage.h"

#include "src/base/json.h"
#include "src/cli/data.h"
#include "src/train/config.h"

static const char *const splits[] = {"train", "dev", "test"};

static void group_name(const struct mixer_source *source, int group, char *name, size_t size)
{
    snprintf(name, size, "%.80s/%s", source[group / SPLITS].name, splits[group % SPLITS]);
}

/* Held-out documents against training documents, and training documents of two sources. */
static bool matters(const struct leakage *l, int g, int h)
{
    if (g == h || !l->documents[g] || !l->documents[h] || h % SPLITS != SPLIT_TRAIN) return false;
    if (g % SPLITS != SPLIT_TRAIN) return true;
    return g / SPLITS != h / SPLITS;
}

static double percent(int64_t part, int64_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 0;
}

static void print_text(const struct leakage *l, const struct mixer_source *source)
{
    printf("# n-grams of %d words, one in %lld kept; near duplicates: Jaccard similarity of 5-word "
           "shingles from 0.8\n%-24s %-24s %9s %18s %9s %18s\n",
           l->words, (long long)l->kept_one_in, "documents of", "against", "documents",
           "share an n-gram", "n-grams", "near duplicates");
    for (int g = 0; g < l->groups; g++)
        for (int h = 0; h < l->groups; h++) {
            char own[96], other[96];
            const int k = g * l->groups + h;
            if (!matters(l, g, h)) continue;
            group_name(source, g, own, sizeof own);
            group_name(source, h, other, sizeof other);
            printf("%-24s %-24s %9lld %8lld (%6.2f%%) %8.3f%% %8lld (%6.2f%%)\n", own, other,
                   (long long)l->documents[g], (long long)l->shared_documents[k],
                   percent(l->shared_documents[k], l->documents[g]),
                   percent(l->shared_grams[k], l->grams[g]), (long long)l->near[k],
                   percent(l->near[k], l->documents[g]));
        }
    for (int g = 0; g < l->groups; g++) {
        char own[96];
        const int64_t near = l->near[g * l->groups + g];
        group_name(source, g, own, sizeof own);
        if (near)
            printf("%s: %lld documents have a near duplicate in the same split\n", own,
                   (long long)near);
    }
    if (l->near_cut)
        printf("%lld documents share a part with more others than were compared with them: near "
               "duplicates of these may be missed\n",
               (long long)l->near_cut);
}

static void print_json(const struct leakage *l, const struct mixer_source *source)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_int(&o, "words", l->words);
    jsn_put_int(&o, "kept_one_in", l->kept_one_in);
    jsn_put_int(&o, "near_duplicates_cut", l->near_cut);
    jsn_array_begin(&o, "pairs");
    for (int g = 0; g < l->groups; g++)
        for (int h = 0; h < l->groups; h++) {
            char name[96];
            const int k = g * l->groups + h;
            if (!l->documents[g] || !l->documents[h]) continue;
            jsn_map_begin(&o, NULL);
            group_name(source, g, name, sizeof name);
            jsn_put_string(&o, "of", name);
            group_name(source, h, name, sizeof name);
            jsn_put_string(&o, "against", name);
            jsn_put_int(&o, "documents", l->documents[g]);
            if (g != h) jsn_put_int(&o, "shared_documents", l->shared_documents[k]);
            if (g != h) jsn_put_int(&o, "shared_ngrams", l->shared_grams[k]);
            jsn_put_int(&o, "ngrams", l->grams[g]);
            jsn_put_int(&o, "near_duplicates", l->near[k]);
            jsn_map_end(&o);
        }
    jsn_array_end(&o);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static int run_leakage(struct cli *c, struct error *e)
{
    bool json = false;
    int64_t words = 13, memory = 8 << 20;
    const struct flag flags[] = {
        {"words", FLAG_INT, &words, 1, 64, "N", "words of an n-gram; default 13"},
        {"keep", FLAG_INT, &memory, 1024, 1e10, "N",
         "n-grams to keep at most (32 bytes each); default 8388608"},
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "every pair of splits, as one JSON object"},
        {0},
    };
    struct conf *conf;
    struct run_config run;
    struct data *d = NULL;
    struct leakage l = {0};
    const struct mixer_source *source;
    TRY(cli_parse(c, flags, 1, -1, e));
    TRY(run_config_load(&conf, &run, c->argv[0], c->argc - 1, c->argv + 1, e));
    int status = data_open(&d, &run.data, (uint64_t)run.seed, e);
    if (!status) status = leakage_measure(&l, d, (int)words, memory, e);
    if (!status) {
        data_sources(d, &source);
        if (json)
            print_json(&l, source);
        else
            print_text(&l, source);
    }
    leakage_close(&l);
    data_close(d);
    conf_close(conf);
    return status;
}

const struct verb job_leakage = {
    .name = "data leakage",
    .operands = "CONFIG.yaml [key=value ...]",
    .summary = "what held-out documents share with training, and sources with each other",
    .help =
        "For the dev and test documents of each source against the training documents of all, and "
        "for the\ntraining documents of each source against those of the others: how many share "
        "13 words in a\nrow, what part of all such n-grams is shared, and how many documents "
        "have a near duplicate.\n\n"
        "examples:\n"
        "  ropewalk data leakage run.yaml\n"
        "  ropewalk data leakage run.yaml --words 8 --json",
    .run = run_leakage,
};
