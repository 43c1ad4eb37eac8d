import NIOCore

/// Byte arrays in the order they are to be sent; they are shared with whoever queued them, and copied only into the
/// buffers that go to the socket.
struct SegmentQueue {
    private var segments: [[UInt8]] = []
    /// The first segment that has bytes left, and the first of those.
    private var head = 0
    private var offset = 0
    /// Bytes queued.
    private(set) var count = 0

    mutating func append(_ segment: [UInt8]) {
        guard !segment.isEmpty else { return }
        segments.append(segment)
        count += segment.count
    }

    /// Removes at most `limit` bytes from the front.
    mutating func take(upTo limit: Int) -> ByteBuffer {
        let size = min(limit, count)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(size)
        var missing = size
        while missing > 0 {
            let length = min(missing, segments[head].count - offset)
            segments[head].withUnsafeBytes { _ = buffer.writeBytes($0[offset..<offset + length]) }
            missing -= length
            offset += length
            if offset == segments[head].count { dropHead() }
        }
        count -= size
        return buffer
    }

    private mutating func dropHead() {
        // Frees the bytes now rather than when the whole queue is empty.
        segments[head] = []
        head += 1
        offset = 0
        if head == segments.count || head > 1024 {
            segments.removeFirst(head)
            head = 0
        }
    }
}
