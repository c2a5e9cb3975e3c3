/* The guard of `-j N`: the largest runs that are left, side by side, against what the machine has. */
#include "src/lab/memory.h"

#include "tests/testing.h"

#define GIB ((int64_t)1 << 30)

static struct store_run runs[5] = {
    {.state = STORE_PENDING, .memory = 2 * GIB},  {.state = STORE_COMPLETE, .memory = 50 * GIB},
    {.state = STORE_STOPPED, .memory = 4 * GIB},  {.state = STORE_RETRY, .memory = 3 * GIB},
    {.state = STORE_FAILED, .memory = 100 * GIB},
};
static const struct store store = {.n_runs = 5, .runs = runs};

TEST(the_largest_that_are_left_count)
{
    struct error e;
    MUST(memory_check_jobs(&store, 1, false, 4 * GIB, &e), &e);
    MUST(memory_check_jobs(&store, 2, false, 7 * GIB, &e), &e);
    MUST(memory_check_jobs(&store, 64, false, 9 * GIB, &e), &e);
    MUST(memory_check_jobs(&store, 64, true, 0, &e), &e);
    ck_assert_int_eq(memory_check_jobs(&store, 3, false, 8 * GIB, &e), E_USAGE);
    ck_assert_str_eq(e.text, "-j 3 may need 9.0 GiB at a time (runs of up to 4.0 GiB), this "
                             "machine has 8.0 GiB: -j 2 fits");
    ck_assert_int_eq(memory_check_jobs(&store, 64, false, 8 * GIB, &e), E_USAGE);
    ck_assert_int_eq(memory_check_jobs(&store, 1, true, 8 * GIB, &e), E_USAGE);
    ck_assert_str_eq(e.text,
                     "a run of 100.0 GiB does not fit this machine, which has 8.0 GiB "
                     "(`recompute`, a smaller `optim.batch_tokens` or shorter rows need less)");
}
END

TEST(a_machine_has_memory)
{
    const int64_t bytes = memory_of_machine();
    ck_assert(bytes == 0 || bytes > 1 << 20);
}
END

int main(void)
{
    return run_tests("memory", the_largest_that_are_left_count, a_machine_has_memory, NULL);
}
