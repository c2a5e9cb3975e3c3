/* slurm.c -- see slurm.h. */
#include "src/lab/slurm.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/file.h"

int slurm_path(const struct store *s, int i, char path[4096], struct error *e)
{
    char name[32];
    snprintf(name, sizeof name, i ? "slurm-%d.sh" : "slurm.sh", i + 1);
    return file_join(path, 4096, s->dir, name, e);
}

/* In single quotes, as a shell reads it. */
static void put_quoted(FILE *f, const char *text)
{
    fputc('\'', f);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", f);
        else
            fputc(*text, f);
    }
    fputc('\'', f);
}

static void put_option(FILE *f, const char *name, const char *value)
{
    if (value) fprintf(f, "#SBATCH --%s=%s\n", name, value);
}

/* MiB of the largest run, with a quarter more and room for the program itself. */
static int64_t memory_of(const struct store *s)
{
    int64_t most = 0;
    for (int i = 0; i < s->n_runs; i++)
        if (s->runs[i].memory > most) most = s->runs[i].memory;
    return most / (1 << 20) * 5 / 4 + 256;
}

static void put_header(FILE *f, const struct store *s, const struct slurm_options *o, int tasks)
{
    fprintf(f, "#!/bin/bash\n#SBATCH --job-name=%s\n#SBATCH --array=0-%d", s->name, tasks - 1);
    fprintf(f, o->parallel ? "%%%d\n" : "\n", o->parallel);
    fprintf(f, "#SBATCH --ntasks=1\n#SBATCH --cpus-per-task=%d\n#SBATCH --mem=%lldM\n", o->cpus,
            (long long)memory_of(s));
    put_option(f, "time", o->time);
    put_option(f, "partition", o->partition);
    put_option(f, "account", o->account);
    if (o->more) fprintf(f, "#SBATCH %s\n", o->more);
    fprintf(f, "#SBATCH --signal=B:USR1@%d\n#SBATCH --requeue\n#SBATCH --open-mode=append\n",
            o->warn);
    fprintf(f, "#SBATCH --output=%s/slurm/%%A_%%a.log\n", s->dir);
}

/* `wait` returns early when a trapped signal comes: it is called until the process is gone. */
static const char body[] =
    "first=$((offset + SLURM_ARRAY_TASK_ID * pack)) stopped='' failed='' pid=''\n"
    "stop() {\n"
    "    stopped=1\n"
    "    [ -z \"$pid\" ] || kill -TERM \"$pid\"\n"
    "}\n"
    "trap stop USR1 TERM\n"
    "for ((index = first; index < first + pack && index < runs; index++)); do\n"
    "    [ -z \"$stopped\" ] || break\n"
    "    \"$program\" sweep exec \"$sweep\" --index \"$index\" --threads \"$threads\" --quiet &\n"
    "    pid=$!\n"
    "    while :; do\n"
    "        wait \"$pid\"\n"
    "        status=$?\n"
    "        kill -0 \"$pid\" 2>/dev/null || break\n"
    "    done\n"
    "    pid=''\n"
    "    case $status in\n"
    "    0) ;;\n"
    "    75 | 130) stopped=1 ;;\n"
    "    *) failed=1 ;;\n"
    "    esac\n"
    "done\n"
    "if [ -n \"$stopped\" ]; then\n"
    "    # saved: queue this task again, and no other\n"
    "    scontrol requeue \"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}\"\n"
    "    exit 75\n"
    "fi\n"
    "[ -z \"$failed\" ]\n";

static int write_script(const struct store *s, const struct slurm_options *o, int i, int offset,
                        int tasks, struct error *e)
{
    char path[4096];
    struct file_out out;
    TRY(slurm_path(s, i, path, e));
    TRY(file_out_open(&out, path, e));
    put_header(out.f, s, o, tasks);
    fprintf(out.f,
            "# Does runs %d to %d of plan.jsonl. Submit it again for what is missing; runs that "
            "are done are skipped.\n",
            offset,
            offset + tasks * o->pack < s->n_runs ? offset + tasks * o->pack - 1 : s->n_runs - 1);
    fprintf(out.f, "cd ");
    put_quoted(out.f, o->folder);
    fprintf(out.f, " || exit 1\nprogram=");
    put_quoted(out.f, o->program);
    fprintf(out.f, " sweep=");
    put_quoted(out.f, s->dir);
    fprintf(out.f, " runs=%d offset=%d pack=%d threads=%d\n%s", s->n_runs, offset, o->pack, o->cpus,
            body);
    TRY(file_out_commit(&out, e));
    if (chmod(path, 0777 & ~022)) return error_set(e, E_IO, "cannot make '%s' executable", path);
    return OK;
}

int slurm_write(const struct store *s, const struct slurm_options *o, int *scripts, struct error *e)
{
    char logs[4096];
    TRY(file_join(logs, sizeof logs, s->dir, "slurm", e));
    TRY(file_make_directories(logs, e));
    *scripts = 0;
    for (int offset = 0; offset < s->n_runs; offset += SLURM_TASKS * o->pack) {
        int tasks = (s->n_runs - offset + o->pack - 1) / o->pack;
        if (tasks > SLURM_TASKS) tasks = SLURM_TASKS;
        TRY(write_script(s, o, (*scripts)++, offset, tasks, e));
    }
    return OK;
}
