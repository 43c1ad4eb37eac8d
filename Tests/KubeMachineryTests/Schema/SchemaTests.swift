import KubeModel
import Testing

@testable import KubeMachinery

@Suite struct SchemaTests {
    let schema = Schema.builtIn

    @Test("every type's fields are sorted and named once")
    func sorted() {
        #expect(schema.types.count > 500)
        for type in schema.types {
            let names = type.fields.map(\.name)
            #expect(names == Set(names).sorted(), "\(type.qualifiedName)")
            for name in names { #expect(type.field(name)?.name == name) }
        }
    }

    @Test("a field carries its number, kind, merge rules and default")
    func facts() throws {
        let spec = try #require(schema.type(named: "core/v1.PodSpec"))
        let containers = try #require(spec.field("containers"))
        #expect(containers.number == 2)
        #expect(containers.isRequired)
        #expect(containers.listType == .map(keys: ["name"]))
        #expect(containers.patchMerges)
        #expect(containers.patchMergeKey == "name")
        #expect(containers.objectType.map { schema[$0].qualifiedName } == "core/v1.Container")
        let restart = try #require(spec.field("restartPolicy"))
        #expect(restart.defaultValue == "Always")
        #expect(restart.enumeration == ["Always", "Never", "OnFailure"])
        #expect(spec.field("volumes")?.patchRetainsKeys == true)
        #expect(spec.field("priority")?.isPointer == true)
        #expect(spec.field("nonsense") == nil)
    }

    @Test("an embedded type's fields stand beside the type's own")
    func embedding() throws {
        let volume = try #require(schema.type(named: "core/v1.Volume"))
        #expect(volume.embedded.map(\.number) == [2])
        #expect(volume.embedded.map { schema[$0.type].name } == ["VolumeSource"])
        #expect(volume.field("emptyDir")?.number == 0)
        #expect(volume.field("name")?.number == 1)
    }

    @Test("a Deployment has the blue-green fields")
    func blueGreen() throws {
        let strategy = try #require(schema.type(named: "apps/v1.DeploymentStrategy"))
        #expect(strategy.field("type")?.enumeration == ["BlueGreen", "Recreate", "RollingUpdate"])
        let options = try #require(strategy.field("blueGreen")?.objectType)
        #expect(schema[options].field("drainSeconds")?.defaultValue == 30)
        #expect(schema.type(named: "apps/v1.DeploymentStatus")?.field("blueGreen") != nil)
    }
}
