// The first process of a pod's sandbox: holds the namespaces open and reaps orphans of a shared PID namespace.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave(int signal) {
    (void)signal;
    _exit(0);
}

static void reap(int signal) {
    (void)signal;
    while (waitpid(-1, 0, WNOHANG) > 0) {
    }
}

int main(void) {
    struct sigaction end = {.sa_handler = leave};
    struct sigaction child = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
    if (sigaction(SIGTERM, &end, 0) || sigaction(SIGINT, &end, 0) || sigaction(SIGCHLD, &child, 0)) return 2;
    for (;;) pause();
}
