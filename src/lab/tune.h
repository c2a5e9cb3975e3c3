/* tune.h -- fair tuning: every arm gets the same grid of nuisance keys, on dev, with seeds of its own.
 *
 * A sweep with `tune: {parameters: {optim.lr: {values: [..]}}, seeds: [101, 102]}` is answered
 * twice: at the value that all arms share (the sweep itself; `shared: false` leaves that out), and at
 * each arm's best. Both further parts are sweeps in the folder of the first: tune/ has every arm at
 * every point of the grid with the tuning seeds, compared by eval/loss; best/ has every arm at its best
 * point with the reporting seeds. An optimum at the edge of its grid says that the grid was too narrow, which is an error
 * (with `edge_is_error: false` the table says it, and the best point that there is counts). */
#ifndef LAB_TUNE_H
#define LAB_TUNE_H

#include "src/lab/store.h"

/* Whether the sweep names keys to tune. */
bool tune_wanted(const struct store *s);
/* Whether the first of the two answers, at the value that all arms share, is wanted. */
bool tune_shared(const struct store *s);
/* Write <dir>/tune.yaml: arms x points. */
int tune_write_grid(const struct store *s, char path[4096], struct error *e);
/* From the finished folder <dir>/tune: tables/tuning.* (how sensitive each arm is), and best.yaml.
 * E_USAGE, after the table is written: an arm's optimum is at the edge, or it has none. */
int tune_write_best(const struct store *s, char path[4096], struct error *e);

#endif
