import AsyncHTTPClient
import KubeModel
import NIOCore

/// One line of a watch.
public struct WatchEvent: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
        /// Only the resource version counts: everything up to it has been seen.
        case bookmark = "BOOKMARK"
    }

    public var kind: Kind
    public var object: KubeObject

    public init(kind: Kind, object: KubeObject) { (self.kind, self.object) = (kind, object) }

    /// Throws the `KubeStatus` that an ERROR event carries.
    public init(line: [UInt8], parser: JSONParser) throws {
        var json: JSON
        do {
            json = try parser.parse(line)
        } catch {
            throw TransportError.malformedResponse("a line of a watch is not JSON (\(error))")
        }
        let object = json["object"] ?? .null
        json["object"] = nil
        let type = json.string("type") ?? ""
        if type == "ERROR" { throw KubeStatus(json: object) ?? .internalError("the watch ended with an unknown error") }
        guard let kind = Kind(rawValue: type) else {
            throw TransportError.malformedResponse("a watch event of the unknown type \"\(type)\"")
        }
        self.init(kind: kind, object: KubeObject(object))
    }
}

/// The events of one watch request, in order. Ends when the server ends it; throws `KubeStatus` (410: list again)
/// or `TransportError`. Leaving the loop ends the request.
public struct WatchStream: AsyncSequence, Sendable {
    public typealias Element = WatchEvent
    let bytes: ByteStream

    public func makeAsyncIterator() -> Iterator { Iterator(bytes: bytes.makeAsyncIterator()) }

    public struct Iterator: AsyncIteratorProtocol {
        var bytes: ByteStream.Iterator
        private var splitter = LineSplitter()
        private var ready: [[UInt8]] = []
        private var index = 0
        private let parser = JSONParser()

        init(bytes: ByteStream.Iterator) { self.bytes = bytes }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> WatchEvent? {
            while index == ready.count {
                guard let piece = try await bytes.next(isolation: actor) else { return nil }
                ready = splitter.feed(piece)
                index = 0
            }
            defer { index += 1 }
            return try WatchEvent(line: ready[index], parser: parser)
        }

        public mutating func next() async throws -> WatchEvent? { try await next(isolation: nil) }
    }
}

/// The body of an answer as it arrives.
public struct ByteStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    let body: HTTPClientResponse.Body
    let server: String

    public func makeAsyncIterator() -> Iterator { Iterator(body: body.makeAsyncIterator(), server: server) }

    public struct Iterator: AsyncIteratorProtocol {
        var body: HTTPClientResponse.Body.AsyncIterator
        let server: String

        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> [UInt8]? {
            do {
                return try await body.next(isolation: actor).map { Array($0.readableBytesView) }
            } catch {
                throw APIClient.transportError(error, server: server)
            }
        }

        public mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }
    }
}
