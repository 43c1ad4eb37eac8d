// An OCI `createRuntime` hook that keeps a container's accounts beyond its exit.
//
// The runtime removes a container's control groups the moment it exits, and with them the counters of what it used
// last. So, before the container's program starts, this moves its first process from `<pod>/<id>` to
// `<pod>/acct-<id>` in the hierarchies that only count (cpuacct, blkio). Those groups belong to the node agent,
// which reads them to the end and removes them. Limits stay where they are: a hierarchy that also limits CPU is
// left alone, and so is cgroup version 2, where a pod's own counters include those of its dead children.
//
// Reads the container's state (OCI runtime specification, "State") from standard input. Always ends with 0: a
// container must not fail because it cannot be counted apart from its pod.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t read_all(int file, char *buffer, size_t capacity) {
    size_t length = 0;
    while (length + 1 < capacity) {
        ssize_t count = read(file, buffer + length, capacity - 1 - length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        length += (size_t)count;
    }
    buffer[length] = 0;
    return length;
}

// The number at the member `pid` of the outermost object, 0 where there is none.
static long pid_of(const char *json) {
    int depth = 0;
    for (const char *at = json; *at; at++) {
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') depth--;
        if (*at != '"') continue;
        const char *start = ++at;
        while (*at && *at != '"') at += *at == '\\' && at[1] ? 2 : 1;
        if (!*at) return 0;
        if (depth != 1 || at - start != 3 || memcmp(start, "pid", 3)) continue;
        const char *value = at + 1;
        value += strspn(value, " \t\r\n");
        if (*value == ':') return strtol(value + 1, NULL, 10);
    }
    return 0;
}

static int lists(const char *controllers, const char *name) {
    size_t length = strlen(name);
    for (const char *at = controllers; *at;) {
        size_t part = strcspn(at, ",");
        if (part == length && !memcmp(at, name, length)) return 1;
        at += part + (at[part] == ',');
    }
    return 0;
}

// Moves the process within one hierarchy, from `/…/pod<uid>/<id>` to `/…/pod<uid>/acct-<id>`.
static void move(const char *controllers, const char *path, long pid) {
    const char *leaf = strrchr(path, '/');
    if (!leaf || leaf == path || !leaf[1]) return;
    const char *pod = leaf - 1;
    while (pod > path && *pod != '/') pod--;
    if (strncmp(pod, "/pod", 4)) return;

    char target[4096];
    int length = snprintf(target, sizeof target, "/sys/fs/cgroup/%s%.*s/acct-%s", controllers, (int)(leaf - path), path,
                          leaf + 1);
    if (length < 0 || (size_t)length + sizeof "/cgroup.procs" > sizeof target) return;
    if (mkdir(target, 0755) && errno != EEXIST) return;
    strcat(target, "/cgroup.procs");
    int file = open(target, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    (void)!dprintf(file, "%ld", pid);
    close(file);
}

int main(void) {
    static char state[1 << 18], groups[1 << 14];
    read_all(STDIN_FILENO, state, sizeof state);
    long pid = pid_of(state);
    if (pid <= 0) return 0;

    char name[64];
    snprintf(name, sizeof name, "/proc/%ld/cgroup", pid);
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    read_all(file, groups, sizeof groups);
    close(file);

    // Each line is `number:controllers:path`.
    char *rest = groups;
    for (char *line; (line = strsep(&rest, "\n"));) {
        strsep(&line, ":");
        char *controllers = strsep(&line, ":");
        if (!controllers || !line) continue;
        if (lists(controllers, "cpu")) continue;
        if (lists(controllers, "cpuacct") || lists(controllers, "blkio")) move(controllers, line, pid);
    }
    return 0;
}
