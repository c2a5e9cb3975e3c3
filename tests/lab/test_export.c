/* Metrics for other programs: TensorBoard's event file byte for byte, CSV. */
#include <fcntl.h>
#include <sys/stat.h>

#include "src/lab/metrics_table.h"
#include "src/lab/tensorboard.h"
#include "tests/base/scratch.h"

/* wall_time 1.0 and file_version; wall_time 2.0, step 7, scalar loss = 2.5: computed from the
 * published format by another program, and read back by TensorBoard's own reader. */
static const char golden[] =
    "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a32"
    "86bf577a1a00000000000000129bd82d09000000000000004010072a0d0a0b0a046c6f73"
    "731500002040c2dfec60";

static void put_run(const char *metrics, const char *timing)
{
    const struct timespec at[2] = {{1, 0}, {1, 0}};
    put_file("config.yaml", "seed: 1\n", 8);
    ck_assert_int_eq(utimensat(AT_FDCWD, in_scratch("config.yaml"), at, 0), 0);
    put_file("metrics.jsonl", metrics, strlen(metrics));
    put_file("timing.jsonl", timing, strlen(timing));
}

static void expect_hex(const char *path, const char *wanted)
{
    struct error e;
    char *data, hex[4096] = "";
    size_t n;
    MUST(file_read_all(path, &data, &n, &e), &e);
    for (size_t i = 0; i < n && i < 2000; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)data[i]);
    ck_assert_str_eq(hex, wanted);
    free(data);
}

TEST(an_event_file)
{
    struct error e;
    char path[4096];
    int64_t n;
    put_run("{\"step\": 7, \"tokens\": 9, \"loss\": 2.5, \"word\": \"x\"}\n{\"step\": 8, \"lo",
            "{\"step\": 7, \"seconds\": 1.0}\n");
    char out[300];
    snprintf(out, sizeof out, "%s/tb/run", scratch);
    MUST(tensorboard_export(scratch, out, false, path, &n, &e), &e);
    ck_assert_int_eq(n, 1);
    ck_assert_ptr_nonnull(strstr(path, "/tb/run/events.out.tfevents.0000000001.ropewalk.0.0"));
    expect_hex(path, golden);
    put_file("tb/run/events.out.tfevents.0000000009.ropewalk.0.0", "old", 3);
    put_file("tb/run/events.out.tfevents.0000000009.host.1.0", "not ours", 8);
    MUST(tensorboard_export(scratch, out, false, path, &n, &e), &e);
    expect_hex(path, golden);
    ck_assert(!file_exists(in_scratch("tb/run/events.out.tfevents.0000000009.ropewalk.0.0")));
    ck_assert(file_exists(in_scratch("tb/run/events.out.tfevents.0000000009.host.1.0")));
    put_run("{\"step\": 1000, \"tokens\": 300, \"l\": [1, null], \"bad\": null}\n", "");
    MUST(tensorboard_export(scratch, out, true, path, &n, &e), &e);
    ck_assert_int_eq(n, 3); /* l/00, l/01, bad */
    put_run("", "");
    FAILS(tensorboard_export(scratch, out, false, path, &n, &e), E_USAGE, &e,
          "'%s' has no metrics yet", scratch);
}
END

TEST(csv)
{
    struct error e;
    char *text;
    size_t n;
    put_run("{\"step\": 1, \"tokens\": 10, \"train/loss\": 0.1, \"odd,key\": null}\n"
            "{\"step\": 1, \"tokens\": 10, \"eval/loss\": 3, \"by\": [1, 2.5]}\n"
            "{\"step\": 2, \"tokens\": 20, \"train/loss\": 1e-05, \"odd,key\": 4}\n",
            "");
    FILE *f = open_memstream(&text, &n);
    MUST(metrics_csv(f, scratch, &e), &e);
    fclose(f);
    ck_assert_str_eq(text, "step,tokens,train/loss,\"odd,key\",eval/loss,by/00,by/01\n"
                           "1,10,0.1,nan,3,1,2.5\n"
                           "2,20,1e-05,4,,,\n");
    free(text);
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("export", an_event_file, csv, NULL));
}
