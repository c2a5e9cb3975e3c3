/* slurm.h -- a plan as array scripts for Slurm.
 *
 * Task t of the array does runs t * pack ... of the plan, one after another, by `sweep exec`, which
 * is idempotent: submitting the same script again does what is missing. Before the time limit (and
 * on preemption) Slurm signals the script, the run saves, and the task asks to be queued again as
 * <array>_<task>, never by its own job number, which may name all tasks. */
#ifndef LAB_SLURM_H
#define LAB_SLURM_H

#include "src/lab/store.h"

enum { SLURM_TASKS = 1000 }; /* of one script: MaxArraySize is 1001 where nothing else is set */

struct slurm_options {
    const char *program; /* absolute path of this program */
    const char *folder;  /* where data paths of the configuration start: an absolute path */
    const char *time;    /* limit of a task, "4:00:00"; NULL: the partition's */
    const char *partition, *account; /* NULL: the site's default */
    const char *more;                /* one more #SBATCH line's arguments; NULL: none */
    int cpus;                        /* per task, and threads of a run */
    int pack;                        /* runs per task */
    int parallel;                    /* tasks at a time; 0: no limit */
    int warn;                        /* seconds before the limit at which runs save */
};

/* Write slurm.sh (slurm-2.sh ... where the plan has more tasks than fit one array) into the sweep's
 * folder, and the folder slurm/ for logs. *scripts: how many. */
int slurm_write(const struct store *s, const struct slurm_options *o, int *scripts,
                struct error *e);
/* Path of script i (from 0). */
int slurm_path(const struct store *s, int i, char path[4096], struct error *e);

#endif
