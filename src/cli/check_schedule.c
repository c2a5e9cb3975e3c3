/* check_schedule.c -- the whole schedule of a run, and what happens at its switches. */
#include <math.h>
#include <string.h>

#include "src/cli/check.h"
#include "src/train/schedule.h"

int check_gather_schedule(struct check *c, struct error *e)
{
    TRY(timeline_open(&c->timeline, &c->run, e));
    return segments_list(&c->timeline, &c->segment, &c->n, e);
}

/* "64", or "64-512" where it changes. */
static const char *range(char *out, size_t size, int64_t first, int64_t last, const char *unit)
{
    if (!first && !last)
        snprintf(out, size, "-");
    else if (first == last)
        snprintf(out, size, "%lld%s", (long long)first, unit);
    else if (!first || !last) /* a window that opens or closes */
        snprintf(out, size, first ? "%lld%s-all" : "all-%lld%s", (long long)(first ? first : last),
                 unit);
    else
        snprintf(out, size, "%lld-%lld%s", (long long)first, (long long)last, unit);
    return out;
}

static void print_segment(const struct check *c, int i)
{
    char rows[32], length[32], window[32];
    const struct segment *y = &c->segment[i];
    printf("%-10s %11lld %8lld %9s %11s %11s %9.3g %9.3g %10.3e",
           run_stage(&c->run, y->stage)->name, (long long)y->tokens, (long long)y->steps,
           range(rows, sizeof rows, y->rows_first, y->rows_last, ""),
           range(length, sizeof length, y->first.length, y->last.length, ""),
           range(window, sizeof window, y->first.window, y->last.window,
                 y->first.mask == MASK_BLOCK ? "b" : "s"),
           y->lr_first, y->lr_last, y->flops);
    if (c->seconds) printf(" %8.0f", c->seconds[i]);
    printf("\n");
}

static const char *moments_word(const struct stage_config *s)
{
    return s->moments == MOMENTS_RESET ? "reset" : s->moments == MOMENTS_SCALE ? "scaled" : "kept";
}

static const char *rate_word(const struct stage_config *s, double before, double after)
{
    if (s->lr.action == LR_RESTART) return "restarted";
    if (fabs(after - before) > 1e-9 * fmax(before, after)) return "rescaled at once";
    return s->lr.rewarm ? "continuous, re-warmed" : "continuous";
}

static void print_switches(const struct check *c)
{
    if (c->run.stages.n < 2 || c->timeline.timed) return;
    printf("\n# switches\n%-10s %11s %10s %10s %-22s %-8s %s\n", "into", "at token", "lr before",
           "lr after", "learning rate", "moments", "replaced");
    for (int i = 1; i < c->run.stages.n; i++) {
        const struct stage_config *s = run_stage(&c->run, i), *before = s - 1;
        double was, is;
        schedule_switch(&c->timeline, i, &was, &is);
        printf("%-10s %11lld %10.3g %10.3g %-22s %-8s%s%s%s\n", s->name,
               (long long)c->timeline.stage[i].first_token, was, is, rate_word(s, was, is),
               moments_word(s), s->position.v != before->position.v ? " position" : "",
               s->mixer.opts != before->mixer.opts ? " mix" : "",
               s->length.opts != before->length.opts ? " length" : "");
    }
}

void check_print_schedule(const struct check *c)
{
    printf("\n# schedule\n");
    if (c->timeline.timed) {
        printf("budgets in seconds cannot be laid out: %.6g s in all\n", c->timeline.seconds);
        return;
    }
    printf("%-10s %11s %8s %9s %11s %11s %9s %9s %10s%s\n", "stage", "tokens", "steps", "rows",
           "length", "window", "lr first", "lr last", "FLOPs", c->seconds ? "  seconds" : "");
    double seconds = 0;
    int64_t lost = 0;
    for (int i = 0; i < c->n; i++) {
        print_segment(c, i);
        seconds += c->seconds ? c->seconds[i] : 0;
        lost += c->segment[i].lost;
    }
    printf("%-10s %11lld %8lld %9s %11s %11s %9s %9s %10.3e", "all", (long long)c->timeline.tokens,
           (long long)c->timeline.steps, "", "", "", "", "", c->timeline.flops);
    if (c->seconds) printf(" %8.0f", seconds);
    printf("\n");
    if (lost) printf("%lld tokens are drawn and truncated away\n", (long long)lost);
    print_switches(c);
}

static void json_segment(struct jsn_out *o, const struct check *c, int i)
{
    const struct segment *y = &c->segment[i];
    jsn_map_begin(o, NULL);
    jsn_put_string(o, "stage", run_stage(&c->run, y->stage)->name);
    jsn_put_int(o, "from", y->token);
    jsn_put_int(o, "tokens", y->tokens);
    jsn_put_int(o, "lost_tokens", y->lost);
    jsn_put_int(o, "steps", y->steps);
    jsn_put_int(o, "rows", y->rows_first);
    jsn_put_int(o, "length", y->first.length);
    jsn_put_int(o, "length_last", y->last.length);
    jsn_put_int(o, "window", y->first.window);
    jsn_put_int(o, "window_last", y->last.window);
    jsn_put_string(o, "mask", y->first.mask == MASK_BLOCK ? "block" : "sliding");
    jsn_put_double(o, "lr_first", y->lr_first);
    jsn_put_double(o, "lr_last", y->lr_last);
    jsn_put_double(o, "flops", y->flops);
    jsn_put_double(o, "flops_paper", y->flops_paper);
    jsn_put_double(o, "flops_paper_causal", y->flops_paper_causal);
    if (c->seconds) jsn_put_double(o, "seconds", c->seconds[i]);
    jsn_map_end(o);
}

void check_json_schedule(struct jsn_out *o, const struct check *c)
{
    jsn_array_begin(o, "schedule");
    for (int i = 0; i < c->n; i++) json_segment(o, c, i);
    jsn_array_end(o);
    jsn_array_begin(o, "switches");
    for (int i = 1; i < c->run.stages.n && !c->timeline.timed; i++) {
        const struct stage_config *s = run_stage(&c->run, i);
        double was, is;
        schedule_switch(&c->timeline, i, &was, &is);
        jsn_map_begin(o, NULL);
        jsn_put_string(o, "into", s->name);
        jsn_put_int(o, "token", c->timeline.stage[i].first_token);
        jsn_put_double(o, "lr_before", was);
        jsn_put_double(o, "lr_after", is);
        jsn_put_string(o, "lr", rate_word(s, was, is));
        jsn_put_string(o, "moments", moments_word(s));
        jsn_map_end(o);
    }
    jsn_array_end(o);
}
