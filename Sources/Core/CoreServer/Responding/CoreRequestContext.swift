import Hummingbird
internal import Logging
import NIOCore

/// What a request needs beside itself; smaller than Hummingbird's own context, which brings a router and coders.
struct CoreRequestContext: InitializableFromSource, Sendable {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }

    /// Whether the request came in on a loopback address.
    var isLoopback: Bool {
        guard let address = channel.localAddress?.ipAddress else { return false }
        return address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }
}
