import CommandHandling
import ControlPlane
import Domain
import KubeMachinery
import KubeModel
import KubeYAML

/// Turns stored objects into what a client asked for: JSON, YAML, tables, metadata only; Secrets opened.
struct ObjectRendering: Sendable {
    let type: ResourceType
    let format: ResponseFormat
    let includeObject: IncludeObject
    let sealer: SecretSealer?
    let now: Timestamp

    static let shapes: Set<ResponseFormat.Shape> = [.table, .partialMetadata, .partialMetadataList]

    /// True if the stored bytes are what the client gets.
    var isPlain: Bool { format == .json && type.showsAsStored && !(type.groupResource == .secrets && sealer != nil) }

    /// The object's tree, in clear and of the version that was asked for; of a shredded Secret what is left of it.
    func tree(_ stored: StoredObject) throws(KubeStatus) -> JSON {
        let json = stored.object().json
        guard type.groupResource == .secrets, let sealer else { return type.shown(json) }
        return try sealer.openWhereKept(json)
    }

    func response(_ stored: StoredObject, status: Int = 200, warnings: [String] = []) throws(KubeStatus) -> HTTPResponse
    {
        var response: HTTPResponse
        if isPlain {
            response = .json(stored.servedBytes, status: status)
        } else {
            let json = try tree(stored)
            let shaped: JSON =
                switch format.shape {
                case .table:
                    Table.render(
                        objects: [json], type: type, now: now, includeObject: includeObject,
                        listMetadata: ["resourceVersion": .string("\(stored.position)")])
                case .partialMetadata, .partialMetadataList: PartialObjectMetadata.object(json)
                case .object, .groupDiscovery: json
                }
            response = Self.encode(shaped, format, status: status)
        }
        for warning in warnings + [type.custom?.deprecationWarning].compactMap(\.self) {
            let text = warning.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            response.headers.append(("warning", "299 - \"\(text)\""))
        }
        return response
    }

    static func encode(_ json: JSON, _ format: ResponseFormat, status: Int = 200) -> HTTPResponse {
        guard format.encoding == .yaml else {
            return HTTPResponse(status: status, contentType: format.contentType, body: [json.canonicalBytes])
        }
        let text = YAML.text(json)
        return HTTPResponse(status: status, contentType: format.contentType, body: [Array(text.utf8)])
    }

    /// A list's response: its items' bytes in large pieces that are never joined.
    func list(_ objects: [StoredObject], metadata: JSON) throws(KubeStatus) -> HTTPResponse {
        if isPlain { return plainList(objects, metadata: metadata) }
        var items: [JSON] = []
        items.reserveCapacity(objects.count)
        for object in objects { items.append(try tree(object)) }
        let json: JSON
        switch format.shape {
        case .table:
            json = Table.render(
                objects: items, type: type, now: now, includeObject: includeObject, listMetadata: metadata)
        case .partialMetadata, .partialMetadataList: json = PartialObjectMetadata.list(items, listMetadata: metadata)
        case .object, .groupDiscovery:
            json = [
                "apiVersion": .string(type.apiVersion), "kind": .string(type.listKind), "metadata": metadata,
                "items": .array(items),
            ]
        }
        return Self.encode(json, format)
    }

    private func plainList(_ objects: [StoredObject], metadata: JSON) -> HTTPResponse {
        let pieceSize = 256 * 1024
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        piece.append(contentsOf: #"{"apiVersion":""#.utf8)
        piece.append(contentsOf: type.apiVersion.utf8)
        piece.append(contentsOf: #"","items":["#.utf8)
        for (index, object) in objects.enumerated() {
            if index > 0 { piece.append(UInt8(ascii: ",")) }
            if piece.count + object.bytes.count > pieceSize {
                pieces.append(piece)
                piece = []
                piece.reserveCapacity(pieceSize)
            }
            object.write(to: &piece)
        }
        piece.append(contentsOf: #"],"kind":""#.utf8)
        piece.append(contentsOf: type.listKind.utf8)
        piece.append(contentsOf: #"","metadata":"#.utf8)
        metadata.write(to: &piece)
        piece.append(UInt8(ascii: "}"))
        pieces.append(piece)
        return HTTPResponse(status: 200, contentType: HTTPResponse.json, body: pieces)
    }
}
