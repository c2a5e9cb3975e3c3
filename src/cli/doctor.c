/* doctor.c -- what this machine gives us: kernels, threads, measured speed, libraries, warnings. */
#define _GNU_SOURCE
#include <link.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "src/base/json.h"
#include "src/base/parallel.h"
#include "src/base/real.h"
#include "src/cli/verbs.h"
#include "src/num/matmul.h"

enum { LIBRARIES = 24, WARNINGS = 8, PEAK_SIZE = 2048 };

struct report {
    char cpu[128], system[256];
    int cpus, threads;
    double load;
    const char *kernels;
    double peak[3], one_thread;
    int n_libraries, n_warnings;
    char library[LIBRARIES][128];
    char warning[WARNINGS][256];
};

static void read_cpu(char *out, size_t size)
{
    char line[512];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, size, "unknown");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) || !colon) continue;
        snprintf(out, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
        break;
    }
    if (f) fclose(f);
}

/* The libraries that are mapped say their version in the name of the file that they came from. */
static int add_library(struct dl_phdr_info *info, size_t size, void *data)
{
    static const char *const wanted[] = {"libblis", "libgsl", "libyaml", "libjansson",
                                         "libgomp", "libomp", "libc.so"};
    struct report *r = data;
    (void)size;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char *real_path;
        if (!strstr(info->dlpi_name, wanted[i]) || r->n_libraries == LIBRARIES) continue;
        real_path = realpath(info->dlpi_name, NULL);
        const char *path = real_path ? real_path : info->dlpi_name, *slash = strrchr(path, '/');
        snprintf(r->library[r->n_libraries++], sizeof r->library[0], "%s",
                 slash ? slash + 1 : path);
        free(real_path);
        break;
    }
    return 0;
}

PRINTF(2, 3)
static void warn(struct report *r, const char *fmt, ...)
{
    va_list ap;
    if (r->n_warnings == WARNINGS) return;
    va_start(ap, fmt);
    vsnprintf(r->warning[r->n_warnings++], sizeof r->warning[0], fmt, ap);
    va_end(ap);
}

static void find_warnings(struct report *r)
{
    if (!strcmp(r->kernels, "generic"))
        warn(r, "the generic kernels are in use, several times slower than the machine can: set "
                "BLIS_ARCH_TYPE, or install a BLIS built for this CPU");
    if (r->threads > r->cpus)
        warn(r, "%d threads on %d CPUs: more threads than CPUs make every step slower", r->threads,
             r->cpus);
    if (r->load > r->cpus * 1.2)
        warn(r,
             "load average %.1f on %d CPUs: other programs are running, speeds are not what the "
             "machine can do",
             r->load, r->cpus);
    if (system("command -v gnuplot >/dev/null 2>&1"))
        warn(r, "gnuplot is not installed: figures are left as scripts and tables (apt-get install "
                "gnuplot-nox)");
#ifndef __AVX2__
    warn(r, "this program was built without AVX2: rebuild on this machine, or give make ARCH=");
#endif
}

static void examine(struct report *r)
{
    struct utsname u;
    cpu_set_t set;
    read_cpu(r->cpu, sizeof r->cpu);
    if (uname(&u) == 0) snprintf(r->system, sizeof r->system, "%s %s", u.sysname, u.release);
    r->cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    r->threads = parallel_threads();
    if (getloadavg(&r->load, 1) != 1) r->load = 0;
    r->kernels = matmul_kernels();
    for (int which = 0; which < 3; which++)
        r->peak[which] = matmul_peak(PEAK_SIZE, which, 3, r->threads);
    r->one_thread = matmul_peak(PEAK_SIZE / 2, 0, 3, 1);
    dl_iterate_phdr(add_library, r);
    find_warnings(r);
}

static double best_peak(const struct report *r)
{
    double best = r->peak[0];
    for (int i = 1; i < 3; i++)
        if (r->peak[i] > best) best = r->peak[i];
    return best;
}

static void print_json(const struct report *r)
{
    struct jsn_out o;
    jsn_out_open(&o, true);
    jsn_map_begin(&o, NULL);
    jsn_put_string(&o, "cpu", r->cpu);
    jsn_put_string(&o, "system", r->system);
    jsn_put_int(&o, "cpus", r->cpus);
    jsn_put_int(&o, "threads", r->threads);
    jsn_put_double(&o, "load", r->load);
    jsn_put_string(&o, "compiler", __VERSION__);
    jsn_put_string(&o, "real", REAL_NAME);
    jsn_put_string(&o, "kernels", r->kernels);
    jsn_put_double(&o, "gemm_gflops", best_peak(r));
    jsn_put_double(&o, "gemm_gflops_one_thread", r->one_thread);
    jsn_array_begin(&o, "libraries");
    for (int i = 0; i < r->n_libraries; i++) jsn_put_string(&o, NULL, r->library[i]);
    jsn_array_end(&o);
    jsn_array_begin(&o, "warnings");
    for (int i = 0; i < r->n_warnings; i++) jsn_put_string(&o, NULL, r->warning[i]);
    jsn_array_end(&o);
    jsn_map_end(&o);
    printf("%.*s\n", (int)o.length, o.text);
    jsn_out_close(&o);
}

static void print_text(const struct report *r)
{
    printf("cpu        %s, %d usable, load %.1f\n", r->cpu, r->cpus, r->load);
    printf("system     %s\n", r->system);
    printf("compiler   %s, %s\n", __VERSION__, REAL_NAME);
    printf("threads    %d\n", r->threads);
    printf("kernels    %s\n", r->kernels);
    printf("products   %.1f GFLOP/s (best of three transposes at %d), %.1f with one thread\n",
           best_peak(r), PEAK_SIZE, r->one_thread);
    printf("libraries ");
    for (int i = 0; i < r->n_libraries; i++) printf(" %s", r->library[i]);
    putchar('\n');
    for (int i = 0; i < r->n_warnings; i++) printf("warning    %s\n", r->warning[i]);
    if (!r->n_warnings) printf("no warnings\n");
}

static int run_doctor(struct cli *c, struct error *e)
{
    bool json = false;
    const struct flag flags[] = {
        {"json", FLAG_BOOL, &json, 0, 0, NULL, "the same as one JSON object"},
        {0},
    };
    struct report r = {0};
    TRY(cli_parse(c, flags, 0, 0, e));
    examine(&r);
    if (json)
        print_json(&r);
    else
        print_text(&r);
    return OK;
}

const struct verb verb_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "kernels, threads, measured speed, libraries",
    .help =
        "What this machine gives: the kernel set, threads, the measured rate of a large matrix\n"
        "product, library versions, and warnings about what makes training slow.\n\n"
        "examples:\n"
        "  ropewalk doctor\n"
        "  ropewalk doctor --threads 1 --json",
    .run = run_doctor,
};
