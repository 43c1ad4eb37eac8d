import Crypto
import KubeModel

/// The canonical form of everything about an event but its payload, which stands in it by its SHA-256.
///
/// These bytes are stored as they are and hashed into the tree; columns beside them are copies for searching.
public enum Envelope {
    /// Members in the order of their keys, no white space, empty ones left out.
    public static func bytes(of event: Event, position: Position, recordedAt: Timestamp) -> [UInt8] {
        var hash: [UInt8] = []
        hash.appendHexadecimal(SHA256.hash(data: event.payload))
        return bytes(of: event, position: position, recordedAt: recordedAt, payloadHash: hash[...])
    }

    private static func bytes(
        of event: Event, position: Position, recordedAt: Timestamp, payloadHash: ArraySlice<UInt8>
    ) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        out.append(contentsOf: #"{"call":""#.utf8)
        event.callID.write(to: &out)
        out.append(contentsOf: #"","caller":{"#.utf8)
        writeCaller(event.caller, to: &out)
        out.append(UInt8(ascii: "}"))
        if event.cause > 0 { writeNumber("cause", event.cause, to: &out) }
        if event.correlation > 0 { writeNumber("correlation", event.correlation, to: &out) }
        if event.isKeyframe { out.append(contentsOf: #","keyframe":true"#.utf8) }
        writeNumber("ordinal", Int64(event.ordinal), to: &out)
        out.append(contentsOf: #","payload":""#.utf8)
        out.append(contentsOf: payloadHash)
        out.append(UInt8(ascii: "\""))
        writeNumber("position", position, to: &out)
        writeNumber("recordedAt", recordedAt.microseconds, to: &out)
        if event.revision > 0 { writeNumber("revision", event.revision, to: &out) }
        out.append(contentsOf: #","stream":"#.utf8)
        out.appendJSONString(event.stream)
        out.append(contentsOf: #","type":"#.utf8)
        out.appendJSONString(event.type)
        if event.version > 1 { writeNumber("version", Int64(event.version), to: &out) }
        out.append(UInt8(ascii: "}"))
        return out
    }

    /// The leaf hash of RFC 6962, section 2.1.
    public static func leaf(of envelope: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: [0])
        hash.update(data: envelope)
        return Array(hash.finalize())
    }

    public static func record(_ event: Event, position: Position, recordedAt: Timestamp) -> RecordedEvent {
        let envelope = bytes(of: event, position: position, recordedAt: recordedAt)
        return RecordedEvent(
            position: position, recordedAt: recordedAt, event: event, envelope: envelope, leaf: leaf(of: envelope))
    }

    /// Reads an envelope back and joins it with its payload; throws where they do not belong together.
    public static func decode(_ envelope: [UInt8], payload: [UInt8]) throws(EnvelopeError) -> RecordedEvent {
        let json: JSON
        do { json = try JSON(parsing: envelope) } catch { throw .malformed("\(error)") }
        guard let callID = json.string("call").flatMap(CallID.init), let position = json.int("position"),
            let recordedAt = json.int("recordedAt"), let stream = json.string("stream"), let type = json.string("type"),
            let hash = json.string("payload")
        else { throw .malformed("a member is missing") }
        var actual: [UInt8] = []
        actual.appendHexadecimal(SHA256.hash(data: payload))
        guard actual == Array(hash.utf8) else { throw .payloadMismatch(position) }
        let caller = json["caller"] ?? [:]
        let event = Event(
            stream: stream, revision: json.int("revision") ?? 0, type: type, version: Int(json.int("version") ?? 1),
            isKeyframe: json.bool("keyframe") ?? false, payload: payload,
            caller: Caller(
                subject: caller.string("subject") ?? "", groups: caller.array("groups").compactMap(\.stringValue),
                userAgent: caller.string("userAgent") ?? "", address: caller.string("address") ?? "",
                verb: caller.string("verb") ?? ""),
            callID: callID, ordinal: Int(json.int("ordinal") ?? 0), cause: json.int("cause") ?? 0,
            correlation: json.int("correlation") ?? 0)
        return RecordedEvent(
            position: position, recordedAt: Timestamp(microseconds: recordedAt), event: event, envelope: envelope,
            leaf: leaf(of: envelope))
    }

    /// Whether the envelope of an event that `decode` read is the one that `bytes` writes.
    public static func isCanonical(_ recorded: RecordedEvent) -> Bool {
        let envelope = recorded.envelope
        let payload = envelope.withUnsafeBufferPointer { ObjectSkim($0).value(of: "payload") }
        // With its quotes; longer ones have escapes.
        guard let payload, payload.count == 66 else { return false }
        let hash = envelope[payload.lowerBound + 1..<payload.upperBound - 1]
        return envelope
            == bytes(
                of: recorded.event, position: recorded.position, recordedAt: recorded.recordedAt, payloadHash: hash)
    }

    private static func writeCaller(_ caller: Caller, to out: inout [UInt8]) {
        if !caller.address.isEmpty {
            out.append(contentsOf: #""address":"#.utf8)
            out.appendJSONString(caller.address)
            out.append(UInt8(ascii: ","))
        }
        if !caller.groups.isEmpty {
            out.append(contentsOf: #""groups":"#.utf8)
            JSON.array(caller.groups.map { .string($0) }).write(to: &out)
            out.append(UInt8(ascii: ","))
        }
        out.append(contentsOf: #""subject":"#.utf8)
        out.appendJSONString(caller.subject)
        if !caller.userAgent.isEmpty {
            out.append(contentsOf: #","userAgent":"#.utf8)
            out.appendJSONString(caller.userAgent)
        }
        if !caller.verb.isEmpty {
            out.append(contentsOf: #","verb":"#.utf8)
            out.appendJSONString(caller.verb)
        }
    }

    private static func writeNumber(_ key: StaticString, _ value: Int64, to out: inout [UInt8]) {
        out.append(contentsOf: #",""#.utf8)
        key.withUTF8Buffer { out.append(contentsOf: $0) }
        out.append(contentsOf: #"":"#.utf8)
        out.appendDecimal(value)
    }
}

public enum EnvelopeError: Error, Sendable, Equatable {
    case malformed(String)
    /// The payload is not the one that the envelope was hashed with.
    case payloadMismatch(Position)
}
