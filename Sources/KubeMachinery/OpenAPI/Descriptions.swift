/// Short descriptions for `kubectl explain`: of what nearly every object has, and of the most used fields.
enum Descriptions {
    static func field(_ name: String, of type: TypeSchema) -> String? {
        fields[type.qualifiedName]?[name] ?? shared(name)
    }

    private static func shared(_ name: String) -> String? {
        switch name {
        case "apiVersion": "Group and version of the object's kind."
        case "kind": "What the object is."
        case "metadata": "Name, labels and what else all objects share."
        case "spec": "What is wanted."
        case "status": "What was observed last; set by the system."
        case "items": "The objects of the list."
        default: nil
        }
    }

    static func type(_ type: TypeSchema) -> String? {
        switch type.qualifiedName {
        case "meta/v1.ObjectMeta": "What all stored objects share: how they are named, labelled, owned and deleted."
        case "meta/v1.ListMeta": "What all lists share: the log position they show and where the next page begins."
        case "meta/v1.LabelSelector": "Chooses objects by their labels; all of its requirements must hold."
        case "core/v1.ConfigMap": "Settings that pods read as files or environment variables."
        case "core/v1.Event": "Something that happened to an object, told by a component."
        case "core/v1.Namespace": "A scope for names; deleting it deletes everything in it."
        case "core/v1.Node": "A machine that runs pods."
        case "core/v1.Pod": "Containers that run together on one node and share their network and volumes."
        case "core/v1.Secret": "Confidential values that pods read; kept encrypted."
        case "core/v1.Service": "A stable address for a changing set of pods."
        case "core/v1.ServiceAccount": "An identity for what runs in pods."
        case "apps/v1.Deployment": "Keeps a number of equal pods running and rolls out changes to them."
        case "apps/v1.ReplicaSet": "Keeps a number of pods of one template running."
        case "coordination/v1.Lease": "A claim that its holder renews, such as leadership."
        case "discovery/v1.EndpointSlice": "Addresses of the pods behind a service."
        case "core/v1.PodSpec": "What a pod runs, and where and how it may run."
        case "core/v1.Container": "One program of a pod, with its image, settings and limits."
        case "core/v1.Probe": "A check that the node agent makes again and again."
        case "core/v1.ResourceRequirements": "What a container is promised, and what it may use at most."
        case "core/v1.ServiceSpec": "How a service is reached, and which pods stand behind it."
        case "apps/v1.DeploymentSpec": "How many pods of which template, and how they are replaced."
        case "apps/v1.DeploymentStrategy": "How pods of an old template are replaced by those of a new one."
        default: nil
        }
    }
}
