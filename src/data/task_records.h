/* task_records.h -- key-value records in a haystack: what the needle tasks and key_value share.
 *
 *   record    #KK=dddd;      question  ?KK=dddd        keys of capital letters, values of digits
 *
 * Keys of a sample differ. Private to src/data/task_*.c. */
#ifndef DATA_TASK_RECORDS_H
#define DATA_TASK_RECORDS_H

#include "src/data/task.h"

enum { RECORD_KEY_MAX = 8, RECORD_VALUE_MAX = 16 };

struct task_record {
    int key, value; /* symbols of each */
};

static inline int task_record_size(struct task_record r)
{
    return r.key + r.value + 3;
}

static inline int task_question_size(struct task_record r)
{
    return r.key + r.value + 2;
}

/* 26^key, at most 2^30. */
int64_t task_record_keys(struct task_record r);
/* Write the record at s->text + at. */
void task_record_put(struct task_record r, struct task_sample *s, int at, int32_t key,
                     const unsigned char *value);
/* Ask for the value of a key. */
void task_record_ask(struct task_record r, struct task_sample *s, int32_t key,
                     const unsigned char *value, int values, int source);

#endif
