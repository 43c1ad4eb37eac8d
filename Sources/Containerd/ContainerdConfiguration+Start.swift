extension ContainerdConfiguration {
    /// What becomes the daemon, once `files` are written and `directories` exist: its process id is containerd's.
    ///
    /// crun refuses to run where a cgroup2 mount without controllers stands beside the version 1 hierarchies. There
    /// containerd gets a mount namespace of its own without that mount. The namespace is kept in a file, because
    /// a new one after a restart would have lost the mounts of the pods that run. The kernel lets a namespace be
    /// kept only in one with a smaller number, and recent kernels number on each CPU apart: hence the tries.
    public var startCommand: [String] {
        ["/bin/sh", "-c", startScript]
    }

    /// Takes away the mounts that `startCommand` and containerd left, once it and all pods are stopped.
    public var cleanUpCommand: [String] {
        ["/bin/sh", "-c", cleanUpScript]
    }

    private var namespaceDirectory: String { "\(state)/namespace" }
    private var namespaceFile: String { "\(namespaceDirectory)/mnt" }
    private static let hybridMount = "/sys/fs/cgroup/unified"

    private var startScript: String {
        let share = sharedDirectories.map {
            """
            mountpoint -q \(Self.shell($0)) || mount --bind \(Self.shell($0)) \(Self.shell($0))
            mount --make-shared \(Self.shell($0))
            """
        }
        return """
            set -e
            \(share.joined(separator: "\n"))
            set -- containerd --config \(Self.shell(configurationPath))
            \(runtime == .crun ? "mountpoint -q \(Self.hybridMount) ||" : "") exec "$@"
            dir=\(Self.shell(namespaceDirectory))
            file=\(Self.shell(namespaceFile))
            if [ "$(stat -f -c %T "$file" 2>/dev/null)" != nsfs ]; then
                mkdir -p "$dir"
                mountpoint -q "$dir" || mount --bind "$dir" "$dir"
                mount --make-private "$dir"
                touch "$file"
                cpu=0
                until taskset -c $((cpu % $(nproc))) \
                    unshare --mount="$file" --propagation slave umount \(Self.hybridMount)
                do
                    cpu=$((cpu + 1))
                    [ $cpu -lt 100 ]
                done
            fi
            exec nsenter --mount="$file" "$@"
            """
    }

    private var cleanUpScript: String {
        let own = [root, state] + sharedDirectories
        let patterns = own.map { "\(Self.shell($0))/*|\(Self.shell($0))" }.joined(separator: "|")
        return """
            awk '{print $5}' /proc/self/mountinfo | sort -r | while read -r at; do
                case "$at" in
                \(patterns)) umount -l "$at" ;;
                esac
            done
            """
    }

    /// A word of a POSIX shell.
    private static func shell(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
