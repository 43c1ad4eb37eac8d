#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

int purser_open_beneath(int directory, const char *path, int flags) {
    struct open_how how = {
        .flags = (uint64_t)(unsigned)(flags | O_PATH | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long file = syscall(SYS_openat2, directory, path, &how, sizeof how);
    return file < 0 ? -errno : (int)file;
}

int purser_new_network_namespace(void) {
    return unshare(CLONE_NEWNET) ? -errno : 0;
}
