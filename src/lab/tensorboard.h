/* tensorboard.h -- a run's metrics as an event file of TensorBoard.
 *
 * Every number of metrics.jsonl becomes a scalar under its own name; lists become one scalar an
 * entry. What is not finite is NaN. Wall times are the file time of config.yaml, when the run began,
 * plus the seconds of timing.jsonl, so that exporting again gives the same bytes. Format: TFRecord
 * frames (u64 length, masked CRC-32C of it, data, masked CRC-32C of that; little endian) of the
 * protocol buffer tensorboard.Event {1: double wall_time, 2: int64 step, 3: file_version, 5: Summary
 * {1: Value {1: tag, 2: float simple_value}}}. */
#ifndef LAB_TENSORBOARD_H
#define LAB_TENSORBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/error.h"

/* Write out/events.out.tfevents.<seconds>.ropewalk.0.0 from the run folder `dir`; event files of
 * earlier exports in `out` are removed, as the viewer reads one a folder. by_tokens: the horizontal
 * axis is tokens instead of steps. path (4096 bytes) gets the file's name. *scalars: how many were
 * written. E_USAGE: the run has no metrics. */
int tensorboard_export(const char *dir, const char *out, bool by_tokens, char *path,
                       int64_t *scalars, struct error *e);

#endif
