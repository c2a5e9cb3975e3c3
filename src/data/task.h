/* task.h -- the socket of retrieval tasks: documents whose last words can be known only from what
 * stands earlier in them.
 *
 * A sample is a trunk (the haystack) and questions about it, in bytes:
 *
 *   trunk      filler and records          ... # key = value ; ...
 *   question   ? key = | value             the bytes after the bar are the answer
 *
 * Trained, the questions follow one another in one document. Scored, they are isolated branches:
 * each begins where the trunk ends and sees the trunk and itself alone, so one pass over the trunk
 * answers all of them and no question sees another's answer. Questions of an inline task (mqar, its
 * variants, the cumulative tasks) stand inside the trunk.
 *
 * A type is one file and one line of tasks.def. Its options begin with RETRIEVAL_OPTIONS, so that a
 * source (`task: {type: passkey}`) and an evaluation (`eval: {tasks: [{type: passkey}]}`) read the
 * same keys. write() is a pure function of its arguments and may run concurrently. */
#ifndef DATA_TASK_H
#define DATA_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/conf.h"
#include "src/base/error.h"
#include "src/base/rng.h"

enum { TASK_QUESTIONS = 64, TASK_TOKENS_MAX = 1 << 15 };

enum task_loss { TASK_LOSS_ANSWER, TASK_LOSS_ALL };

#define RETRIEVAL_OPTIONS                                                                          \
    struct conf_reals lengths; /* n 0: the default of the use */                                   \
    int questions;             /* 0: the default of the use */                                     \
    int samples;               /* haystacks per length and depth set; 0: default; evaluation */    \
    int loss;                  /* enum task_loss; training */                                      \
    const char *text;          /* file whose text is the filler, or NULL */

struct retrieval_options {
    RETRIEVAL_OPTIONS
};

extern const char *const task_losses[];

/* The rows of RETRIEVAL_OPTIONS in the schema of options S. */
#define RETRIEVAL_FIELDS(S)                                                                        \
    CONF_REALS(S, lengths,                                                                         \
               "tokens of a sample: each of them is scored; trained documents are log-uniform "    \
               "between the first and the last"),                                                  \
        CONF_INT(S, questions, 0, 0, TASK_QUESTIONS,                                               \
                 "questions about a haystack; scored ones at as many depths; 0: 11 scored, 4 "     \
                 "trained"),                                                                       \
        CONF_INT(S, samples, 0, 0, 1 << 20, "haystacks scored per length; 0: 40"),                 \
        CONF_ENUM(S, loss, TASK_LOSS_ANSWER, task_losses, "what a trained document is scored on"), \
        CONF_STRING(S, text, NULL,                                                                 \
                    "file whose text is the filler, its first nine tenths trained, the rest "      \
                    "scored; default: a random one")

/* What to write. */
struct task_plan {
    int tokens;           /* of the trunk with the longest question, or with all of them */
    int questions;        /* at most TASK_QUESTIONS; fewer are written where no more fit */
    const double *depth;  /* [questions] in [0, 1]: where the evidence lies; NULL: anywhere */
    bool isolated;        /* questions are branches: each begins at the end of the trunk */
    bool held_out;        /* values of the eighth that training never shows; else of the others */
    const char *filler;   /* real text, of training the beginning of a document; or NULL */
    size_t filler_length; /* at least `tokens` where there is one */
};

struct task_question {
    int begin, answer, end; /* in text; the answer is [answer, end) */
    int source, source_end; /* where the evidence lies in the trunk */
    double at;              /* on the type's axis */
};

/* What cells of a table are about, beside the length. */
enum task_axis {
    TASK_DEPTH, /* source / (trunk - 1): a cell per depth asked for */
    TASK_COUNT, /* a small whole number (hops, updates): a cell per number */
    TASK_OCTAVE /* tokens back (distance, gap): a cell per power of two */
};

struct task_sample {
    unsigned char *text; /* room for TASK_TOKENS_MAX bytes; the caller's */
    int trunk, tokens;   /* bytes of the trunk, and with all questions */
    int n;
    struct task_question question[TASK_QUESTIONS];
    int symbols;       /* of the alphabet of these answers; 0: as the type says */
    double candidates; /* values in the trunk that could be copied by mistake, the right one too */
};

struct retrieval_type {
    struct variant v;
    enum task_axis axis;
    const char *axis_name; /* "depth", "hops", "updates", "distance", "gap", "bits" */
    bool single;           /* one question per sample: depths are separate samples */
    bool fixed;            /* ... and the evidence lies where it lies: no depths */
    bool inlined;          /* questions stand inside the trunk */
    bool hides;            /* there is a filler, which may be text */
    int symbols;           /* of the alphabet that answers are drawn from */
    int (*check)(const void *opts, struct error *e); /* NULL: nothing to refuse */
    int (*least)(const void *opts);                  /* tokens of the smallest sample */
    /* What text[n] lacks for samples of `shortest` to `longest` tokens; NULL: nothing but bytes. */
    int (*check_filler)(const char *text, size_t n, bool held_out, int shortest, int longest,
                        struct error *e);
    void (*write)(const void *opts, const struct task_plan *p, struct rng *rng,
                  struct task_sample *s);
};

/* Defined by task_registry.c from tasks.def. */
extern const struct conf_registry retrieval_registry;

/* Refuse options that contradict themselves. */
int task_check(const struct retrieval_type *type, const void *opts, struct error *e);

/* The filler text of a task: the first nine tenths of the file for training, the rest to be scored
 * on, good for samples of `shortest` to `longest` tokens. opts->text NULL: no text. */
struct task_filler_text {
    char *text;
    size_t length; /* of the part that is used, from text + begin */
    size_t begin;
};
int task_filler_open(struct task_filler_text *f, const struct retrieval_type *type,
                     const void *opts, bool held_out, int shortest, int longest, struct error *e);
void task_filler_close(struct task_filler_text *f);

/* ---- what the types share (task_text.c) ---- */

/* Bytes of the trunk when n questions of `question` bytes follow it. */
int task_trunk(const struct task_plan *p, int n, int question);
/* As many of p->questions as leave `each` bytes of trunk apiece; at least 1. */
int task_fit(const struct task_plan *p, int question, int each);

void task_noise(struct rng *rng, unsigned char *text, int n); /* one sentence over and over */
/* Words of one to three syllables and a full stop: "nodu ka resi."; returns the bytes, at most
 * TASK_SENTENCE_LETTERS a word. */
enum {
    TASK_SENTENCE_WORDS = 16,
    TASK_SENTENCE_LETTERS = 7,
    TASK_SENTENCE_MAX = TASK_SENTENCE_WORDS * TASK_SENTENCE_LETTERS
};
int task_sentence(struct rng *rng, unsigned char *out, int words);
/* A piece of p->filler; where there is none, a .. z and spaces, iid. */
void task_filler(const struct task_plan *p, struct rng *rng, unsigned char *text, int n);
/* Each `mark` becomes a space: it shall mean one thing alone. */
void task_clear(unsigned char *text, int n, unsigned char mark);

/* n symbols of first, first + 1, ... first + symbols - 1. Values of 4 symbols and more keep to their
 * side of p->held_out. */
void task_draw(struct rng *rng, unsigned char *out, int n, int first, int symbols);
void task_draw_value(const struct task_plan *p, struct rng *rng, unsigned char *out, int n,
                     int first, int symbols);
/* Distinct codes in [0, space) into out[n], n <= space. */
void task_distinct(struct rng *rng, int32_t *out, int n, int64_t space);
/* code in base `symbols` as n symbols. */
void task_code(int64_t code, unsigned char *out, int n, int first, int symbols);

/* Where n records of `record` bytes go in a trunk: at[n] ascending, at p->depth (those of the first
 * `asked` records; the rest, and all without depths, anywhere). order[k] is the index in at of
 * question k. */
void task_scatter(const struct task_plan *p, struct rng *rng, int trunk, int record, int n,
                  int asked, int *at, int *order);
/* Which of n records in a row question k of `asked` is about: distinct indices. */
void task_choose(const struct task_plan *p, struct rng *rng, int n, int asked, int *index);

/* Append a question: prompt and answer; its evidence is the record [source, source_end). */
void task_ask(struct task_sample *s, const unsigned char *prompt, int prompt_length,
              const unsigned char *answer, int answer_length, int source, int source_end);

#endif
