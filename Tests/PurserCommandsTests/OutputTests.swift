import KubeClient
import KubeModel
import KubeYAML
import Testing

@testable import PurserCommands

@Suite struct OutputTests {
    private let table: JSON = [
        "columnDefinitions": [
            ["name": "Name", "priority": 0], ["name": "Ready", "priority": 0], ["name": "IP", "priority": 1],
        ],
        "rows": [
            [
                "cells": ["web-1", "1/1", "10.0.0.1"],
                "object": ["metadata": ["namespace": "shop", "labels": ["a": "b"]]],
            ],
            ["cells": ["long-name", 3, .null], "object": ["metadata": ["namespace": "x"]]],
        ],
    ]

    @Test("the server's table is aligned, and wide shows what priority hides")
    func tables() {
        #expect(
            Output.table(table, wide: false) == """
                NAME        READY
                web-1       1/1
                long-name   3

                """)
        #expect(
            Output.table(table, wide: true, showsNamespace: true, showsLabels: true) == """
                NAMESPACE   NAME        READY   IP         LABELS
                shop        web-1       1/1     10.0.0.1   a=b
                x           long-name   3       <none>     <none>

                """)
        #expect(Output.table(table, wide: false, showsHeader: false).hasPrefix("web-1"))
    }

    @Test("JSON is indented, and reads back as it was")
    func indentedJSON() throws {
        let value: JSON = ["a": [1, ["b": "c\n"]], "e": [:], "f": []]
        let text = Output.json(value)
        #expect(text.contains("\n    \"a\": [\n        1,"))
        #expect(try JSON(parsing: text) == value)
    }

    @Test("several objects become a List, one stays itself")
    func lists() throws {
        let one: JSON = ["kind": "Pod"]
        #expect(try JSON(parsing: Output.objects([one], .json, isList: false)) == one)
        let list = try JSON(parsing: Output.objects([one, one], .json, isList: true, resourceVersion: "7"))
        #expect(list.string("metadata", "resourceVersion") == "7")
        #expect(list.string("kind") == "List" && list.array("items") == [one, one])
        #expect(try YAML.documents(Output.objects([one], .yaml, isList: true)).first?.array("items") == [one])
    }

    @Test("numbers are rounded to the places that are shown")
    func numbers() {
        #expect(
            [Output.decimal(1.005, 1), Output.decimal(2.96, 1), Output.decimal(-0.04, 1), Output.decimal(7, 0)]
                == ["1.0", "3.0", "0.0", "7"])
        #expect([Output.bytes(5), Output.bytes(1536), Output.bytes(3 << 30)] == ["5", "1.5Ki", "3.0Gi"])
    }

    @Test("a history shows position, time, who and every change")
    func history() {
        let items: [JSON] = [
            [
                "position": 12, "recordedAt": "2026-01-02T03:04:05.123456Z", "type": "DeploymentScaled",
                "stream": "deployments.apps/default/web",
                "caller": ["subject": "kubernetes-admin", "userAgent": "purser/0.1.0 (x)"],
                "changes": [
                    ["path": "spec.replicas", "old": 1, "new": 3], ["path": "metadata.labels.a", "new": "b"],
                    ["path": "spec.paused", "old": true, "new": .null],
                ],
            ]
        ]
        let cells = HistoryText(all: true, showsObject: false).table(items).split(separator: "\n").map { line in
            line.split(separator: "   ").map { $0.trimmingPrefix(while: \.isWhitespace) }.filter { !$0.isEmpty }
        }
        #expect(
            cells == [
                ["POSITION", "TIME", "EVENT", "WHO", "WHAT CHANGED"],
                [
                    "12", "2026-01-02T03:04:05.123Z", "DeploymentScaled", "kubernetes-admin (purser/0.1.0)",
                    "~ spec.replicas: 1 -> 3",
                ],
                ["+ metadata.labels.a: b"], ["- spec.paused: true"],
            ])
        #expect(History.change(["path": "", "new": ["kind": "Pod"]]) == "created")
        #expect(History.change(["path": "", "old": ["kind": "Pod"]]) == "deleted")
        #expect(HistoryText(all: false, showsObject: false).table(items).split(separator: "\n").count == 2)
    }

    @Test("a plan lists its objects with their changes")
    func plan() {
        let plan: JSON = [
            "plan": [
                [
                    "action": "update", "object": "deployments.apps/shop/web",
                    "changes": [
                        ["path": "spec.template.spec.containers[0].image", "old": "nginx:2", "new": "nginx:1"]
                    ],
                ],
                [
                    "action": "create", "object": "services/shop/web", "changes": [["path": "", "new": [:]]],
                    "notes": ["its address is taken"],
                ],
            ],
            "refused": [["object": "secrets/shop/s", "reason": "its key was destroyed"]],
            "fit": ["fits": false, "pods": 2, "message": "1 of 2 pods find no node"],
            "cost": ["currency": "EUR", "perHourBefore": "0.100000", "perHourAfter": "0.200000"],
        ]
        #expect(
            RollbackPlan.text(plan) == """
                update deployments.apps/shop/web
                  ~ spec.template.spec.containers[0].image: nginx:2 -> nginx:1
                create services/shop/web
                  ! its address is taken
                leave secrets/shop/s
                  ! its key was destroyed
                nodes: it does not fit: 1 of 2 pods find no node
                requests cost 0.100000 EUR an hour now, 0.200000 after

                """)
    }

    @Test("a rollback's plan that does nothing says so, and why")
    func emptyPlan() {
        #expect(RollbackPlan.text(["plan": []]) == "everything is already as it was; nothing to do\n")
        let refused: JSON = ["plan": [], "refused": [["object": "secrets/shop/s", "reason": "its key was destroyed"]]]
        #expect(
            RollbackPlan.text(refused) == """
                leave secrets/shop/s
                  ! its key was destroyed
                none of it can be brought back; all else is already as it was

                """)
    }

    @Test("describing a Secret shows sizes only")
    func secrecy() {
        let secret = KubeObject([
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["key": "aHVudGVyMg=="],
        ])
        let text = Description.text(secret)
        #expect(!text.contains("aHVudGVyMg") && text.contains("key: 9 bytes at most"))
    }
}
