import KubeModel

extension Defaulting {
    static let workloadRules: [String: Rule] = [
        "apps/v1.DeploymentStrategy": { strategy in
            switch strategy.string("type") {
            case "RollingUpdate": strategy.fill("rollingUpdate", [:])
            case "BlueGreen": strategy.fill("blueGreen", [:])
            default: break
            }
        },
        "apps/v1.DaemonSetUpdateStrategy": { strategy in
            if strategy.string("type") == "RollingUpdate" { strategy.fill("rollingUpdate", [:]) }
        },
        "apps/v1.StatefulSetUpdateStrategy": { strategy in
            if strategy.string("type") == "RollingUpdate" { strategy.fill("rollingUpdate", ["partition": 0]) }
        },
    ]
}
