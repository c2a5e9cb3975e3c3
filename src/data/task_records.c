/* task_records.c -- see task_records.h. */
#include "src/data/task_records.h"

#include <string.h>

int64_t task_record_keys(struct task_record r)
{
    int64_t n = 1;
    for (int i = 0; i < r.key && n < (1 << 30) / 26; i++) n *= 26;
    return n;
}

void task_record_put(struct task_record r, struct task_sample *s, int at, int32_t key,
                     const unsigned char *value)
{
    unsigned char *t = s->text + at;
    t[0] = '#';
    task_code(key, t + 1, r.key, 'A', 26);
    t[1 + r.key] = '=';
    memcpy(t + 2 + r.key, value, (size_t)r.value);
    t[2 + r.key + r.value] = ';';
}

void task_record_ask(struct task_record r, struct task_sample *s, int32_t key,
                     const unsigned char *value, int values, int source)
{
    unsigned char prompt[RECORD_KEY_MAX + 2];
    prompt[0] = '?';
    task_code(key, prompt + 1, r.key, 'A', 26);
    prompt[1 + r.key] = '=';
    task_ask(s, prompt, r.key + 2, value, values * r.value, source, source + task_record_size(r));
}
