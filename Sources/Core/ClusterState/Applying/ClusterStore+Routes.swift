internal import CEventJSON
internal import CeleryProtocol

/// Where a task was sent, as task-sent tells.
struct TaskRoute: Equatable {
    var queue: String?
    var exchange: String?
    var routingKey: String?

    /// A part is its length + 1 in one byte and its bytes; 0 is an absent part.
    fileprivate static let longestPart = 254

    init(packed bytes: UnsafeRawBufferPointer) {
        var offset = 0
        func next() -> String? {
            guard offset < bytes.count else { return nil }
            let length = Int(bytes[offset]) - 1
            offset += 1
            guard length >= 0, offset + length <= bytes.count else { return nil }
            defer { offset += length }
            return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
        }
        queue = next()
        exchange = next()
        routingKey = next()
    }
}

extension ClusterStore {
    /// Takes queue, exchange and routing key, which only task-sent carries.
    mutating func takeRoute(_ event: UnsafePointer<calyx_event>, into at: Int) {
        let parts = (event.pointee.queue, event.pointee.exchange, event.pointee.routing_key)
        guard parts.0.isPresent || parts.1.isPresent || parts.2.isPresent else { return }
        let handle = withUnsafeTemporaryAllocation(byteCount: 3 * 256, alignment: 1) { buffer in
            var length = 0
            func append(_ part: calyx_text) {
                let text = UTF8Cut.cut(part.bytes, to: TaskRoute.longestPart)
                buffer[length] = part.isPresent ? UInt8(text.count + 1) : 0
                length += 1
                guard part.isPresent else { return }
                UnsafeMutableRawBufferPointer(rebasing: buffer[length...]).copyMemory(from: text)
                length += text.count
            }
            append(parts.0)
            append(parts.1)
            append(parts.2)
            return routes.intern(UnsafeRawBufferPointer(rebasing: buffer[..<length]))
        }
        let origin = tasks.takeOrigin(of: Int32(at))
        routes.release(origin.pointee.route)
        origin.pointee.route = handle
        if queues.count < ClusterStore.queueLimit, seenRoutes.insert(handle) {
            routes.retain(handle)
            if let queue = TaskRoute(packed: routes.text(handle)).queue { queues.insert(queue) }
        }
    }
}
