import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct DefaultingTests {
    private func defaulted(_ word: String, _ json: JSON) throws -> JSON {
        var object = try Fixtures.decoded(word, json)
        Defaulting.apply(to: &object, try Fixtures.type(word))
        return object
    }

    @Test("a pod gets what Kubernetes gives it, and nothing else")
    func pod() throws {
        let container: JSON = [
            "name": "web", "image": "nginx:1.14.2", "ports": [["containerPort": 80]],
            "livenessProbe": ["httpGet": ["port": 80]],
            "env": [["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]]],
            "resources": ["limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "500m"]],
        ]
        let sent = Fixtures.pod(container, ("volumes", [["name": "c", "configMap": ["name": "c"]], ["name": "e"]]))
        #expect(
            try defaulted("pods", sent)["spec"] == [
                "containers": [
                    [
                        "name": "web", "image": "nginx:1.14.2", "imagePullPolicy": "IfNotPresent",
                        "ports": [["containerPort": 80, "protocol": "TCP"]],
                        "livenessProbe": [
                            "httpGet": ["path": "/", "port": 80, "scheme": "HTTP"], "timeoutSeconds": 1,
                            "periodSeconds": 10,
                            "successThreshold": 1, "failureThreshold": 3,
                        ],
                        "env": [
                            [
                                "name": "IP",
                                "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": "status.podIP"]],
                            ]
                        ],
                        "resources": [
                            "limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "500m", "memory": "1Gi"],
                        ],
                        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                    ]
                ],
                "dnsPolicy": "ClusterFirst", "enableServiceLinks": true, "restartPolicy": "Always",
                "schedulerName": "default-scheduler", "securityContext": [:], "terminationGracePeriodSeconds": 30,
                "volumes": [
                    ["name": "c", "configMap": ["defaultMode": 420, "name": "c"]], ["name": "e", "emptyDir": [:]],
                ],
            ])
    }

    @Test(
        "an image without a tag, or tagged latest, is pulled each time",
        arguments: [
            ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1", "IfNotPresent"), ("h:5000/nginx", "Always"),
            ("h:5000/nginx:1", "IfNotPresent"), ("nginx@sha256:0", "IfNotPresent"),
        ])
    func pullPolicy(image: String, policy: String) throws {
        let pod = try defaulted("pods", Fixtures.pod(["name": "a", "image": .string(image)]))
        #expect(pod.array("spec", "containers").first?.string("imagePullPolicy") == policy)
    }

    @Test("a template is defaulted like a pod, but for what only a pod has")
    func deployment() throws {
        let spec = try #require(try defaulted("deployments", Fixtures.deployment())["spec"])
        #expect(
            spec["strategy"] == [
                "type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"],
            ])
        #expect(spec.int("replicas") == 1)
        #expect(spec.int("revisionHistoryLimit") == 10)
        #expect(spec.int("progressDeadlineSeconds") == 600)
        let pod = try #require(spec["template"]?["spec"])
        #expect(pod.string("restartPolicy") == "Always")
        #expect(pod["enableServiceLinks"] == nil)
    }

    @Test("BlueGreen promotes by itself and drains for thirty seconds unless told otherwise")
    func blueGreen() throws {
        let spec = try defaulted("deployments", Fixtures.deployment(("strategy", ["type": "BlueGreen"])))["spec"]
        #expect(
            spec?["strategy"] == [
                "type": "BlueGreen",
                "blueGreen": ["autoPromotion": true, "drainSeconds": 30, "scaleDownDelaySeconds": 0],
            ])
        let own: JSON = ["type": "BlueGreen", "blueGreen": ["autoPromotion": false, "drainSeconds": 0]]
        let kept = try defaulted("deployments", Fixtures.deployment(("strategy", own)))["spec"]?["strategy"]?[
            "blueGreen"]
        #expect(kept == ["autoPromotion": false, "drainSeconds": 0, "scaleDownDelaySeconds": 0])
    }

    @Test("a Service gets its type, families and ports")
    func service() throws {
        let sent = Fixtures.service(("clusterIP", "10.96.0.100"))
        #expect(
            try defaulted("services", sent)["spec"] == [
                "clusterIP": "10.96.0.100", "clusterIPs": ["10.96.0.100"], "internalTrafficPolicy": "Cluster",
                "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
                "ports": [["port": 80, "protocol": "TCP", "targetPort": 80]], "selector": ["app": "web"],
                "sessionAffinity": "None", "type": "ClusterIP",
            ])
        let exposed = try defaulted(
            "services", Fixtures.service(("type", "NodePort"), ("sessionAffinity", "ClientIP")))["spec"]
        #expect(exposed?["externalTrafficPolicy"] == "Cluster")
        #expect(exposed?["sessionAffinityConfig"] == ["clientIP": ["timeoutSeconds": 10800]])
        let external = try defaulted(
            "services", Fixtures.object("s", ("spec", ["type": "ExternalName", "externalName": "a.b"])))["spec"]
        #expect(external == ["type": "ExternalName", "externalName": "a.b", "sessionAffinity": "None"])
    }

    @Test("a Secret's plain texts become its values, the plain text winning")
    func secret() throws {
        let sent: JSON = ["stringData": ["a": "hi"], "data": ["a": "eA==", "b": "eA=="]]
        let secret = try defaulted("secrets", sent)
        #expect(secret["data"] == ["a": "aGk=", "b": "eA=="])
        #expect(secret["stringData"] == nil)
        #expect(secret["type"] == "Opaque")
    }

    @Test("a namespace is labelled with its name; a node can allocate all it has; an endpoint port speaks TCP")
    func cluster() throws {
        #expect(
            try defaulted("namespaces", Fixtures.object("shop", namespace: nil))["metadata"]
                == ["name": "shop", "labels": ["kubernetes.io/metadata.name": "shop"]])
        #expect(
            try defaulted("nodes", ["status": ["capacity": ["cpu": "2"]]])["status"]
                == ["allocatable": ["cpu": "2"], "capacity": ["cpu": "2"]])
        let slice = try defaulted("endpointslices", ["addressType": "IPv4", "endpoints": [], "ports": [["port": 80]]])
        #expect(slice["ports"] == [["name": "", "port": 80, "protocol": "TCP"]])
    }

    @Test("a pod tolerates a lost node for five minutes unless it says otherwise")
    func tolerations() throws {
        var pod = Fixtures.pod()
        Defaulting.addDefaultTolerations(to: &pod)
        #expect(
            pod.array("spec", "tolerations").map { $0.string("key") }
                == ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"])
        #expect(pod.array("spec", "tolerations").allSatisfy { $0.int("tolerationSeconds") == 300 })
        let once = pod
        Defaulting.addDefaultTolerations(to: &pod)
        #expect(pod == once)
        var all = Fixtures.pod(Fixtures.container, ("tolerations", [["operator": "Exists"]]))
        Defaulting.addDefaultTolerations(to: &all)
        #expect(all.array("spec", "tolerations").count == 1)
    }
}
