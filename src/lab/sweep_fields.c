/* sweep_fields.c -- the rows of a sweep file and of its blocks. */
#include "src/lab/sweep_internal.h"

static const char *const methods[] = {"grid", "random", "sobol", "list", NULL};
static const char *const goals[] = {"minimize", "maximize", NULL};
static const char *const rules[] = {"never", "median", "asha", "hyperband", NULL};
static const char *const tests[] = {"dunnett", "paired_holm", NULL};
static const char *const failures[] = {"continue", "stop", NULL};

#define S struct sweep_metric
static const struct conf_field metric_fields[] = {
    CONF_STRING(S, name, "test/loss", "of summary.json: what the verdicts are about"),
    CONF_ENUM(S, goal, SWEEP_MINIMIZE, goals, "which way is better"),
    CONF_REAL(S, practical_delta, 0, 0, 1e9, "differences below this do not matter; 0: not said"),
    CONF_ENUM(S, test, SWEEP_DUNNETT, tests, "of the arms against the baseline, declared before"),
    CONF_REAL(S, level, 0.95, 0.5, 0.9999, "of the intervals"),
    CONF_END,
};
#undef S
static const struct conf_schema metric_schema = {"metric", sizeof(struct sweep_metric),
                                                 metric_fields};

#define S struct sweep_early
static const struct conf_field early_fields[] = {
    CONF_ENUM(S, type, 0, rules, "which arms are not worth finishing"),
    CONF_SIZE(S, min_tokens, 0, 0, 1e15, "the first rung; the next are eta times as far"),
    CONF_INT(S, eta, 3, 2, 1000, "asha and hyperband keep the best 1/eta"),
    CONF_INT(S, min_arms, 3, 2, 100000, "decide only among so many"),
    CONF_END,
};
#undef S
static const struct conf_schema early_schema = {"early_terminate", sizeof(struct sweep_early),
                                                early_fields};

#define S struct sweep_tune
static const struct conf_field tune_fields[] = {
    CONF_TREE(S, parameters, "nuisance keys with values: the grid that every arm gets"),
    CONF_TREE(S, seeds, "other ones than the reporting seeds; default [1001]"),
    CONF_BOOL(S, shared, true, "answer at the value that all arms share, too"),
    CONF_BOOL(S, edge_is_error, true, "an optimum at the edge of the grid stops the sweep"),
    CONF_END,
};
#undef S
static const struct conf_schema tune_schema = {"tune", sizeof(struct sweep_tune), tune_fields};

#define S struct sweep_limits
static const struct conf_field limits_fields[] = {
    CONF_INT(S, retries, 2, 0, 100, "of a run that failed for a cause that may go away"),
    CONF_TREE(S, timeout, "of one run: seconds, or 90s, 30m, 2h, 1d"),
    CONF_TREE(S, budget, "of one call of `sweep run`: seconds, or 90s, 30m, 2h, 1d"),
    CONF_ENUM(S, on_failure, SWEEP_CONTINUE, failures, "after a run has failed for good"),
    CONF_INT(S, alike, 3, 0, 1000, "stop when the first n runs that end have all failed; 0: never"),
    CONF_END,
};
#undef S
static const struct conf_schema limits_schema = {"limits", sizeof(struct sweep_limits),
                                                 limits_fields};

#define S struct sweep_config
static const struct conf_field sweep_fields[] = {
    CONF_STRING(S, name, NULL, "folder under sweeps/; default: the file's name"),
    CONF_STRING(S, description, NULL, "the question that is asked"),
    CONF_STRINGS(S, base, "fragments of a run's configuration, later ones win"),
    CONF_ENUM(S, method, SWEEP_GRID, methods, "how points are chosen"),
    CONF_SECTION(S, metric, &metric_schema, "what is compared"),
    CONF_TREE(S, parameters, "paths of the configuration: value, values or a distribution"),
    CONF_TREE(S, zip, "parameters that vary together: a list of their names, or several"),
    CONF_TREE(S, include, "more points: a list of {path: value}"),
    CONF_TREE(S, exclude, "points to leave out: a list of {path: value or [any, of]}"),
    CONF_TREE(S, blocks, "sub-sweeps with parameters of their own, after each other"),
    CONF_TREE(S, seeds, "replicates: how many (1 to n), or a list"),
    CONF_TREE(S, baseline, "the arm that others are compared with: {path: value}"),
    CONF_SIZE(S, sample_seed, 0, 0, 9e15, "of the points of method random"),
    CONF_INT(S, run_cap, 0, 0, 1000000, "how many points of random and sobol, at most of a grid"),
    CONF_SECTION(S, limits, &limits_schema, "retries, time, failures"),
    CONF_SECTION(S, tune, &tune_schema, "tune every arm alike, and answer a second time"),
    CONF_SECTION(S, early_terminate, &early_schema, "stop arms that fall behind; off by default"),
    CONF_END,
};
#undef S
const struct conf_schema sweep_schema = {"sweep", sizeof(struct sweep_config), sweep_fields};

#define S struct sweep_block
static const struct conf_field block_fields[] = {
    CONF_STRING(S, name, NULL, "of the block, for tables"),
    CONF_ENUM(S, method, SWEEP_GRID, methods, "how points are chosen"),
    CONF_INT(S, run_cap, 0, 0, 1000000, "how many points of random and sobol, at most of a grid"),
    CONF_TREE(S, parameters, "paths of the configuration"),
    CONF_TREE(S, zip, "parameters that vary together"),
    CONF_TREE(S, include, "more points"),
    CONF_TREE(S, exclude, "points to leave out"),
    CONF_END,
};
#undef S
const struct conf_schema sweep_block_schema = {"block", sizeof(struct sweep_block), block_fields};
