/* mix_plan.h -- what a mix will draw, before anything is drawn: tokens, epochs, and whether the
 * sources suffice.
 *
 * The plan integrates the weights over the tokens of each stage; the drawing rule (assigner.h) then
 * stays within a slot of it in every cell, so what is planned is what comes. Padding is not
 * planned: under pad and best_fit a stage gives out fewer tokens than it has. Threading: one caller.
 */
#ifndef DATA_MIX_PLAN_H
#define DATA_MIX_PLAN_H

#include "src/data/data.h"

struct mix_plan {
    int sources, classes;
    double total;
    double *tokens; /* [sources][classes] */
    bool adapts;    /* a mixer follows losses: planned as it begins */
};

int mix_plan_open(struct mix_plan *p, const struct data *d, struct error *e);
void mix_plan_close(struct mix_plan *p);
/* Add a stage of `tokens` tokens in steps of `step`. Refuses what the mixer refuses. */
int mix_plan_stage(struct mix_plan *p, struct data *d, const struct conf_variant *mixer,
                   int64_t tokens, int64_t step, struct error *e);
/* Tokens of a source. */
double mix_plan_source(const struct mix_plan *p, int source);
/* E_USAGE if a source would be repeated more than its max_epochs: which, how often, and the best
 * that is possible: fewer tokens at the same shares. */
int mix_plan_check(const struct mix_plan *p, const struct data *d, struct error *e);
/* Whole tokens [sources][classes] that sum to the total. */
void mix_plan_round(const struct mix_plan *p, int64_t *tokens);

/* The largest part (at most 1) of `ideal` tokens of each source that keeps their ratios and repeats
 * no source more than cap[i] times; repeat[i]: how often each is then offered (OLMo-core's
 * composable mixing). cap 0: none. */
double mix_feasible(int n, const double *size, const double *ideal, const double *cap,
                    double *repeat);
/* Largest remainders (Hamilton): whole numbers by weight that sum to total; ties to the first. */
void mix_apportion(int n, const double *weight, int64_t total, int64_t *out);

#endif
