/* run_record.h -- a run folder as flat keys: what was asked (config.yaml), what came out
 * (summary.json), how it stands (status.json), where it ran (metadata.json). */
#ifndef LAB_RUN_RECORD_H
#define LAB_RUN_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/error.h"
#include "src/lab/results.h"

/* "position[0].rope_theta": "10000", 10000. number is NaN for words and null. */
struct run_fact {
    char *key, *text;
    double number;
};

struct run_facts_list {
    int n, capacity;
    struct run_fact *v;
};

struct run_record {
    char id[64]; /* of the folder */
    char dir[4096];
    char name[256]; /* "" if it has none */
    enum run_status status;
    int64_t step, tokens, total;
    struct run_facts_list config, summary, metadata;
};

/* Reads what is there: a folder without status.json is RUN_RUNNING if it has metrics, else missing.
 * E_USAGE: no run folder (no config.yaml). E_FORMAT, E_IO: a file that cannot be read, named. */
int run_record_open(struct run_record *r, const char *dir, struct error *e);
void run_record_close(struct run_record *r);

/* NULL if there is none. */
const struct run_fact *run_fact_find(const struct run_facts_list *l, const char *key);

/* Scalars of a YAML or JSON file under their dotted paths, in the order of the file; an absent file
 * gives none. */
int run_facts_yaml(struct run_facts_list *l, const char *path, struct error *e);
int run_facts_json(struct run_facts_list *l, const char *path, struct error *e);
void run_facts_close(struct run_facts_list *l);

/* Where a user's word for a run points: a folder, or an id (or a unique beginning of one) under
 * `runs`. dir: size bytes. E_USAGE if there is none, or several. */
int run_folder_find(char *dir, size_t size, const char *runs, const char *word, struct error *e);

#endif
