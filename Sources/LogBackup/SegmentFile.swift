import Domain
import EventLog
import Glibc

/// The file of an archived segment, open for reading.
final class SegmentFile: Sendable {
    let path: String
    let layout: SegmentLayout
    private let descriptor: Int32

    /// - Throws: `archiveMissing` where the file cannot be opened, `corrupt` where it is not a whole one of this segment.
    init(_ path: String, _ segment: LogSegment) throws(EventLogError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let why = String(cString: strerror(errno))
            throw .archiveMissing(Self.fault(path, segment.first, "cannot be opened: \(why)"))
        }
        (self.path, self.descriptor) = (path, descriptor)
        do { layout = try Self.layout(descriptor, segment) } catch {
            close(descriptor)
            throw .corrupt(Self.fault(path, segment.first, error.description))
        }
    }

    deinit { close(descriptor) }

    /// The events of a block.
    /// - Throws: `corrupt`, with the block's first position: none of its events can be told from the others.
    func block(_ index: Int) throws(EventLogError) -> [ArchivedEvent] {
        let positions = layout.positions(of: index)
        do throws(BackupError) {
            let (start, end) = (layout.offsets[index], layout.offsets[index + 1])
            guard let lines = GzipMember.inflate(try Self.read(descriptor, start..<end)) else {
                throw BackupError("is damaged")
            }
            guard let events = Self.events(lines), events.count == positions.count else {
                throw BackupError("holds other than \(positions.count) events in a block")
            }
            return events
        } catch {
            throw .corrupt(Self.fault(path, positions.lowerBound, error.description))
        }
    }

    private static func fault(_ path: String, _ position: Position, _ what: String) -> String {
        "the archive file \(path), with the events from position \(position) on, \(what)"
    }

    private static func layout(_ descriptor: Int32, _ segment: LogSegment) throws(BackupError) -> SegmentLayout {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw BackupError("cannot be read") }
        let size = Int(status.st_size)
        guard size > SegmentLayout.footerSize,
            let offset = SegmentLayout.indexOffset(
                footer: try read(descriptor, size - SegmentLayout.footerSize..<size)), (0..<size).contains(offset)
        else { throw BackupError("was cut off or overwritten: its end is not that of an archive file") }
        guard let layout = SegmentLayout(segment, index: try read(descriptor, offset..<size), at: offset) else {
            throw BackupError("has an index that is damaged or of another segment")
        }
        return layout
    }

    private static func read(_ descriptor: Int32, _ range: Range<Int>) throws(BackupError) -> [UInt8] {
        var done = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while done < range.count {
                let got = pread(
                    descriptor, buffer.baseAddress?.advanced(by: done), range.count - done,
                    off_t(range.lowerBound + done))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { break }
                done += got
            }
            count = done
        }
        guard done == range.count else { throw BackupError("cannot be read at byte \(range.lowerBound + done)") }
        return bytes
    }

    /// Cuts lines into events, two lines each; nil where one is not ended.
    private static func events(_ lines: [UInt8]) -> [ArchivedEvent]? {
        lines.withUnsafeBytes { buffer in
            var events: [ArchivedEvent] = []
            var rest = buffer[...]
            func line() -> [UInt8]? {
                guard let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                    let end = memchr(start, 0x0A, rest.count)
                else { return nil }
                let count = UnsafeRawPointer(end) - start
                defer { rest = rest.dropFirst(count + 1) }
                return Array(rest.prefix(count))
            }
            while !rest.isEmpty {
                guard let envelope = line(), let payload = line() else { return nil }
                events.append(ArchivedEvent(envelope: envelope, payload: payload))
            }
            return events
        }
    }
}
