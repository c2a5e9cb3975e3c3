/* task_registry.c -- the table that task.h declares, made from tasks.def. */
#include "src/data/task.h"

#define RETRIEVAL(name) extern const struct retrieval_type retrieval_##name;
#include "src/data/tasks.def"
#undef RETRIEVAL

static const struct variant *const variants[] = {
#define RETRIEVAL(name) &retrieval_##name.v,
#include "src/data/tasks.def"
#undef RETRIEVAL
    NULL,
};

const struct conf_registry retrieval_registry = {.what = "retrieval task", .types = variants};

const char *const task_losses[] = {"answer", "all", NULL};
