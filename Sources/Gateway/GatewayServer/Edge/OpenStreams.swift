import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP2

/// Tells the keeper of an HTTP/2 connection which streams are open: exactly once that one has begun, and once that it has
/// ended. A stream that is reset while its first frame is looked at ends before it was said to begin.
final class OpenStreams: NIOHTTP2StreamDelegate {
    private struct State {
        var open: Set<HTTP2StreamID> = []
        /// The highest stream that ended before it began.
        var endedEarly = HTTP2StreamID.rootStream
    }

    private let keeper: any NIOHTTP2StreamDelegate
    private let state = NIOLockedValueBox(State())

    init(_ keeper: any NIOHTTP2StreamDelegate) { self.keeper = keeper }

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
        let isOpen = state.withLockedValue { state in
            guard id > state.endedEarly else { return false }
            state.open.insert(id)
            return true
        }
        if isOpen { keeper.streamCreated(id, channel: channel) }
    }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        let wasOpen = state.withLockedValue { state in
            if state.open.remove(id) != nil { return true }
            state.endedEarly = max(state.endedEarly, id)
            return false
        }
        if wasOpen { keeper.streamClosed(id, channel: channel) }
    }
}
