internal import NIOCore

/// What was read from a socket and not yet parsed. Pure.
struct BufferQueue {
    private var buffers: [ByteBuffer?] = []
    private var head = 0
    /// Resident bytes, about.
    private(set) var bytes = 0

    mutating func append(_ buffer: ByteBuffer) {
        buffers.append(buffer)
        bytes += buffer.storageCapacity
    }

    /// The oldest.
    mutating func take() -> ByteBuffer? {
        guard head < buffers.count, let buffer = buffers[head].take() else { return nil }
        head += 1
        bytes -= buffer.storageCapacity
        if head == buffers.count {
            buffers.removeAll(keepingCapacity: buffers.count <= 1024)
            head = 0
        } else if head >= 1024 {
            buffers.removeFirst(head)
            head = 0
        }
        return buffer
    }
}
