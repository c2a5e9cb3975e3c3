/* config.c -- the `data:` section of a configuration, row by row. */
#include "src/data/data.h"
#include "src/data/task.h"

static const char *const tuning_losses[] = {"answer", "all", NULL};

static const struct conf_field tuning_fields[] = {
    CONF_STRINGS(struct tuning_config, pairs,
                 ".jsonl files or globs: a prompt and an answer a line"),
    CONF_STRINGS(struct tuning_config, documents,
                 "text files or globs that long records are made from: a piece of a document, and "
                 "what follows some words of it"),
    CONF_STRING(struct tuning_config, prompt, "prompt", "field of a prompt in pairs"),
    CONF_STRING(struct tuning_config, answer, "answer", "field of an answer in pairs"),
    CONF_INT(struct tuning_config, length, 1024, 64, 1 << 24, "bytes of a made record at most"),
    CONF_INT(struct tuning_config, chunk, 32, 4, 1 << 16,
             "bytes of the words that are given, and of those that are asked for, at least"),
    CONF_ENUM(struct tuning_config, loss, TUNING_LOSS_ANSWER, tuning_losses,
              "targets: the answer alone, or the prompt too"),
    CONF_END,
};

static const struct conf_schema tuning_schema = {"tuning", sizeof(struct tuning_config),
                                                 tuning_fields};

static const struct conf_field source_fields[] = {
    CONF_STRING(struct source_config, name, NULL,
                "name in metrics and tables; default: the path's last part, or the generator"),
    CONF_STRINGS(
        struct source_config, path,
        "files or globs: .txt (a document each), .jsonl (a document a line), .bin and .npy "
        "(tokens); or folders that `data prepare` made"),
    CONF_STRING(struct source_config, field, "text", "field of .jsonl that holds the text"),
    CONF_STRING(struct source_config, generate, NULL,
                "instead of a path: copy_lag, keyed_records, markov, tree or dyck"),
    CONF_VARIANT(struct source_config, task, &retrieval_registry,
                 "instead of a path: documents of a retrieval task"),
    CONF_SECTION(struct source_config, tuning, &tuning_schema,
                 "instead of a path: records of a prompt and an answer"),
    CONF_SIZE(struct source_config, tokens, 16 << 20, 1, 1e12, "how many tokens to generate"),
    CONF_REAL(struct source_config, weight, 1, 0, 1e6, "share of the mix, before normalising"),
    CONF_REAL(struct source_config, max_epochs, 0, 0, 1e9, "cap on repeats; 0: none"),
    CONF_SIZE(struct source_config, piece, 0, 0, 1e12,
              "cut training documents into pieces of so many tokens, each a document; 0: whole"),
    CONF_END,
};

static const struct conf_schema source_schema = {
    .name = "source",
    .size = sizeof(struct source_config),
    .fields = source_fields,
};

static const char *const packings[] = {"concat",   "power_of_two", "pad",
                                       "best_fit", "decompose",    NULL};
static const char *const long_documents[] = {"fragment", "truncate", NULL};
static const char *const first_tokens[] = {"auto", "predict", "drop", NULL};
static const char *const weightings[] = {"token", "sequence", NULL};

static const struct conf_field packing_fields[] = {
    CONF_ENUM(
        struct packing_config, type, PACK_CONCAT, packings,
        "how documents fill rows: concat joins them and cuts; power_of_two cuts each into rows "
        "of powers of two; pad gives each a row; best_fit fills rows by best-fit decreasing; "
        "decompose cuts each once into powers of two and fills rows from the pool of their length"),
    CONF_BOOL(struct packing_config, document_mask, true, "no attention across documents"),
    CONF_BOOL(struct packing_config, reset_positions, true,
              "position ids restart at each document"),
    CONF_ENUM(struct packing_config, long_documents, LONG_FRAGMENT, long_documents,
              "pad and best_fit, documents longer than a row: cut into several, or cut off"),
    CONF_INT(struct packing_config, shortest, 256, 1, 1 << 24,
             "decompose: shortest piece, a power of two; what is left of a document is lost"),
    CONF_ENUM(struct packing_config, first_token, FIRST_AUTO, first_tokens,
              "is the first token of a document a target; auto: unless document_mask"),
    CONF_ENUM(struct packing_config, loss, WEIGH_TOKENS, weightings,
              "every target weighs the same, or every document of a step"),
    CONF_END,
};

static const struct conf_schema packing_schema = {
    .name = "packing",
    .size = sizeof(struct packing_config),
    .fields = packing_fields,
};

static const struct conf_field data_fields[] = {
    CONF_LIST(struct data_config, sources, &source_schema,
              "where documents come from; default: five generators in equal parts"),
    CONF_STRING(struct data_config, tokenizer, "bytes",
                "bytes, or a tokenizer.json, a tiktoken file, or a folder with vocab.bpe"),
    {"mixer", CONF_KIND_VARIANT, offsetof(struct data_config, mixer), 0, 0, 0, 0, "static", 0, 0,
     &mixer_registry, "how much of which source, in tokens"},
    CONF_SECTION(struct data_config, packing, &packing_schema, "how documents become rows"),
    CONF_REAL(struct data_config, dev_fraction, 0.05, 0, 0.5,
              "documents held out for tuning and for evaluation while training"),
    CONF_REAL(struct data_config, test_fraction, 0.05, 0, 0.5,
              "documents held out for final tables"),
    CONF_REALS(
        struct data_config, length_classes,
        "edges in tokens that part the training documents by length: [1024, 8192] makes three "
        "classes, which mixers can weigh; default: one class"),
    CONF_END,
};

const struct conf_schema data_schema = {
    .name = "data",
    .size = sizeof(struct data_config),
    .fields = data_fields,
};
