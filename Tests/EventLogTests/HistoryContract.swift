import Domain
import EventLog
import KubeModel
import Postgres
import PostgresEventLog
import Testing

@Suite("The contract of reads of the past")
struct HistoryContract {
    /// A log in which five callers, two nodes, three kinds and four namespaces take turns.
    private struct Past {
        let log: any EventLog
        var events: [RecordedEvent] = []
        private var writer = Writer()

        init(_ log: any EventLog) { self.log = log }

        mutating func append(
            _ stream: String, _ type: String, caller: String = "ann", verb: String = "update", payload: JSON = [:]
        ) {
            let isRead = ["CallServed", "CallRefused", "UsageMeasured", "KeysDestroyed"].contains(type)
            var event = writer.event(stream, isRead: isRead).event
            (event.type, event.payload) = (type, payload.canonicalBytes)
            event.caller = Caller(subject: caller, verb: verb)
            event.isKeyframe = event.revision % 32 == 0 || type.hasSuffix("Created")
            events.append(
                Envelope.record(
                    event, position: writer.head.position,
                    recordedAt: Timestamp(microseconds: writer.microseconds)))
        }

        func write() async throws {
            let outcome = try await log.append(events, expected: LogHead(position: 0, term: 1))
            #expect(outcome == .appended)
            try await ArchivedFixture.archive(log)
        }

        /// Everybody does something, hundreds of times.
        mutating func fill() {
            let callers = ["ann", "bob", "system:node:n1", "system:controller:deployment", "system:kube-scheduler"]
            for round in 0..<600 {
                let namespace = "ns\(round % 4)"
                let caller = callers[round * 7 % 5]
                switch round % 6 {
                case 0: append("configmaps/\(namespace)/c\(round % 9)", "ConfigMapUpdated", caller: caller)
                case 1: append("pods/\(namespace)/p\(round % 50)", "PodStatusChanged", caller: caller)
                case 2:
                    append(
                        "pods/\(namespace)/p\(round % 50)", "PodBound", caller: caller, verb: "create",
                        payload: ["spec": ["nodeName": .string("n\(round % 3)")]])
                case 3: append("pods/\(namespace)", "CallServed", caller: caller, verb: "list")
                case 4: append("nodes/n\(round % 3)", "NodeStatusChanged", caller: caller)
                case 5 where round % 5 == 0: append("usage/n\(round % 3)", "UsageMeasured", caller: caller)
                case 5 where round % 5 == 1: append("secrets/\(namespace)/s", "KeysDestroyed", caller: caller)
                default: append("secrets/\(namespace)/s", "CallRefused", caller: caller, verb: "get")
                }
            }
            append("namespaces/ns1", "NamespaceCreated")
            append("clusters.purser.dev/cluster", "ClusterRolledBack", verb: "create")
            append("namespaces/ns1", "SelectionRolledBack", verb: "create")
        }
    }

    private static let queries: [EventQuery] = [
        EventQuery(), EventQuery(includesReads: true), EventQuery(.namespace("ns1")),
        EventQuery(.namespace("ns1"), includesReads: true), EventQuery(.resource("pods"), includesReads: true),
        EventQuery(.resource("pods", namespace: "ns3"), caller: "bob"), EventQuery(.node("n1")),
        EventQuery(.node("n1"), includesReads: true), EventQuery(.object("pods/ns1/p1")),
        EventQuery(.object("secrets/ns1/s"), includesReads: true),
        EventQuery(.object("configmaps/ns0/c0"), caller: "ann"),
        EventQuery(types: ["ClusterRolledBack"]), EventQuery(.object("namespaces/ns1")),
        EventQuery(types: ["CallRefused", "PodBound"], includesReads: true), EventQuery(caller: "nobody"),
        EventQuery(types: ["KeysDestroyed"], includesReads: true),
        EventQuery(types: ["UsageMeasured"], includesReads: true), EventQuery(types: ["UsageMeasured"]),
        EventQuery(caller: "ann", verb: "get", includesReads: true),
        EventQuery(.resource("pods", namespace: "ns1"), types: ["PodBound"], verb: "create"),
    ]

    @Test(
        "a search finds what the query admits, in both directions, in pages that join without a gap",
        arguments: Implementation.allCases)
    func search(_ implementation: Implementation) async throws {
        var past = Past(try await implementation.make(events: 600))
        past.fill()
        try await past.write()
        for query in Self.queries {
            let wanted = past.events.filter { $0.position > 50 && $0.position <= 580 && query.admits($0.event) }
            for newestFirst in [false, true] {
                var page = EventPage([], after: 50, through: 580)
                var found: [RecordedEvent] = []
                while !page.isLast {
                    page = try await past.log.find(
                        query, after: page.after, through: page.through, limit: 7, newestFirst: newestFirst)
                    #expect(page.events.count <= 7)
                    found += page.events
                }
                let expected = newestFirst ? wanted.reversed() : wanted
                #expect(found.map(\.position) == expected.map(\.position), "\(query), newest first: \(newestFirst)")
                #expect(found == expected)
            }
        }
        #expect(try await past.log.find(EventQuery(), after: 0, through: 9999, limit: 999, newestFirst: true).isLast)
    }

    @Test(
        "the search index finds the same as the events themselves, also once it has summed them up",
        arguments: [nil, 64] as [Int64?])
    func searchIndex(segment: Int64?) async throws {
        let fixture = try await PostgresFixture(segment: segment)
        var past = Past(fixture.log)
        past.fill()
        try await past.write()
        let superuser = PostgresConnection(fixture.superuser)
        let find = PostgresStatement(
            "long",
            "SELECT log.find(0, $1, $2::text, NULL, $3::text, $4::text, $5::text[], $6::text, true, false, 9999)")
        for isSummedUp in [false, true] {
            if isSummedUp { _ = try await superuser.execute(PostgresStatement("vacuum", "VACUUM log.events")) }
            for (query, values) in [
                (EventQuery(caller: "bob"), [.text("bob"), .null, .null, .null, .null]),
                (EventQuery(.resource("pods", namespace: "ns1")), [.null, .text("pods"), .text("ns1"), .null, .null]),
                (EventQuery(.node("n1")), [.null, .null, .null, .null, .text("n1")]),
                (EventQuery(types: ["PodBound"]), [.null, .null, .null, .textArray(["PodBound", "X"]), .null]),
            ] as [(EventQuery, [PostgresValue])] {
                var query = query
                query.includesReads = true
                let wanted = past.events.filter { query.admits($0.event) }.map(\.position)
                for length: Int64 in [601, 1_000_000] {
                    var found: [Position] = []
                    for row in try await superuser.execute(find, [.int8(length)] + values) {
                        found.append(try row.int8(0))
                    }
                    #expect(found == wanted, "\(query) over \(length)")
                }
            }
        }
    }

    @Test("the objects of a moment are neither those to come nor those gone", arguments: Implementation.allCases)
    func live(_ implementation: Implementation) async throws {
        var past = Past(try await implementation.make())
        past.append("pods/a/1", "PodCreated")  // 1
        past.append("pods/a/2", "PodCreated")
        past.append("pods/a/1", "PodDeleted")  // 3
        past.append("(pods/a/3)", "CallRefused")
        past.append("pods/a/1", "PodCreated")  // 5
        past.append("pods/a/2", "PodDeleted")
        past.append("pods/ab/1", "PodCreated")  // 7
        past.append("pods/a/1", "PodDeleted")
        try await past.write()
        func live(_ position: Position, _ prefix: String = "pods/a/") async throws -> [String] {
            try await past.log.liveStreams(prefix: prefix, at: position)
        }
        #expect(try await live(0) == [])
        #expect(try await live(1) == ["pods/a/1"])
        #expect(try await live(2) == ["pods/a/1", "pods/a/2"])
        #expect(try await live(4) == ["pods/a/2"])
        #expect(try await live(5) == ["pods/a/1", "pods/a/2"])
        #expect(try await live(7, "pods/") == ["pods/a/1", "pods/ab/1"])
        #expect(try await live(99) == [])
    }

    @Test("an object's form is made up of few events however many there were", arguments: Implementation.allCases)
    func forms(_ implementation: Implementation) async throws {
        var past = Past(try await implementation.make(events: 200))
        past.append("pods/a/1", "PodCreated")
        for _ in 0..<100 {
            past.append("pods/a/1", "PodStatusChanged", payload: ["zone": "of no note"])
            past.append("pods/a/2", "PodStatusChanged", payload: ["zone": "of no note"])
        }
        try await past.write()
        func revisions(_ position: Position) async throws -> [[Revision]] {
            let moments = ["pods/a/2", "pods/none/1", "pods/a/1"].map { StreamMoment($0, at: position) }
            let forms = try await past.log.forms(moments)
            for (moment, rows) in zip(moments, forms) {
                #expect(rows.allSatisfy { $0.stream == moment.stream && $0.position <= position })
            }
            return forms.map { $0.map(\.revision) }
        }
        #expect(try await revisions(0) == [[], [], []])
        #expect(try await revisions(1) == [[], [], [1]])
        #expect(try await revisions(7) == [[1, 2, 3], [], [1, 2, 3, 4]])
        // At position p the one has (p - 1) / 2 revisions, the other 1 + p / 2.
        #expect(try await revisions(62) == [Array(1...30), [], [32]])
        #expect(try await revisions(130) == [[64], [], [64, 65, 66]])
        #expect(try await revisions(999) == [Array(96...100), [], Array(96...101)])
        #expect(try await past.log.forms([]).isEmpty)
        let twice = try await past.log.forms([StreamMoment("pods/a/1", at: 2), StreamMoment("pods/a/1", at: 1)])
        #expect(twice.map { $0.map(\.position) } == [[1, 2], [1]])
        let many = (0..<120).map { StreamMoment("pods/a/1", at: $0) }
        for (moment, rows) in zip(many, try await past.log.forms(many)) {
            #expect(try await past.log.forms([moment])[0].map(\.position) == rows.map(\.position), "\(moment)")
        }
    }

    @Test(
        "of the changes behind a whole object only the newest of each member is handed out",
        arguments: Implementation.allCases)
    func newestMembers(_ implementation: Implementation) async throws {
        var past = Past(try await implementation.make())
        let (spec, status): (JSON, JSON) = (["spec": ["a": 1]], ["status": ["b": 2]])
        let both: JSON = ["metadata": [:], "status": ["b": 3]]
        past.append("pods/a/1", "PodCreated", payload: ["metadata": [:]])
        for payload in [status, spec, status, both, ["data": .null], status, ["zone": 1], status] {
            past.append("pods/a/1", "PodUpdated", payload: payload)
        }
        past.append("pods/a/1", "PodDeleted")
        past.append("pods/a/1", "PodCreated", payload: ["metadata": [:]])
        past.append("pods/a/1", "PodStatusChanged", payload: status)
        try await past.write()
        let expected: [[Revision]] = [
            [], [1], [1, 2], [1, 2, 3], [1, 3, 4], [1, 3, 5], [1, 3, 5, 6], [1, 3, 5, 6, 7], [1, 3, 5, 6, 7, 8],
            [1, 3, 5, 6, 8, 9], [1, 3, 5, 6, 8, 9, 10], [11], [11, 12],
        ]
        let forms = try await past.log.forms(expected.indices.map { StreamMoment("pods/a/1", at: Position($0)) })
        #expect(forms.map { $0.map(\.revision) } == expected)
    }

    @Test("what changed between two moments is told by its streams", arguments: Implementation.allCases)
    func changed(_ implementation: Implementation) async throws {
        var past = Past(try await implementation.make())
        for stream in ["pods/a/1", "pods/a/2", "nodes/n", "pods/a/1", "pods/b/1", "pods/a/2"] {
            past.append(stream, "PodStatusChanged")
        }
        past.append("pods/a/3", "CallRefused")
        try await past.write()
        func changed(_ prefixes: [String], _ after: Position, _ through: Position) async throws -> [String] {
            try await past.log.changedStreams(prefixes: prefixes, after: after, through: through)
        }
        #expect(try await changed([""], 0, 9) == ["nodes/n", "pods/a/1", "pods/a/2", "pods/b/1"])
        #expect(try await changed(["pods/a/", "nodes/"], 2, 4) == ["nodes/n", "pods/a/1"])
        #expect(try await changed(["pods/a/", "pods/a/1"], 4, 9) == ["pods/a/2"])
        #expect(try await changed([""], 2, 2) == [])
        #expect(try await changed([], 0, 9) == [])
    }
}
