import Glibc
import Options

/// The admin listener's place.
enum AdminAddress {
    /// The configured address; nil when it is the default one and another process has it already, since a second Calyx on
    /// a machine should not fail for that.
    static func choose(_ settings: Settings, for command: Command) -> SocketEndpoint? {
        guard var address = settings.listen.admin else { return nil }
        if settings.values.source(of: "admin_address") != .unset { return address }
        // Beside a core on the same machine.
        if command == .gateway { address.port += 1 }
        return isTaken(address) ? nil : address
    }

    private static func isTaken(_ address: SocketEndpoint) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = UInt16(address.port).bigEndian
        guard inet_pton(AF_INET, address.host, &place.sin_addr) == 1 else { return false }
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        let outcome = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return outcome != 0 && errno == EADDRINUSE
    }
}
