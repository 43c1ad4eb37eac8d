import KubeModel
import Testing

@testable import PurserCommands

@Suite("What a simulation's report looks like") struct WhatIfTests {
    private var report: JSON {
        [
            "position": 1234, "time": "2026-01-31T12:00:00Z", "runs": false, "settledAfterSeconds": 34, "moving": [],
            "changes": [
                [
                    "action": "updated", "object": "deployments.apps/shop/web", "origin": "web.yaml",
                    "changes": [["path": "spec.replicas", "old": 3, "new": 5]],
                ],
                ["action": "refused", "object": "pods/shop/p", "origin": "p.yaml", "reason": "no", "changes": []],
            ],
            "workloads": [
                [
                    "object": "deployments.apps/shop/web", "inTrouble": true,
                    "before": ["ready": 3, "desired": 3, "message": ""],
                    "after": ["ready": 4, "desired": 5, "message": ""],
                    "nodes": ["n1": ["before": 1, "after": 2], "n2": ["before": 2, "after": 2]],
                    "cost": ["perMonthBefore": "3.00", "perMonthAfter": "5.00"],
                ]
            ],
            "unchangedWorkloads": 2,
            "placements": [["namespace": "shop", "pod": "web-1-abcde", "node": "n1"]],
            "waiting": [
                [
                    "workload": "deployments.apps/shop/web", "pods": ["web-1-fghij"], "waitedBefore": 0,
                    "message": "0/2 nodes are available: 2 Insufficient cpu.", "shortfall": "cpu 100m",
                    "nodes": [
                        ["node": "n1", "lacks": "cpu 300m", "reasons": ["Insufficient cpu"]],
                        ["node": "n2", "lacks": "", "reasons": ["node(s) were unschedulable"]],
                    ],
                ]
            ],
            "switches": [], "refusals": [],
            "requests": [
                "before": ["cpu": "1500m", "memory": "1073741824"], "after": ["cpu": "2500m", "memory": "1073741824"],
                "peak": ["cpu": "2500m", "memory": "1073741824"],
                "allocatable": ["cpu": "4000m", "memory": "8589934592"],
            ],
            "cost": [
                "currency": "EUR", "perMonthBefore": "3.00", "perMonthAfter": "5.00", "perMonthDifference": "2.00",
            ],
        ]
    }

    @Test("it tells the change, the end, the placements, what waits and why, the costs and the verdict")
    func text() {
        #expect(
            WhatIfText(report).text == """
                updated deployments.apps/shop/web (web.yaml)
                  ~ spec.replicas: 3 -> 5
                refused pods/shop/p (p.yaml)
                  ! no

                from position 1234 (2026-01-31T12:00:00Z), at rest after 34 s of simulated time
                WORKLOAD                    READY        PODS BY NODE        A MONTH
                deployments.apps/shop/web   3/3 -> 4/5   n1: 1 -> 2, n2: 2   3.00 -> 5.00
                2 other workloads end as before

                newly placed
                  shop/web-1-abcde -> n1

                without a node
                  1 pod of deployments.apps/shop/web: 0/2 nodes are available: 2 Insufficient cpu.
                    in all short of cpu 100m
                    n1 lacks cpu 300m for one of them
                    n2 refuses: node(s) were unschedulable

                requests: cpu 1500m, memory 1.0Gi -> cpu 2500m, memory 1.0Gi; at most at once cpu 2500m, memory 1.0Gi \
                of cpu 4000m, memory 8.0Gi
                a month: 3.00 -> 5.00 EUR (+2.00)
                not everything runs: 1 object is refused; 1 pod finds no node; deployments.apps/shop/web would not \
                run as asked for

                """)
    }

    @Test("documents are named by their file, and by their number where it holds several")
    func origins() {
        let manifests = ["a.yaml", "b.yaml", "b.yaml"].map { Manifest(object: [:], origin: $0) }
        #expect(
            WhatIfCommand.documents(manifests).map { $0.string("origin") ?? "" }
                == ["a.yaml", "b.yaml, object 1", "b.yaml, object 2"])
    }
}
