import Glibc
import NIOCore

/// Writes the head of a message into a buffer that has room for all of it: one piece of memory, asked for once.
struct HeadBytes: ~Copyable {
    private let bytes: UnsafeMutableRawBufferPointer
    fileprivate private(set) var count = 0

    fileprivate init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    mutating func add(_ text: StaticString) { text.withUTF8Buffer { add($0) } }

    mutating func add(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ add($0) }) == nil {
            ContiguousArray(text.utf8).withUnsafeBufferPointer { add($0) }
        }
    }

    mutating func add(_ other: ByteBuffer) {
        other.withUnsafeReadableBytes { add($0.bindMemory(to: UInt8.self)) }
    }

    mutating func field(_ name: String, _ value: String) {
        add(name)
        add(": ")
        add(value)
        add("\r\n")
    }

    private mutating func add(_ piece: UnsafeBufferPointer<UInt8>) {
        guard let start = piece.baseAddress, let target = bytes.baseAddress, !piece.isEmpty else { return }
        precondition(piece.count <= bytes.count - count, "a head is longer than was said")
        memcpy(target + count, start, piece.count)
        count += piece.count
    }

    /// The bytes of `fields` as lines.
    static func size(of fields: [(String, String)]) -> Int {
        var size = 0
        for (name, value) in fields { size += name.utf8.count + value.utf8.count + 4 }
        return size
    }
}

extension ByteBuffer {
    /// - Parameter size: at least as many bytes as `write` adds.
    mutating func writeHead(size: Int, _ write: (inout HeadBytes) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
            var head = HeadBytes(bytes)
            write(&head)
            return head.count
        }
    }
}
