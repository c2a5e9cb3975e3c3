/* factorial.c -- see factorial.h. */
#include "src/stat/factorial.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "src/stat/block_residuals.h"
#include "src/stat/mean.h"

static int level_of(const struct stat_factorial *f, int arm, int factor)
{
    return f->level[(size_t)arm * f->factors + factor];
}

bool stat_is_full_grid(const struct stat_factorial *f)
{
    double cells = 1;
    for (int k = 0; k < f->factors; k++) cells *= f->levels[k];
    if (cells != f->arms) return false;
    for (int a = 0; a < f->arms; a++)
        for (int b = 0; b < a; b++) {
            int k = 0;
            while (k < f->factors && level_of(f, a, k) == level_of(f, b, k)) k++;
            if (k == f->factors) return false;
        }
    return true;
}

int stat_factorial_noise(const struct stat_factorial *f, double *noise, double *df, struct error *e)
{
    const size_t cells = (size_t)f->arms * f->seeds;
    const struct stat_block b = {.arms = f->arms, .seeds = f->seeds, .y = f->y};
    double *residual = malloc((cells + 1) * sizeof *residual), squares = 0;
    if (!residual) return error_set(e, E_MEMORY, "no memory for %zu runs", cells);
    const int status = block_residuals(&b, residual, df, e);
    for (size_t i = 0; !status && i < cells; i++) squares += residual[i] * residual[i];
    *noise = *df > 0 ? sqrt(squares / *df) : NAN;
    free(residual);
    return status;
}

static double arm_mean(const struct stat_factorial *f, int arm)
{
    double sum = 0;
    for (int s = 0; s < f->seeds; s++) sum += f->y[(size_t)arm * f->seeds + s];
    return sum / f->seeds;
}

static double grand_mean(const struct stat_factorial *f)
{
    double sum = 0;
    for (int a = 0; a < f->arms; a++) sum += arm_mean(f, a);
    return sum / f->arms;
}

/* Mean over the arms with this level of factor a (and of b unless b < 0), minus the grand mean. */
static double deviation(const struct stat_factorial *f, int a, int la, int b, int lb, double mean)
{
    double sum = 0;
    int n = 0;
    for (int arm = 0; arm < f->arms; arm++) {
        if (level_of(f, arm, a) != la || (b >= 0 && level_of(f, arm, b) != lb)) continue;
        sum += arm_mean(f, arm) - mean;
        n++;
    }
    return n ? sum / n : NAN;
}

/* squares: sum of squared effects over arms. */
static struct stat_effect test(const struct stat_factorial *f, double squares, double df,
                               double noise, double noise_df, double mean)
{
    struct stat_effect out = {df, NAN, NAN, 0};
    double total = 0;
    for (int a = 0; a < f->arms; a++) total += pow(arm_mean(f, a) - mean, 2);
    out.share = total > 0 ? squares / total : 0;
    if (!(noise > 0) || !(df > 0)) return out;
    out.f = squares * f->seeds / df / (noise * noise);
    out.p = gsl_cdf_fdist_Q(out.f, df, noise_df);
    return out;
}

/* A level's mean has arms / levels * seeds runs; minus the grand mean, its variance is
 * noise^2 (levels - 1) / (arms seeds). */
struct stat_effect stat_main_effect(const struct stat_factorial *f, int factor, double noise,
                                    double noise_df, double level, double *effect, double *half)
{
    const int n = f->levels[factor];
    const double mean = grand_mean(f);
    double squares = 0;
    for (int l = 0; l < n; l++) {
        effect[l] = deviation(f, factor, l, -1, 0, mean);
        half[l] = noise > 0 ? stat_t_critical(level, noise_df) * noise *
                                  sqrt((n - 1.0) / ((double)f->arms * f->seeds))
                            : NAN;
        squares += effect[l] * effect[l] * f->arms / n;
    }
    return test(f, squares, n - 1, noise, noise_df, mean);
}

struct stat_effect stat_interaction(const struct stat_factorial *f, int a, int b, double noise,
                                    double noise_df, double *effect)
{
    const int na = f->levels[a], nb = f->levels[b];
    const double mean = grand_mean(f);
    double squares = 0;
    for (int i = 0; i < na; i++)
        for (int j = 0; j < nb; j++) {
            const double beyond = deviation(f, a, i, b, j, mean) - deviation(f, a, i, -1, 0, mean) -
                                  deviation(f, b, j, -1, 0, mean);
            effect[i * nb + j] = beyond;
            squares += beyond * beyond * f->arms / (na * nb);
        }
    return test(f, squares, (na - 1.0) * (nb - 1), noise, noise_df, mean);
}
