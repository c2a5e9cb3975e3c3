/* parity.c -- hold ourselves, or anyone, against another implementation's values. */
#include "src/train/parity.h"

#include "src/base/json.h"
#include "src/cli/verbs.h"

static void print_json(const struct parity *p)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_bool(&o, "passed", parity_passed(p));
    jsn_array_begin(&o, "rows");
    for (int i = 0; i < p->n; i++) {
        jsn_map_begin(&o, NULL);
        jsn_put_string(&o, "name", p->row[i].name);
        jsn_put_double(&o, "error", p->row[i].error);
        jsn_put_double(&o, "tolerance", p->row[i].tolerance);
        jsn_map_end(&o);
    }
    jsn_array_end(&o);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static void print_text(const struct parity *p)
{
    printf("%-58s %10s %10s\n", "quantity", "error", "tolerance");
    for (int i = 0; i < p->n; i++)
        printf("%-58s %10.2e %10.0e%s\n", p->row[i].name, p->row[i].error, p->row[i].tolerance,
               p->row[i].error <= p->row[i].tolerance ? "" : "  ABOVE");
    printf("%s\n", parity_passed(p) ? "within the tolerances" : "above the tolerances");
}

static int run_parity(struct cli *c, struct error *e)
{
    bool json = false;
    const struct flag flags[] = {
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "the table as one JSON object"},
        {0},
    };
    struct parity p;
    TRY(cli_parse(c, flags, 1, 1, e));
    TRY(parity_run(&p, c->argv[0], cli_note, c, e));
    if (json)
        print_json(&p);
    else
        print_text(&p);
    const bool passed = parity_passed(&p);
    parity_close(&p);
    return passed ? OK : CLI_FAILED;
}

const struct verb verb_parity = {
    .name = "parity",
    .operands = "DIR",
    .summary = "logits, gradients and AdamW against given values",
    .help = "DIR is a Hugging Face directory that also holds expected.safetensors (input_ids,\n"
            "target_ids, logits, loss, grad.<tensor>) and adamw.json (\"losses\": before each of "
            "ten\nAdamW steps on the batch; lr 1e-3, betas 0.9 0.95, eps 1e-8, decay 0.1 on every "
            "tensor,\nclip 1). Prints the error of each; exit 1 if one is above its tolerance.\n\n"
            "examples:\n"
            "  ropewalk parity tests/golden/llama/default\n"
            "  ropewalk parity tests/golden/llama/linear4 --json",
    .run = run_parity,
};
