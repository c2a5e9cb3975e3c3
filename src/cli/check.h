/* check.h -- what the files of the verb `check` share. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include "src/base/json.h"
#include "src/data/data.h"
#include "src/model/model.h"
#include "src/train/mix.h"
#include "src/train/segments.h"

struct check {
    struct conf *conf;
    struct run_config run;
    struct data *data;
    struct model_memory memory;
    size_t batches; /* bytes */
    int64_t micro_tokens;
    int longest;
    struct timeline timeline;
    struct mix_plan mix;
    int n;                   /* segments */
    struct segment *segment; /* [n] */
    double *seconds;         /* [n] predicted; NULL: not asked for */
};

/* check_schedule.c: the schedule of stages, row lengths and windows, and its switches. */
int check_gather_schedule(struct check *c, struct error *e);
void check_print_schedule(const struct check *c);
void check_json_schedule(struct jsn_out *o, const struct check *c);
/* check_encoding.c: effective frequencies by stage and layer; warnings go to stderr. */
int check_print_encoding(const struct check *c, struct error *e);
int check_json_encoding(struct jsn_out *o, const struct check *c, struct error *e);
/* check_time.c: time a pass of each segment on this machine, now. */
int check_predict(struct check *c, struct error *e);

#endif
