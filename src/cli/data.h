/* data.h -- the jobs of `ropewalk data`, one per file (encode and decode share one). */
#ifndef CLI_DATA_H
#define CLI_DATA_H

#include "src/cli/cli.h"

extern const struct verb job_encode, job_decode, job_tokenizer, job_prepare, job_inspect,
    job_generate, job_plan, job_leakage;

#endif
