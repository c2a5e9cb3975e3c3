/* eval.h -- what the files of the verb `eval` share. */
#ifndef CLI_EVAL_H
#define CLI_EVAL_H

#include "src/cli/model_source.h"
#include "src/eval/task.h"

enum { TASKS_MOST = 64 };

/* Another encoding or row length than the trained ones, reported on its own. */
struct eval_override {
    struct conf_variants position; /* n 0: as trained */
    int length;                    /* 0: as without */
};

struct evaluation {
    struct model_source source;
    struct conf *run_conf, *text_conf;
    struct run_config run;
    struct eval_options {
        struct conf_variants position; /* n 0: as trained */
        struct conf_variants tasks;
        struct conf_list overrides; /* of struct eval_override */
    } options;
    char config[4096];       /* the file that says what to evaluate on; empty: none */
    char first_config[4096]; /* config.yaml of the run of the first model; empty: none */
    const char *position;    /* as typed */
    const char *dependent;   /* a type whose tables depend on the length, or NULL */
    char stack[1024];        /* the encoding, where it is not the trained one */
    int turn;                /* which override, from 1; 0: there are none */
    struct eval_at at;
    int32_t bos;
    int model; /* which of several, from 1; 0: there is one */
    struct findings result[TASKS_MOST];
};

/* eval_output.c. DIR/<task>.json and DIR/<task>.tsv; a second one of a name is <task>-2. */
int eval_write_files(const struct evaluation *v, const char *dir, struct error *e);
void eval_print(const struct evaluation *v, bool json, bool tsv);

#endif
