/* parity.h -- hold a model against values that another implementation computed.
 *
 * A folder holds a Hugging Face directory (config.json, model.safetensors) and
 *   expected.safetensors   input_ids and target_ids [rows][length] I64, logits [rows][length][vocab],
 *                          loss (mean over targets) and grad.<tensor> for every parameter
 *   adamw.json             "losses": ten, before each of ten AdamW steps on that batch: lr 1e-3,
 *                          betas 0.9 0.95, eps 1e-8, weight decay 0.1 on every tensor, clip 1.0
 *
 *   row              error                                                  tolerance
 *   logits           largest difference / largest logit                     2e-5
 *   loss             difference                                             2e-6
 *   grad.<tensor>    ||g - expected|| / ||expected||                        2e-5
 *   adamw.<n>        difference of the loss before step n                   1e-5
 * What the folder lacks is an error. Threading: one caller. */
#ifndef TRAIN_PARITY_H
#define TRAIN_PARITY_H

#include <stdbool.h>

#include "src/base/error.h"

struct parity_row {
    char name[112];
    double error, tolerance;
};

struct parity {
    int n;
    struct parity_row *row; /* owned */
};

/* note(data, text): remarks on config.json; may be NULL. */
int parity_run(struct parity *p, const char *dir, void (*note)(void *, const char *), void *data,
               struct error *e);
void parity_close(struct parity *p);
/* No row above its tolerance (a row that is not a number is above). */
bool parity_passed(const struct parity *p);

#endif
