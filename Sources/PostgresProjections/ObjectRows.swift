import Domain
import Glibc
import KubeModel
import Postgres

/// What happened to the objects of some streams, as rows of `projection.objects`.
struct ObjectRows {
    private var resources: [String] = []
    private var namespaces: [String] = []
    private var names: [String] = []
    private var positions: [Int64] = []
    private var revisions: [Int64] = []
    private var objects: [[UInt8]] = []
    private var gone: [ObjectKey] = []
    private(set) var byteCount = 0

    var count: Int { names.count + gone.count }

    /// - Parameter object: nil if there is none any more.
    mutating func append(_ key: ObjectKey, _ object: StoredObject?) {
        guard let object else { return gone.append(key) }
        resources.append(key.resource.description)
        namespaces.append(key.namespace)
        names.append(key.name)
        positions.append(object.position)
        revisions.append(object.revision)
        objects.append(object.bytes)
        byteCount += object.bytes.count
    }

    /// Writes the rows if the checkpoint is at `$1`, and moves it to `$2`.
    func values(from: Position, to: Position) -> [PostgresValue] {
        [
            .int8(from), .int8(to), .textArray(resources), .textArray(namespaces), .textArray(names),
            .int8Array(positions), .int8Array(revisions), .byteaArray(objects),
            .textArray(gone.map(\.resource.description)), .textArray(gone.map(\.namespace)),
            .textArray(gone.map(\.name)),
        ]
    }

    /// A row that nothing changed keeps its place: a batch that is written again costs no new version of it.
    private static func upsert(_ name: String, json: String) -> PostgresStatement {
        PostgresStatement(
            name,
            """
            WITH \(Projection.moving(.objects)), ended AS (
                DELETE FROM projection.objects o USING moved, unnest($9::text[], $10::text[], $11::text[])
                    AS g (resource, namespace, name)
                WHERE o.resource = g.resource AND o.namespace = g.namespace AND o.name = g.name
            ), written AS (
                INSERT INTO projection.objects AS o (resource, namespace, name, position, revision, object)
                SELECT n.resource, n.namespace, n.name, n.position, n.revision, \(json)
                FROM moved, unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[])
                    AS n (resource, namespace, name, position, revision, stored)
                ON CONFLICT (resource, namespace, name) DO UPDATE
                SET position = excluded.position, revision = excluded.revision, object = excluded.object
                WHERE o.position < excluded.position
            ) SELECT name FROM moved
            """)
    }

    static let write = upsert("write_objects", json: "convert_from(n.stored, 'UTF8')::jsonb")
    /// The same where a value is among them that jsonb cannot hold.
    static let writeCarefully = upsert("write_objects_carefully", json: "purser.as_jsonb(n.stored)")
}
