import APIServer
import CommandHandling
import KubeMachinery
import KubeModel
import Testing

@Suite("Options of a call")
struct OptionTests {
    @Test("list options are read from every parameter")
    func list() throws {
        let options = try ListOptions(
            Query(
                "labelSelector=app%3Dweb&fieldSelector=status.phase!%3DFailed&limit=500&continue=abc&resourceVersion=12"
                    + "&allowWatchBookmarks=true&timeoutSeconds=30&at=2h"))
        #expect(options.labelSelector.matches(["app": "web"]))
        #expect(options.fieldSelector.requirements == [.init(field: "status.phase", value: "Failed", equals: false)])
        #expect(options.limit == 500 && options.continueToken == "abc" && options.resourceVersion == 12)
        #expect(options.allowsBookmarks && options.timeoutSeconds == 30)
        #expect(options.at == .ago(microseconds: 7_200_000_000))
    }

    @Test(
        "parameters that do not go together are refused with 422 and their name",
        arguments: [
            ("resourceVersionMatch=Exact", false, "resourceVersionMatch"),
            ("resourceVersionMatch=Newest&resourceVersion=1", false, "resourceVersionMatch"),
            ("resourceVersionMatch=Exact&resourceVersion=0", false, "resourceVersionMatch"),
            ("resourceVersionMatch=Exact&resourceVersion=5&continue=x", false, "resourceVersionMatch"),
            ("resourceVersionMatch=NotOlderThan&resourceVersion=5", true, "resourceVersionMatch"),
            ("sendInitialEvents=true&resourceVersionMatch=NotOlderThan", false, "sendInitialEvents"),
            ("sendInitialEvents=true", true, "resourceVersionMatch"),
        ])
    func forbidden(query: String, isWatch: Bool, field: String) {
        let error = #expect(throws: KubeStatus.self) { try ListOptions(Query(query), isWatch: isWatch) }
        #expect(error?.code == 422 && error?.causes.map(\.field) == [field])
    }

    @Test("a watch list as kubectl asks for it is accepted")
    func watchList() throws {
        let query = "allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true"
        let options = try ListOptions(Query(query), isWatch: true)
        #expect(options.sendsInitialEvents && options.resourceVersionMatch == .notOlderThan)
    }

    @Test(
        "numbers that are none are refused with 400",
        arguments: ["limit=x", "limit=-1", "resourceVersion=abc", "timeoutSeconds=1s", "at=yesterday"])
    func notNumbers(query: String) {
        #expect(throws: KubeStatus.self) { try ListOptions(Query(query)) }
    }

    @Test(
        "a moment is a position, a time or a duration",
        arguments: [
            ("17", AsOf.position(17)), ("2026-01-31T08:00:00Z", .time(Timestamp(seconds: 1_769_846_400))),
            ("90s", .ago(microseconds: 90_000_000)), ("1d12h", .ago(microseconds: 129_600_000_000)),
            ("2m ago", .ago(microseconds: 120_000_000)),
        ])
    func asOf(text: String, expected: AsOf) throws { #expect(try AsOf(text) == expected) }

    @Test("a dry run is asked for with All and nothing else")
    func dryRun() throws {
        #expect(try WriteOptions(Query("dryRun=All&fieldManager=kubectl&fieldValidation=Strict")).isDryRun)
        #expect(try WriteOptions(Query("")).fieldValidation == .warn)
        #expect(throws: KubeStatus.self) { try WriteOptions(Query("dryRun=true")) }
        #expect(throws: KubeStatus.self) { try WriteOptions(Query("fieldValidation=strict")) }
    }

    @Test("a delete's options come from its body, else from its query")
    func delete() throws {
        let body = try DeleteOptions(
            Query("gracePeriodSeconds=9"),
            body: [
                "kind": "DeleteOptions", "gracePeriodSeconds": -5, "propagationPolicy": "Foreground", "dryRun": ["All"],
                "preconditions": ["uid": "u1", "resourceVersion": "7"],
            ])
        #expect(body.gracePeriodSeconds == 1 && body.propagation == .foreground && body.isDryRun)
        #expect(body.uid == "u1" && body.resourceVersion == "7")
        let query = try DeleteOptions(Query("gracePeriodSeconds=0&orphanDependents=true"), body: nil)
        #expect(query.gracePeriodSeconds == 0 && query.propagation == .orphan)
        #expect(throws: KubeStatus.self) { try DeleteOptions(Query(""), body: ["propagationPolicy": "Sometimes"]) }
        #expect(throws: KubeStatus.self) {
            try DeleteOptions(Query(""), body: ["propagationPolicy": "Orphan", "orphanDependents": true])
        }
        #expect(throws: KubeStatus.self) { try DeleteOptions(Query(""), body: ["kind": "Pod"]) }
    }
}

@Suite("Field selectors")
struct FieldSelectorTests {
    static let pod: JSON = [
        "metadata": ["name": "web", "namespace": "shop"], "spec": ["nodeName": "n1"], "status": ["phase": "Running"],
    ]

    @Test(
        "terms are matched as text, absent fields as empty or false",
        arguments: [
            ("metadata.name=web", true), ("metadata.name==web,spec.nodeName=n1", true),
            ("status.phase!=Running", false),
            ("spec.nodeName=", false), ("status.podIP=", true), ("spec.hostNetwork=false", true),
            ("metadata.name=we\\b", nil),
            ("metadata.name=a\\,b", false), ("nonsense", nil), ("", true),
        ])
    func matches(query: String, expected: Bool?) {
        #expect((try? FieldSelector(query: query))?.matches(Self.pod) == expected)
    }

    @Test("a field that a resource cannot be selected by is refused with 400")
    func validation() throws {
        let selector = try FieldSelector(query: "spec.nodeName=n1")
        let pods = try #require(Registry.builtIn.type(.pods))
        let services = try #require(Registry.builtIn.type(.services))
        #expect(throws: Never.self) { try selector.validate(for: pods) }
        #expect(throws: KubeStatus.self) { try selector.validate(for: services) }
    }
}

@Suite("Media types")
struct MediaTypeTests {
    @Test(
        "the best format that can be offered is chosen",
        arguments: [
            (nil, ResponseFormat(.json)), ("*/*", ResponseFormat(.json)), ("application/yaml", ResponseFormat(.yaml)),
            ("application/json;q=0.5, application/yaml", ResponseFormat(.yaml)),
            ("application/vnd.kubernetes.protobuf,application/json", ResponseFormat(.json)),
            (
                "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,"
                    + "application/json",
                ResponseFormat(.json, .table)
            ),
            ("application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", ResponseFormat(.json)),
            (
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json",
                ResponseFormat(.json)
            ),
            ("application/vnd.kubernetes.protobuf", nil), ("application/json;q=0", nil),
        ] as [(String?, ResponseFormat?)])
    func negotiation(accept: String?, expected: ResponseFormat?) {
        #expect((try? ResponseFormat.negotiate(accept, offering: [.table])) == expected)
    }

    @Test("aggregated discovery is answered with the type that was asked for")
    func discovery() throws {
        let type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        #expect(try ResponseFormat.negotiate(type, offering: [.groupDiscovery]).contentType == type)
    }

    @Test("bodies of unknown types are refused with 415")
    func unsupported() {
        #expect(throws: KubeStatus.self) { try RequestBody(contentType: "text/html") }
        #expect((try? RequestBody(contentType: "application/json; charset=utf-8")) == .json)
    }

    @Test("JSON and YAML of one object are one tree")
    func decoding() throws {
        let yaml = "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  n: \"1\"\n  t: x\nlist: [1, 2.5, true, null, ~]\n"
        let json =
            #"{"kind":"ConfigMap","metadata":{"name":"a"},"data":{"n":"1","t":"x"},"list":[1,2.5,true,null,null]}"#
        #expect(try RequestBody.yaml.decode(Array(yaml.utf8)) == RequestBody.json.decode(Array(json.utf8)))
        #expect(throws: KubeStatus.self) { try RequestBody.json.decode(Array("{".utf8)) }
        #expect(throws: KubeStatus.self) { try RequestBody.yaml.decode(Array("a: 1\n---\nb: 2\n".utf8)) }
    }

    @Test("aliases that multiply are refused")
    func bomb() {
        var yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...9 {
            yaml += "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ","))]\n"
        }
        #expect(throws: KubeStatus.self) { try RequestBody.yaml.decode(Array(yaml.utf8)) }
    }
}
