import NIOCore
import NIOHTTP1
import Synchronization
internal import WebPages

/// One open stream: the watch over a page, and the connection that its events go to.
final class LiveStream: Sendable {
    private struct State {
        var view: LiveView
        var lastWrite = ContinuousClock.now
    }

    /// Silence longer than this is broken by a comment, so that no proxy takes the stream for dead.
    private static let keepAliveInterval = Duration.seconds(15)

    private let channel: any Channel
    private let state: Mutex<State>

    init(_ view: LiveView, on channel: any Channel) {
        self.channel = channel
        state = Mutex(State(view: view))
    }

    /// Sends what has changed, if the reader took what was sent before. Rendering takes time: not for an event loop.
    func advance() {
        guard channel.isWritable else { return }
        let bytes: ByteBuffer? = state.withLock { state in
            if let events = state.view.next() {
                state.lastWrite = .now
                return ByteBuffer(bytes: events)
            }
            guard .now - state.lastWrite >= Self.keepAliveInterval else { return nil }
            state.lastWrite = .now
            return ByteBuffer(string: ": keep-alive\n\n")
        }
        guard let bytes else { return }
        channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
    }
}
