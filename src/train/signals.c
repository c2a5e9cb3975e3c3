/* signals.c -- see signals.h. */
#include "src/train/signals.h"

#include <unistd.h>

enum { EXIT_INTERRUPTED = 130 };

/* A handler has no other way to speak. */
static volatile sig_atomic_t seen;

static void on_signal(int number)
{
    if (seen && number == SIGINT) _exit(EXIT_INTERRUPTED);
    if (!seen) seen = number;
}

void signals_catch(struct signals *s)
{
    struct sigaction a = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&a.sa_mask);
    seen = 0;
    sigaction(SIGINT, &a, &s->interrupt);
    sigaction(SIGTERM, &a, &s->terminate);
}

void signals_release(const struct signals *s)
{
    sigaction(SIGINT, &s->interrupt, NULL);
    sigaction(SIGTERM, &s->terminate, NULL);
}

int signals_seen(void)
{
    return seen;
}
