/// Short descriptions for `kubectl explain`, of what nearly every object has.
enum Descriptions {
    static func field(_ name: String) -> String? {
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
        default: nil
        }
    }
}
