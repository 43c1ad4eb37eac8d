import Foundation

/// Sockets in the calling thread's network namespace.
enum Loopback {
    private static func with<Result>(
        _ address: String, _ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Result
    ) -> (result: Result, port: UInt16) {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
        }
        return (result, UInt16(bigEndian: name.sin_port))
    }

    /// Whether the kernel has a route to an address: 0, or the error of looking for one. Sends nothing.
    static func route(to address: String) -> Int32 {
        let file = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(file) }
        return with(address, 9) { Foundation.connect(file, $0, $1) == 0 ? 0 : errno }.result
    }

    static func listen() throws -> (file: Int32, port: UInt16) {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard with("127.0.0.1", 0, { bind(file, $0, $1) }).result == 0, Foundation.listen(file, 1) == 0 else {
            throw CocoaError(.featureUnsupported)
        }
        let name = with("127.0.0.1", 0) { getsockname(file, $0, &$1) }
        return (file, name.port)
    }

    static func connect(to port: UInt16) throws -> Int32 {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard with("127.0.0.1", port, { Foundation.connect(file, $0, $1) }).result == 0 else {
            throw CocoaError(.featureUnsupported)
        }
        return file
    }
}
