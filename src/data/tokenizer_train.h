/* tokenizer_train.h -- inside src/data: learn byte-level byte-pair merges from text.
 *
 * The commonest pair of adjacent tokens becomes a token, again and again (Sennrich et al. 2016,
 * arXiv 1508.07909), over the words that the split gives, each counted once. Of equally common
 * pairs the one of smaller ids: the result depends on the text alone, not on threads or the order
 * of documents. Ids are numbered as Hugging Face's BpeTrainer does: <|endoftext|> is 0, the 256
 * bytes follow in the order of their printable characters, then the merges. */
#ifndef DATA_TOKENIZER_TRAIN_H
#define DATA_TOKENIZER_TRAIN_H

#include <stdio.h>

#include "src/data/corpus.h"

struct bpe_options {
    int vocab_size;    /* at least 257; reached unless the text has fewer pairs */
    int64_t min_count; /* pairs seen less often stay apart */
    const char *split; /* gpt2, llama3, qwen2 or o200k; NULL: gpt2 */
};

struct bpe_report {
    int vocab_size;
    int64_t documents, bytes, words, different_words;
};

/* Told between blocks and between merges: how far, of how much, in what. May be NULL. */
typedef void bpe_progress(void *data, double done, double total, const char *unit);

/* Read the corpus to its end and write a tokenizer.json that Hugging Face opens. */
int bpe_train(struct corpus *c, const struct bpe_options *o, const char *path,
              struct bpe_report *report, bpe_progress *progress, void *data, struct error *e);

/* tokenizer_words.c: different words with their counts, in bytewise order. */
struct word {
    const char *text; /* of the counter */
    uint32_t n;
    int64_t count;
};
struct word_counter;
int word_counter_open(struct word_counter **w, const char *split, struct error *e);
void word_counter_close(struct word_counter *w);
int word_counter_add(struct word_counter *w, const struct corpus *c, const struct corpus_block *b,
                     struct error *e);
/* Malloc'ed; good until the counter closes. */
int word_counter_words(struct word_counter *w, struct word **words, size_t *n, struct error *e);

/* tokenizer_write.c. Token 256 + i joins left[i] and right[i] (0 is the end of a document). */
struct bpe_merges {
    int n;
    int32_t (*pair)[2], *id; /* merge i makes token id[i] of pair[i] */
};
int bpe_write(const char *path, const char *split, int tokens, const struct bpe_merges *m,
              struct error *e);
/* The byte that id 1 .. 256 stands for. */
unsigned char bpe_byte(int32_t id);

#endif
