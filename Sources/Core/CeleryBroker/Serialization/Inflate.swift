import CZlib

/// Opens zlib streams, which Celery calls gzip.
enum Inflate {
    /// Bytes that one value may have when opened.
    static let maximum = 32 << 20

    /// nil when `bytes` are damaged or too much.
    static func zlib(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard calyx_inflate_begin(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while true {
                let (status, written) = chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.next_out = chunk.baseAddress
                    stream.avail_out = UInt32(chunk.count)
                    let status = inflate(&stream, Z_NO_FLUSH)
                    return (status, chunk.count - Int(stream.avail_out))
                }
                output.append(contentsOf: chunk.prefix(written))
                if status == Z_STREAM_END { return output }
                guard status == Z_OK, written > 0, output.count <= maximum else { return nil }
            }
        }
    }
}
