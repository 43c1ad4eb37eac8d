import KubeModel

extension UsageRecord {
    /// The pod's entry of a UsageReport.
    var report: JSON {
        func number(_ value: UInt64) -> JSON { .int(Int64(clamping: value)) }
        return [
            "uid": .string(uid), "namespace": .string(namespace), "name": .string(name),
            "owner": ["kind": .string(ownerKind), "name": .string(ownerName)], "final": .bool(isFinal),
            "cpuNanoseconds": number(cpu.total), "memoryByteSeconds": .int(Int64(clamping: memoryIntegral / 1_000_000)),
            "memoryBytes": number(memoryBytes), "memoryPeakBytes": number(memoryPeak),
            "ioReadBytes": number(read.total),
            "ioWriteBytes": number(write.total), "networkSentBytes": number(sent.total),
            "networkReceivedBytes": number(received.total),
            "containers": .array(
                containers.map {
                    [
                        "name": .string($0.name), "restart": .int(Int64($0.restart)),
                        "cpuNanoseconds": number($0.cpu.total), "memoryBytes": number($0.memoryBytes),
                        "ioReadBytes": number($0.read.total), "ioWriteBytes": number($0.write.total),
                    ]
                }),
        ]
    }

    /// The pod's entry of the journal.
    var journal: JSON {
        [
            "uid": .string(uid), "namespace": .string(namespace), "name": .string(name),
            "ownerKind": .string(ownerKind), "ownerName": .string(ownerName), "cpu": cpu.json, "read": read.json,
            "write": write.json, "sent": sent.json, "received": received.json,
            // As text: it may exceed 64 bits.
            "memoryIntegral": .string("\(memoryIntegral)"), "memoryBytes": .int(Int64(clamping: memoryBytes)),
            "memoryPeak": .int(Int64(clamping: memoryPeak)),
            "sampledAt": sampledAt.map { .int($0.microseconds) } ?? .null,
            "interface": interface.map { .string($0) } ?? .null, "final": .bool(isFinal),
            "acknowledged": .bool(isAcknowledged),
            "containers": .array(
                containers.map {
                    [
                        "id": .string($0.id), "name": .string($0.name), "restart": .int(Int64($0.restart)),
                        "cpu": $0.cpu.json, "read": $0.read.json, "write": $0.write.json,
                    ]
                }),
        ]
    }

    init?(journal json: JSON) {
        guard let uid = json.string("uid"), let namespace = json.string("namespace"), let name = json.string("name")
        else {
            return nil
        }
        (self.uid, self.namespace, self.name) = (uid, namespace, name)
        (ownerKind, ownerName) = (json.string("ownerKind") ?? "", json.string("ownerName") ?? "")
        (cpu, read, write) = (
            GrowingCounter(json: json["cpu"]), GrowingCounter(json: json["read"]), GrowingCounter(json: json["write"])
        )
        (sent, received) = (GrowingCounter(json: json["sent"]), GrowingCounter(json: json["received"]))
        memoryIntegral = json.string("memoryIntegral").flatMap { Int128($0) } ?? 0
        memoryBytes = UInt64(clamping: json.int("memoryBytes") ?? 0)
        memoryPeak = UInt64(clamping: json.int("memoryPeak") ?? 0)
        sampledAt = json.int("sampledAt").map { Timestamp(microseconds: $0) }
        interface = json.string("interface")
        isFinal = json.bool("final") ?? false
        isAcknowledged = json.bool("acknowledged") ?? false
        containers = json.array("containers").map {
            var container = Container(
                id: $0.string("id") ?? "", name: $0.string("name") ?? "", restart: Int(clamping: $0.int("restart") ?? 0)
            )
            container.cpu = GrowingCounter(json: $0["cpu"])
            container.read = GrowingCounter(json: $0["read"])
            container.write = GrowingCounter(json: $0["write"])
            return container
        }
    }
}
