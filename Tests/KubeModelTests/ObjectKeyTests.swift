import KubeModel
import Testing

@Suite("Names of streams")
struct ObjectKeyTests {
    @Test("an object's key is read from the name of its stream")
    func read() {
        #expect(ObjectKey(stream: "nodes/n1") == ObjectKey(.nodes, name: "n1"))
        #expect(
            ObjectKey(stream: "deployments.apps/shop/web") == ObjectKey(.deployments, namespace: "shop", name: "web"))
    }

    @Test(
        "what names no object is refused",
        arguments: ["", "/", "pods", "pods/", "/n1", "pods//a", "pods/a/", "a/b/c/d"])
    func refused(stream: String) { #expect(ObjectKey(stream: stream) == nil) }
}
