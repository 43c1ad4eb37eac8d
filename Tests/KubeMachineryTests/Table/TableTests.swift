import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct TableTests {
    private let now = Timestamp(seconds: 1_700_000_000)

    private func metadata(_ name: String, age: Int64 = 300) -> JSON {
        [
            "name": .string(name), "namespace": "shop", "resourceVersion": "7", "labels": ["a": "b"],
            "creationTimestamp": .string(Timestamp(seconds: now.seconds - age).rfc3339),
        ]
    }

    private func type(_ resource: GroupResource) throws -> ResourceType {
        try #require(Registry.builtIn.type(resource))
    }

    /// The cells of one object by the names of their columns.
    private func cells(_ resource: GroupResource, _ object: JSON) throws -> [String: JSON] {
        let table = Table.render(objects: [object], type: try type(resource), now: now)
        let names = table.array("columnDefinitions").compactMap { $0.string("name") }
        let values = table.array("rows").first?.array("cells") ?? []
        try #require(names.count == values.count)
        return Dictionary(uniqueKeysWithValues: zip(names, values))
    }

    @Test("a table has the columns, the list's metadata and the rows' metadata") func shape() throws {
        let object: JSON = ["metadata": metadata("web"), "data": ["a": "1", "b": "2"]]
        let table = Table.render(
            objects: [object], type: try type(.configMaps), now: now,
            listMetadata: ["resourceVersion": "9", "continue": "c", "remainingItemCount": 4, "selfLink": "x"])
        #expect(table.string("kind") == "Table")
        #expect(table.string("apiVersion") == "meta.k8s.io/v1")
        #expect(table["metadata"] == ["resourceVersion": "9", "continue": "c", "remainingItemCount": 4])
        #expect(table.array("columnDefinitions").map { $0.string("name") } == ["Name", "Data", "Age"])
        #expect(table.array("columnDefinitions").first?.string("format") == "name")
        #expect(
            table["rows"] == [
                [
                    "cells": ["web", 2, "5m"],
                    "object": [
                        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": metadata("web"),
                    ],
                ]
            ])
    }

    @Test("includeObject chooses what rows carry") func includeObject() throws {
        let object: JSON = ["metadata": metadata("web"), "data": [:]]
        func row(_ include: IncludeObject) throws -> JSON? {
            Table.render(objects: [object], type: try type(.configMaps), now: now, includeObject: include)
                .array("rows").first?["object"]
        }
        #expect(try row(.none) == nil)
        #expect(try row(.object) == object)
        #expect(try IncludeObject(query: nil) == .metadata)
        #expect(try IncludeObject(query: "Object") == .object)
        let error = #expect(throws: KubeStatus.self) { try IncludeObject(query: "All") }
        #expect(error?.code == 400)
    }

    @Test("of a watch only the first table states the columns") func watch() throws {
        let object: JSON = ["metadata": metadata("web")]
        let first = Table.render(watched: object, type: try type(.pods), now: now, isFirst: true)
        let next = Table.render(watched: object, type: try type(.pods), now: now, isFirst: false)
        #expect(!first.array("columnDefinitions").isEmpty)
        #expect(next.array("columnDefinitions").isEmpty)
        #expect(next.array("rows").count == 1)
        #expect(next.string("metadata", "resourceVersion") == "7")
    }

    @Test("a Deployment shows ready, up-to-date and available pods") func deployment() throws {
        let object: JSON = [
            "metadata": metadata("web", age: 90),
            "spec": [
                "replicas": 3, "selector": ["matchLabels": ["app": "web"]],
                "template": ["spec": ["containers": [["name": "a", "image": "x:1"], ["name": "b", "image": "y:2"]]]],
            ],
            "status": ["readyReplicas": 2, "updatedReplicas": 3, "availableReplicas": 1],
        ]
        #expect(
            try cells(.deployments, object) == [
                "Name": "web", "Ready": "2/3", "Up-to-date": 3, "Available": 1, "Age": "90s", "Containers": "a,b",
                "Images": "x:1,y:2", "Selector": "app=web",
            ])
    }

    @Test("a Service shows its addresses and ports") func service() throws {
        let object: JSON = [
            "metadata": metadata("web"),
            "spec": [
                "type": "NodePort", "clusterIP": "10.96.0.100", "selector": ["app": "web"],
                "ports": [["port": 80, "nodePort": 30_080, "protocol": "TCP"], ["port": 53, "protocol": "UDP"]],
            ],
        ]
        #expect(
            try cells(.services, object) == [
                "Name": "web", "Type": "NodePort", "Cluster-IP": "10.96.0.100", "External-IP": "<none>",
                "Port(s)": "80:30080/TCP,53/UDP", "Age": "5m", "Selector": "app=web",
            ])
        let pending = try cells(.services, ["metadata": metadata("lb"), "spec": ["type": "LoadBalancer"]])
        #expect(pending["External-IP"] == "<pending>")
        #expect(pending["Port(s)"] == "<none>")
    }

    @Test("a Node shows its state, roles and addresses") func node() throws {
        var node: JSON = [
            "metadata": metadata("n1"), "spec": ["unschedulable": true],
            "status": [
                "conditions": [["type": "Ready", "status": "True"]],
                "addresses": [["type": "InternalIP", "address": "10.0.0.1"]],
                "nodeInfo": ["kubeletVersion": "v1.36.0", "osImage": "Debian"],
            ],
        ]
        node[["metadata", "labels"]] = ["node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "agent"]
        let cells = try cells(.nodes, node)
        #expect(cells["Status"] == "Ready,SchedulingDisabled")
        #expect(cells["Roles"] == "agent,control-plane")
        #expect(cells["Internal-IP"] == "10.0.0.1")
        #expect(cells["External-IP"] == "<none>")
        #expect(cells["Kernel-Version"] == "<unknown>")
        #expect(try self.cells(.nodes, ["metadata": metadata("n2")])["Status"] == "Unknown")
    }

    @Test("an EndpointSlice shows three endpoints and how many more there are") func endpointSlice() throws {
        let object: JSON = [
            "metadata": metadata("web-1"), "addressType": "IPv4", "ports": [["port": 80], ["name": "x"], [:]],
            "endpoints": [["addresses": ["1", "2"]], ["addresses": ["3"]], ["addresses": ["4"]]],
        ]
        let cells = try cells(.endpointSlices, object)
        #expect(cells["Endpoints"] == "1,2,3 + 1 more...")
        #expect(cells["Ports"] == "80,x,*")
        #expect(try self.cells(.endpointSlices, ["metadata": metadata("e")])["Endpoints"] == "<unset>")
    }

    @Test("both forms of an Event show when, what and to whom") func events() throws {
        let core: JSON = [
            "metadata": metadata("e1"), "type": "Warning", "reason": "BackOff", "message": "again\n", "count": 3,
            "involvedObject": ["kind": "Pod", "name": "web-1", "fieldPath": "spec.containers{web}"],
            "firstTimestamp": .string(Timestamp(seconds: now.seconds - 600).rfc3339),
            "lastTimestamp": .string(Timestamp(seconds: now.seconds - 60).rfc3339),
            "source": ["component": "agent", "host": "n1"],
        ]
        #expect(
            try cells(.events, core) == [
                "Last Seen": "60s", "Type": "Warning", "Reason": "BackOff", "Object": "pod/web-1",
                "Subobject": "spec.containers{web}", "Source": "agent, n1", "Message": "again", "First Seen": "10m",
                "Count": 3, "Name": "e1",
            ])
    }

    @Test(
        "durations are as Kubernetes writes them",
        arguments: [
            (-5, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (130, "2m10s"), (600, "10m"),
            (10_799, "179m"), (10_800, "3h"), (11_100, "3h5m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"),
            (180_000, "2d2h"), (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"), (66_528_000, "2y40d"),
            (252_288_000, "8y"),
        ] as [(Int64, String)])
    func durations(seconds: Int64, text: String) {
        // An age of less than a second below zero is 0s, a whole second is the last that is not invalid.
        #expect(ShortDuration.text(seconds: seconds) == text)
    }

    @Test("objects become PartialObjectMetadata, lists too") func partial() {
        let list = PartialObjectMetadata.list(
            [["metadata": metadata("a"), "spec": [:]]], listMetadata: ["resourceVersion": "1"])
        #expect(list.string("kind") == "PartialObjectMetadataList")
        #expect(list.array("items").first?["spec"] == nil)
        #expect(list.array("items").first?.string("metadata", "name") == "a")
    }
}
