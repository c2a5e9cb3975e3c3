/* metadata.c -- metadata.json: which program, machine and data made a run. */
#include <stdio.h>
#include <string.h>

#include "src/base/parallel.h"
#include "src/num/matmul.h"
#include "src/train/effective.h"
#include "src/train/metadata.h"
#include "src/train/run.h"

#ifndef ROPEWALK_COMMIT
#define ROPEWALK_COMMIT "" /* built outside a repository */
#endif

const char *metadata_commit(void)
{
    return *ROPEWALK_COMMIT ? ROPEWALK_COMMIT : NULL;
}

static void read_cpu(char *out, size_t size)
{
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, size, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) || !colon || !colon[1]) continue;
        snprintf(out, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (f) fclose(f);
}

int metadata_write(const struct training *t, struct error *e)
{
    struct jsn_out o;
    char cpu[128], encoding[65];
    TRY(effective_hash(&t->run, encoding, e));
    read_cpu(cpu, sizeof cpu);
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "id", t->result->id);
    jsn_put_string(&o, "config", t->options->config_text);
    jsn_put_string(&o, "data", data_fingerprint(t->data));
    jsn_put_string(&o, "encoding", encoding); /* hash of what `check` prints of it */
    jsn_put_string(&o, "commit", metadata_commit());
    jsn_put_string(&o, "compiler", __VERSION__);
    jsn_put_string(&o, "real", REAL_NAME);
    jsn_put_string(&o, "kernels", matmul_kernels());
    jsn_put_string(&o, "cpu", cpu);
    jsn_put_int(&o, "threads", parallel_threads());
    jsn_put_int(&o, "parameters", model_parameters(&t->run.model));
    jsn_map_end(&o);
    const int status = files_write_json(t, "metadata.json", &o, e);
    jsn_out_close(&o);
    return status;
}
