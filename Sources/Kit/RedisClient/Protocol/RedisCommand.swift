import CHiredis
package import NIOCore

/// One command: its name and arguments as bytes.
package struct RedisCommand: Sendable, Equatable {
    /// All arguments one after another, so that formatting needs one pointer and no copies.
    private var bytes: [UInt8]
    private var lengths: [Int]

    package init(_ arguments: String...) { self.init(arguments) }

    package init(_ arguments: [String]) {
        bytes = []
        lengths = []
        lengths.reserveCapacity(arguments.count)
        for argument in arguments { append(argument.utf8) }
    }

    package mutating func append(_ argument: some Collection<UInt8>) {
        bytes.append(contentsOf: argument)
        lengths.append(argument.count)
    }

    /// Appends the command in RESP to `buffer`; false when hiredis could not format it (out of memory).
    package func write(to buffer: inout ByteBuffer) -> Bool {
        bytes.withUnsafeBytes { all in
            // A collection without elements may have no base address, hiredis wants one for empty arguments too.
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { empty in
                empty.initialize(repeating: 0)
                guard let base = all.baseAddress ?? UnsafeRawPointer(empty.baseAddress) else { return false }
                var offset = 0
                var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
                    defer { offset += length }
                    return (base + offset).assumingMemoryBound(to: CChar.self)
                }
                var formatted: UnsafeMutablePointer<CChar>?
                let count = redisFormatCommandArgv(&formatted, Int32(lengths.count), &pointers, lengths)
                guard count > 0, let formatted else { return false }
                buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: Int(count)))
                redisFreeCommand(formatted)
                return true
            }
        }
    }
}
