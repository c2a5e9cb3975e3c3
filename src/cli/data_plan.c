/* data_plan.c -- ropewalk data plan: what a mix will draw. */
#include <math.h>
#include <stdlib.h>

#include "src/base/json.h"
#include "src/cli/data.h"
#include "src/cli/mix_table.h"
#include "src/train/mix.h"

struct planning {
    struct conf *conf;
    struct run_config run;
    struct data *data;
    struct timeline timeline;
    struct mix_plan plan;
};

static int plan(struct planning *k, struct cli *c, struct error *e)
{
    TRY(run_config_load(&k->conf, &k->run, c->argv[0], c->argc - 1, c->argv + 1, e));
    TRY(data_open(&k->data, &k->run.data, (uint64_t)k->run.seed, e));
    if (!k->run.model.vocab_size) k->run.model.vocab_size = data_vocab_size(k->data);
    TRY(model_config_resolve(&k->run.model, e));
    TRY(timeline_open(&k->timeline, &k->run, e));
    return mix_plan_run(&k->plan, k->data, &k->timeline, e);
}

static int run_plan(struct cli *c, struct error *e)
{
    bool json = false;
    const struct flag flags[] = {
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "one JSON object"},
        {0},
    };
    TRY(cli_parse(c, flags, 1, -1, e));
    struct planning k = {0};
    int status = plan(&k, c, e);
    if (!status && json) {
        struct jsn_out o;
        jsn_out_open(&o, true);
        jsn_map_begin(&o, NULL);
        jsn_put_int(&o, "tokens", llround(k.plan.total));
        jsn_put_bool(&o, "adapts", k.plan.adapts);
        mix_table_json(&o, &k.plan, k.data);
        jsn_map_end(&o);
        printf("%.*s\n", (int)o.length, o.text);
        jsn_out_close(&o);
    } else if (!status) {
        mix_table_print(&k.plan, k.data);
    }
    if (!status) status = mix_plan_check(&k.plan, k.data, e);
    mix_plan_close(&k.plan);
    timeline_close(&k.timeline);
    data_close(k.data);
    conf_close(k.conf);
    return status;
}

const struct verb job_plan = {
    .name = "data plan",
    .operands = "CONFIG.yaml [key=value ...]",
    .summary = "the tokens that a mix draws of each source and length class",
    .help =
        "The mix of a run, stage by stage added up: for each source and length class the documents "
        "and\ntokens that there are, the tokens that will be drawn, their share, and how often "
        "each "
        "is\nrepeated. A mix that a source's max_epochs forbids is refused with the most that is "
        "possible.\n\n"
        "examples:\n"
        "  ropewalk data plan run.yaml\n"
        "  ropewalk data plan run.yaml 'data.mixer={type: unimax, max_epochs: 4}'\n"
        "  ropewalk data plan run.yaml 'data.length_classes=[1024, 8192]' --json",
    .run = run_plan,
};
