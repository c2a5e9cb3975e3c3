/* task_copy.c -- random blocks; the first symbols of one ask for the rest of it.
 *
 *   trunk     random letters; a block is any `block` of them     question  ?cuexxxxxx
 *
 * Induction over a gap (Olsson et al. 2022, arXiv 2209.11895, where the copy follows at once): the
 * gap is what lies between the block and the end of the trunk. Blocks do not overlap; their cues
 * differ in nearly all samples when the cue has three letters or more. */
#include "src/data/task.h"

enum { BLOCK_MAX = 64, LETTERS = 26 };

struct copy_options {
    RETRIEVAL_OPTIONS
    int block, cue;
};

#define S struct copy_options
static const struct conf_field fields[] = {
    RETRIEVAL_FIELDS(S),
    CONF_INT(S, block, 12, 2, BLOCK_MAX, "letters of a block"),
    CONF_INT(S, cue, 4, 1, BLOCK_MAX - 1, "letters of it that are given"),
    CONF_END,
};
#undef S
static const struct conf_schema schema = {"copy", sizeof(struct copy_options), fields};

static int copy_check(const void *opts, struct error *e)
{
    const struct copy_options *o = opts;
    if (o->cue < o->block) return OK;
    return error_set(e, E_USAGE, "copy: a cue of %d letters leaves nothing of a block of %d",
                     o->cue, o->block);
}

static int copy_least(const void *opts)
{
    const struct copy_options *o = opts;
    return 2 * o->block + 1;
}

static void copy_write(const void *opts, const struct task_plan *p, struct rng *rng,
                       struct task_sample *s)
{
    const struct copy_options *o = opts;
    const int asked = task_fit(p, o->block + 1, o->block);
    int at[TASK_QUESTIONS], order[TASK_QUESTIONS];
    unsigned char prompt[BLOCK_MAX + 1];
    s->n = 0;
    s->trunk = s->tokens = task_trunk(p, asked, o->block + 1);
    s->candidates = s->trunk - o->block + 1;
    task_draw(rng, s->text, s->trunk, 'a', LETTERS);
    task_scatter(p, rng, s->trunk, o->block, asked, asked, at, order);
    prompt[0] = '?';
    for (int k = 0; k < asked; k++) {
        const unsigned char *block = s->text + at[order[k]];
        for (int i = 0; i < o->cue; i++) prompt[1 + i] = block[i];
        task_ask(s, prompt, 1 + o->cue, block + o->cue, o->block - o->cue, at[order[k]],
                 at[order[k]] + o->block);
    }
}

const struct retrieval_type retrieval_copy = {
    .v = {.name = "copy",
          .summary = "random letters; the first ones of a block ask for the rest",
          .paper = "arXiv:2209.11895",
          .schema = &schema},
    .axis = TASK_DEPTH,
    .axis_name = "depth",
    .symbols = LETTERS,
    .check = copy_check,
    .least = copy_least,
    .write = copy_write,
};
