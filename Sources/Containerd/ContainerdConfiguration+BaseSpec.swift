import KubeModel

extension ContainerdConfiguration {
    /// The OCI specification that every container starts from: containerd's own default, the accounting hook, and
    /// the limit of open files. containerd takes it in place of its default, so it has to be complete.
    ///
    /// Source of the members: the OCI runtime specification 1.0 and `ctr oci spec`.
    var baseRuntimeSpec: JSON {
        var spec: JSON = [
            "ociVersion": "1.0.2",
            "process": Self.process,
            "root": ["path": "rootfs"],
            "mounts": Self.mounts,
            "linux": Self.linux,
        ]
        if let openFiles {
            let limit = JSON.int(Int64(clamping: openFiles))
            spec[["process", "rlimits"]] = [["type": "RLIMIT_NOFILE", "hard": limit, "soft": limit]]
        }
        if let accountingHook {
            spec["hooks"] = ["createRuntime": [["path": .string(accountingHook)]]]
        }
        return spec
    }

    private static var process: JSON {
        let capabilities: JSON = [
            "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
            "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
            "CAP_AUDIT_WRITE",
        ]
        return [
            "user": ["uid": 0, "gid": 0],
            "cwd": "/",
            "noNewPrivileges": true,
            "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
        ]
    }

    private static var mounts: JSON {
        func mount(_ destination: String, _ type: String, _ source: String, _ options: [String]) -> JSON {
            [
                "destination": .string(destination), "type": .string(type), "source": .string(source),
                "options": .array(options.map(JSON.string)),
            ]
        }
        return [
            mount("/proc", "proc", "proc", ["nosuid", "noexec", "nodev"]),
            mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount(
                "/dev/pts", "devpts", "devpts",
                ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            mount("/dev/shm", "tmpfs", "shm", ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
            mount("/dev/mqueue", "mqueue", "mqueue", ["nosuid", "noexec", "nodev"]),
            mount("/sys", "sysfs", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
            mount("/run", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
        ]
    }

    private static var linux: JSON {
        [
            "resources": ["devices": [["allow": false, "access": "rwm"]]],
            "cgroupsPath": "/default",
            "namespaces": [
                ["type": "pid"], ["type": "ipc"], ["type": "uts"], ["type": "mount"], ["type": "network"],
            ],
            "maskedPaths": .array(hiddenPaths.map(JSON.string)),
            "readonlyPaths": .array(readOnlyPaths.map(JSON.string)),
        ]
    }

    /// Kernel files that an unprivileged container must not read (`procMount: Default`).
    static let hiddenPaths = [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
    ]
    /// Kernel files that an unprivileged container must not write.
    static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
}
