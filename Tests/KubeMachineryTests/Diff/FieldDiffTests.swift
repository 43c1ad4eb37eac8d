import KubeModel
import PropertyTesting
import Testing

@testable import KubeMachinery

@Suite struct FieldDiffTests {
    @Test("changed, added and removed members have their paths, sorted") func members() {
        let changes = FieldDiff.changes(
            old: ["spec": ["replicas": 1, "paused": true], "metadata": ["labels": ["app.kubernetes.io/name": "a"]]],
            new: [
                "spec": ["replicas": 3, "minReadySeconds": 5], "metadata": ["labels": ["app.kubernetes.io/name": "b"]],
            ])
        #expect(
            changes == [
                .init(path: "metadata.labels[app.kubernetes.io/name]", old: "a", new: "b"),
                .init(path: "spec.minReadySeconds", old: nil, new: 5),
                .init(path: "spec.paused", old: true, new: nil),
                .init(path: "spec.replicas", old: 1, new: 3),
            ])
    }

    @Test("elements of lists are matched by what names them") func lists() {
        let old: JSON = ["containers": [["name": "a", "image": "1"], ["name": "b", "image": "1"]]]
        let new: JSON = ["containers": [["name": "c", "image": "1"], ["name": "b", "image": "2"]]]
        #expect(
            FieldDiff.changes(old: old, new: new).map(\.path) == [
                "containers[name=a]", "containers[name=b].image", "containers[name=c]",
            ])
        let ports = FieldDiff.changes(
            old: ["ports": [["port": 80, "nodePort": 1]]], new: ["ports": [["port": 80, "nodePort": 2]]])
        #expect(ports == [.init(path: "ports[port=80].nodePort", old: 1, new: 2)])
    }

    @Test("a changed order of named elements is a change") func order() {
        let changes = FieldDiff.changes(
            old: ["l": [["name": "a"], ["name": "b"]]], new: ["l": [["name": "b"], ["name": "a"]]])
        #expect(changes == [.init(path: "l[name]", old: ["a", "b"], new: ["b", "a"])])
    }

    @Test("elements that nothing tells apart are matched by index, scalars as a whole list") func indexes() {
        let changes = FieldDiff.changes(
            old: ["l": [["x": 1], ["x": 1]], "s": [1, 2]], new: ["l": [["x": 1], ["x": 2]], "s": [1]])
        #expect(
            changes == [
                .init(path: "l[1].x", old: 1, new: 2), .init(path: "s", old: [1, 2], new: [1]),
            ])
    }

    @Test("a creation and a deletion are one change each, equal values none") func wholes() {
        #expect(FieldDiff.changes(old: nil, new: ["a": 1]) == [.init(path: "", old: nil, new: ["a": 1])])
        #expect(FieldDiff.changes(old: ["a": 1], new: nil) == [.init(path: "", old: ["a": 1], new: nil)])
        #expect(FieldDiff.changes(old: ["a": 1], new: ["a": 1]).isEmpty)
        #expect(FieldDiff.changes(old: nil, new: nil).isEmpty)
    }

    @Test("values differ exactly where changes are found") func completeness() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let (old, new) = (JSON.random(&random, depth: 3), JSON.random(&random, depth: 3))
            #expect(FieldDiff.changes(old: old, new: new).isEmpty == (old == new))
        }
    }
}
