import Hummingbird
internal import Logging
import NIOCore

/// What a request needs beside itself; smaller than Hummingbird's own context, which brings a router and coders.
struct CoreRequestContext: InitializableFromSource, Sendable {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}
