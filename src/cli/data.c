/* data.c -- ropewalk data: what is done to text before training. */
#include "src/cli/data.h"
#include "src/cli/jobs.h"
#include "src/cli/verbs.h"

static const struct verb *const jobs[] = {
    &job_encode,   &job_decode, &job_tokenizer, &job_prepare, &job_inspect,
    &job_generate, &job_plan,   &job_leakage,   NULL,
};

static int run_data(struct cli *c, struct error *e)
{
    return cli_run_job(c, jobs, e);
}

const struct verb verb_data = {
    .name = "data",
    .operands = "JOB ...",
    .summary = "text to tokens: encode, decode, prepare, inspect",
    .help = "Tokenizers and corpora.\n\n"
            "examples:\n"
            "  echo 'Hello, world!' | ropewalk data encode --tokenizer bytes\n"
            "  ropewalk data encode --tokenizer tokenizer.json book.txt >ids",
    .run = run_data,
};
