/* flops.c -- see flops.h. */
#include "src/model/flops.h"

double flops_paper(double layers, double hidden, double length)
{
    return 72 * layers * hidden * hidden * (1 + length / (6 * hidden));
}

double flops_paper_causal(double layers, double hidden, double length)
{
    return 72 * layers * hidden * hidden * (1 + length / (12 * hidden));
}

double flops_visible(int length, enum window_kind kind, int width)
{
    const double s = length, w = width;
    if (kind == WINDOW_NONE || width >= length) return s / 2;
    if (kind == WINDOW_SLIDING) return w * (1 - w / (2 * s));
    const double whole = length / width, rest = length % width;
    return (whole * w * w + rest * rest) / (2 * s);
}

/* FLOPs per token and visible key of one layer. */
static double per_key(const struct model_config *c)
{
    return 12.0 * c->num_attention_heads * c->head_dim;
}

static bool slides(const struct model_config *c, int layer)
{
    return c->sliding_window && conf_layers_has(&c->sliding_window_layers, layer);
}

double flops_causal(const struct model_config *c, int length, enum window_kind kind, int width)
{
    const double visible = flops_visible(length, kind, width);
    double keys = 0;
    for (int l = 0; l < c->num_hidden_layers; l++) {
        const double own =
            slides(c, l) ? flops_visible(length, WINDOW_SLIDING, c->sliding_window) : visible;
        keys += own < visible ? own : visible;
    }
    return 6.0 * (double)model_product_parameters(c) + per_key(c) * keys;
}

double flops_exact(const struct model_config *c, const struct batch *b, enum window_kind kind,
                   int width)
{
    int64_t all = 0, sliding = 0;
    for (int r = 0; r < b->rows; r++)
        for (int i = b->row_start[r]; i < b->row_start[r + 1]; i++) {
            int keys = i - b->anchor[i] + 1;
            if (kind == WINDOW_SLIDING && keys > width) keys = width;
            if (kind == WINDOW_BLOCK && keys > (i - b->row_start[r]) % width + 1)
                keys = (i - b->row_start[r]) % width + 1;
            all += keys;
            sliding += c->sliding_window && keys > c->sliding_window ? c->sliding_window : keys;
        }
    double keys = 0;
    for (int l = 0; l < c->num_hidden_layers; l++) keys += (double)(slides(c, l) ? sliding : all);
    return 6.0 * (double)model_product_parameters(c) * b->tokens + per_key(c) * keys;
}
