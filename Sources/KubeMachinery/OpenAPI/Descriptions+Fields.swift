/// Fields of the types that people look up most, in our own words.
extension Descriptions {
    static let fields: [String: [String: String]] = parse(text)

    /// A type's name on a line of its own, then a line for each field: its name, a colon and what it is.
    private static func parse(_ text: String) -> [String: [String: String]] {
        var found: [String: [String: String]] = [:]
        var type = ""
        for line in text.split(separator: "\n") {
            guard let colon = line.firstRange(of: ": ") else {
                type = String(line)
                continue
            }
            found[type, default: [:]][String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
        }
        return found
    }

    private static let text = """
        meta/v1.ObjectMeta
        name: The object's name, unique among objects of its kind in its namespace; it never changes.
        generateName: A prefix to which the server adds a random suffix, where no name is given.
        namespace: The namespace that the object belongs to.
        labels: Short keys and values by which objects are selected.
        annotations: Keys and values for tools and people; nothing is selected by them.
        uid: Tells this object from every other there ever was; set by the server.
        resourceVersion: The position of the object's last event in the log; an update that states an older one is \
        refused.
        generation: Counts the changes of the spec; set by the server.
        creationTimestamp: When the object was created; set by the server.
        deletionTimestamp: When the object is to be gone; set by the server once its deletion is asked for.
        deletionGracePeriodSeconds: How many seconds it was given to end.
        finalizers: What must be done, and taken from this list, before the object goes.
        ownerReferences: The objects that it belongs to; it goes with the last of them.
        managedFields: Which tool set which fields.
        apps/v1.DeploymentSpec
        replicas: How many pods are wanted; 1 where it is not stated.
        selector: Which pods belong to it; must match the template's labels and never changes.
        template: The pod that is to be run.
        strategy: How old pods are replaced by new ones.
        minReadySeconds: How many seconds a new pod must be ready before it counts as available.
        revisionHistoryLimit: How many old ReplicaSets are kept to go back to; 10 where it is not stated.
        paused: True to leave changes of the template alone for now.
        progressDeadlineSeconds: After how many seconds without progress a rollout counts as failed; 600 where it \
        is not stated.
        apps/v1.DeploymentStrategy
        type: RollingUpdate (some pods at a time), Recreate (all old ones first) or BlueGreen (a whole second set, \
        then one switch).
        rollingUpdate: How many pods at a time, for RollingUpdate.
        blueGreen: When the switch is made and how the old set ends, for BlueGreen.
        apps/v1.RollingUpdateDeployment
        maxSurge: How many pods more than wanted may run meanwhile: a number, or a share such as 25%.
        maxUnavailable: How many pods fewer than wanted may be available meanwhile: a number, or a share such as 25%.
        apps/v1.DeploymentStatus
        observedGeneration: The generation of the spec that these figures are about.
        replicas: How many pods there are, old and new.
        updatedReplicas: How many of them run the newest template.
        readyReplicas: How many of them are ready.
        availableReplicas: How many of them have been ready for long enough.
        unavailableReplicas: How many are still missing.
        conditions: What can be said of the rollout: Available, Progressing.
        collisionCount: How often two templates had one hash.
        blueGreen: Which set is live, which is on its way, and how far that is.
        apps/v1.ReplicaSetSpec
        replicas: How many pods are wanted.
        selector: Which pods belong to it.
        template: The pod that is to be run.
        minReadySeconds: How many seconds a pod must be ready before it counts as available.
        core/v1.PodTemplateSpec
        metadata: Labels and annotations that its pods get.
        spec: What its pods run.
        core/v1.PodSpec
        containers: The programs that run beside each other; at least one.
        initContainers: Programs that run one after the other before the containers; with restartPolicy Always, \
        beside them.
        volumes: Directories that the containers can mount.
        restartPolicy: Whether ended containers are started again: Always, OnFailure or Never.
        terminationGracePeriodSeconds: How many seconds containers have to end after SIGTERM before they are \
        killed; 30 where it is not stated.
        activeDeadlineSeconds: After how many seconds the pod is ended and counts as failed.
        nodeSelector: Labels that a node must have to run the pod.
        nodeName: The node that runs the pod; set by the scheduler.
        affinity: Rules that draw the pod to nodes or pods, or keep it off.
        tolerations: Taints of nodes that the pod puts up with.
        serviceAccountName: The identity that its containers have towards the API.
        automountServiceAccountToken: Whether the token of that identity is mounted.
        imagePullSecrets: Secrets with the credentials of image registries.
        hostNetwork: True to use the node's network instead of one of its own.
        hostPID: True to see the node's processes.
        hostIPC: True to share the node's interprocess communication.
        hostname: The name that the pod gives itself; its own name where it is not stated.
        subdomain: The domain of that name.
        hostAliases: Lines for /etc/hosts.
        dnsPolicy: Where names are resolved: ClusterFirst, Default, None.
        dnsConfig: Name servers and search domains of its own.
        securityContext: User, groups and rights that hold for all of its containers.
        priorityClassName: The class that says how important the pod is.
        priority: How important the pod is; the higher, the more.
        schedulerName: Which scheduler places the pod.
        schedulingGates: What must be lifted before the pod is placed.
        enableServiceLinks: Whether each service of the namespace is told by environment variables.
        readinessGates: Conditions beyond the containers' that must hold for the pod to be ready.
        topologySpreadConstraints: How evenly pods are spread over zones or nodes.
        overhead: What the pod itself uses beside its containers.
        runtimeClassName: The runtime that starts its containers.
        shareProcessNamespace: True if its containers see each other's processes.
        core/v1.Container
        name: The container's name, unique in its pod.
        image: The image to run: registry, name, and tag or digest.
        imagePullPolicy: When the image is pulled: Always, IfNotPresent or Never.
        command: What is run instead of the image's entry point.
        args: Arguments of the command.
        workingDir: The directory in which the command starts.
        ports: Ports that the container listens on.
        env: Environment variables, one by one.
        envFrom: ConfigMaps and Secrets whose entries all become environment variables.
        resources: CPU and memory that it is promised, and that it may use at most.
        volumeMounts: Where the pod's volumes appear in the container.
        livenessProbe: A check; the container is started again when it fails.
        readinessProbe: A check; the pod gets no traffic from services while it fails.
        startupProbe: A check that must succeed once before the other two begin.
        lifecycle: What is done right after the start and right before the end.
        securityContext: User, rights and capabilities of the container.
        restartPolicy: Always makes an init container run beside the containers.
        stdin: True to keep a standard input open.
        stdinOnce: True to close that input after the first session.
        tty: True to give the container a terminal.
        terminationMessagePath: The file whose text says why the container ended.
        terminationMessagePolicy: Whether the end of the log stands in for an empty file of that kind.
        volumeDevices: Block devices that appear in the container.
        core/v1.ContainerPort
        name: A name that services can refer to.
        containerPort: The port's number, 1 to 65535.
        protocol: TCP, UDP or SCTP; TCP where it is not stated.
        hostPort: The port of the node that leads here.
        hostIP: The address of the node that this port is taken on.
        core/v1.EnvVar
        name: The variable's name.
        value: Its text; $(NAME) stands for another variable.
        valueFrom: Where its text comes from instead.
        core/v1.VolumeMount
        name: The volume's name in the pod.
        mountPath: Where it appears in the container; absolute.
        subPath: The part of the volume to mount; all of it where it is not stated.
        subPathExpr: The same, with variables of the environment.
        readOnly: True to mount it for reading only.
        core/v1.Volume
        name: The name that mounts refer to.
        emptyDir: A directory that lives as long as the pod.
        configMap: Files from a ConfigMap.
        secret: Files from a Secret.
        hostPath: A file or directory of the node.
        projected: Several sources in one directory.
        downwardAPI: Facts about the pod as files.
        persistentVolumeClaim: Storage that a claim stands for.
        core/v1.ResourceRequirements
        limits: The most that may be used; more CPU waits, more memory ends the container.
        requests: What is promised, and what the scheduler counts with.
        claims: Devices that are claimed by name.
        core/v1.Probe
        httpGet: Asks by HTTP; any answer from 200 to 399 is success.
        tcpSocket: Opens a TCP connection.
        exec: Runs a command in the container; exit status 0 is success.
        grpc: Asks the gRPC health service.
        initialDelaySeconds: Seconds between the container's start and the first check.
        periodSeconds: Seconds between checks; 10 where it is not stated.
        timeoutSeconds: Seconds after which a check counts as failed; 1 where it is not stated.
        successThreshold: How many checks in a row must succeed after a failure.
        failureThreshold: How many checks in a row must fail to count; 3 where it is not stated.
        terminationGracePeriodSeconds: How many seconds the container has to end when this check ends it.
        core/v1.PodStatus
        phase: Pending, Running, Succeeded, Failed or Unknown.
        conditions: PodScheduled, Initialized, ContainersReady, Ready: whether, since when and why.
        message: Why it is as it is, for people.
        reason: The same in one word.
        podIP: The pod's address.
        podIPs: All of the pod's addresses.
        hostIP: Its node's address.
        startTime: When its node took it on.
        containerStatuses: The state of each container.
        initContainerStatuses: The state of each init container.
        qosClass: Guaranteed, Burstable or BestEffort, by its requests and limits.
        nominatedNodeName: The node on which room is being made for it.
        core/v1.ServiceSpec
        selector: Which pods stand behind it, by their labels.
        ports: The ports under which it is reached.
        type: ClusterIP (inside), NodePort (also on each node's port), LoadBalancer or ExternalName.
        clusterIP: Its address in the cluster; chosen by the server where it is not stated, None for a headless one.
        clusterIPs: All of its addresses in the cluster.
        externalIPs: More addresses under which it is reached.
        externalName: The name outside that it stands for, for ExternalName.
        externalTrafficPolicy: Whether traffic from outside may go to pods on other nodes: Cluster or Local.
        internalTrafficPolicy: Whether traffic from inside may go to pods on other nodes: Cluster or Local.
        sessionAffinity: ClientIP to send one client to one pod; None for any.
        sessionAffinityConfig: For how long.
        ipFamilies: IPv4, IPv6 or both.
        ipFamilyPolicy: Whether it has one family of addresses or two.
        publishNotReadyAddresses: True to send traffic to pods that are not ready, too.
        healthCheckNodePort: The port of each node that says whether it has a pod of this service.
        allocateLoadBalancerNodePorts: Whether a LoadBalancer gets node ports.
        loadBalancerClass: Which load balancer is meant.
        loadBalancerIP: The address that is wished for.
        loadBalancerSourceRanges: The ranges of addresses that may use the load balancer.
        trafficDistribution: Which pods are preferred, such as those nearby.
        core/v1.ServicePort
        name: The port's name; needed where there are several.
        port: The number under which the service is reached.
        targetPort: The pods' port, by number or name; the same as port where it is not stated.
        nodePort: The port of each node; chosen by the server where it is not stated.
        protocol: TCP, UDP or SCTP; TCP where it is not stated.
        appProtocol: What is spoken on it, such as http.
        core/v1.ConfigMap
        data: Texts by name.
        binaryData: Bytes by name, in base 64.
        immutable: True to refuse every later change of its content.
        core/v1.Secret
        data: Values by name, in base 64.
        stringData: Values as plain text, which become data; never shown.
        type: What the values are for, such as Opaque or kubernetes.io/tls.
        immutable: True to refuse every later change of its content.
        core/v1.NodeSpec
        unschedulable: True to place no more pods on it.
        taints: What keeps pods off unless they tolerate it.
        podCIDR: The range of addresses of its pods.
        core/v1.NodeStatus
        capacity: What the machine has.
        allocatable: What of it is there for pods.
        conditions: Ready and the pressures: whether, since when and why.
        addresses: How the node is reached.
        nodeInfo: Its system's versions.
        images: The images that it holds.
        core/v1.Event
        involvedObject: What it happened to.
        reason: What happened, in one word.
        message: What happened, for people.
        type: Normal or Warning.
        count: How often it happened.
        firstTimestamp: When it happened first.
        lastTimestamp: When it happened last.
        source: Who tells it.
        core/v1.NamespaceSpec
        finalizers: What must be done before the namespace goes.
        """
}
