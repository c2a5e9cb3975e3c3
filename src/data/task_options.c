/* task_options.c -- what options of retrieval tasks contradict, and the text that is a filler. */
#include <math.h>
#include <stdlib.h>

#include "src/base/file.h"
#include "src/data/task.h"

int task_check(const struct retrieval_type *type, const void *opts, struct error *e)
{
    const struct retrieval_options *o = opts;
    const int least = type->least(opts);
    if (type->check) TRY(type->check(opts, e));
    for (int i = 0; i < o->lengths.n; i++) {
        const double length = o->lengths.v[i];
        if (length != floor(length) || length < least || length > TASK_TOKENS_MAX)
            return error_set(e, E_USAGE, "%s: length %g is not a whole number from %d to %d",
                             type->v.name, length, least, TASK_TOKENS_MAX);
        if (i && length <= o->lengths.v[i - 1])
            return error_set(e, E_USAGE, "%s: lengths must ascend", type->v.name);
    }
    if ((type->fixed || type->inlined) && o->questions)
        return error_set(e, E_USAGE, "%s: the task itself says how many questions there are",
                         type->v.name);
    if (o->text && !type->hides)
        return error_set(e, E_USAGE, "%s: has no filler that could be text", type->v.name);
    return OK;
}

static int check_filler(const struct task_filler_text *f, const struct retrieval_type *type,
                        const char *path, bool held_out, int shortest, int longest, struct error *e)
{
    const char *part = held_out ? "last tenth" : "first nine tenths";
    if (f->length < (size_t)longest)
        return error_set(e, E_USAGE, "'%s' has %zu bytes in its %s, too few for samples of %d",
                         path, f->length, part, longest);
    if (!type->check_filler ||
        !type->check_filler(f->text + f->begin, f->length, held_out, shortest, longest, e))
        return OK;
    return error_wrap(e, "'%s', %s", path, part);
}

int task_filler_open(struct task_filler_text *f, const struct retrieval_type *type,
                     const void *opts, bool held_out, int shortest, int longest, struct error *e)
{
    const struct retrieval_options *o = opts;
    size_t n;
    *f = (struct task_filler_text){0};
    if (!o->text) return OK;
    TRY(file_read_all(o->text, &f->text, &n, e));
    const size_t border = n / 10 * 9;
    f->begin = held_out ? border : 0;
    f->length = held_out ? n - border : border;
    const int status = check_filler(f, type, o->text, held_out, shortest, longest, e);
    if (status) task_filler_close(f);
    return status;
}

void task_filler_close(struct task_filler_text *f)
{
    free(f->text);
    *f = (struct task_filler_text){0};
}
