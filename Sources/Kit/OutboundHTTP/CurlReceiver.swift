/// Collects one answer within the limits. Used by the one thread that runs the transfer, inside curl's callbacks.
final class CurlReceiver {
    private(set) var body: [UInt8] = []
    private(set) var headers: [(name: String, value: String)] = []
    /// The transfer was broken off because the answer passed a limit.
    private(set) var isTooLarge = false
    let cancellation: Cancellation

    private let configuration: OutboundHTTPConfiguration
    private var headerBytes = 0

    init(configuration: OutboundHTTPConfiguration, cancellation: Cancellation) {
        self.configuration = configuration
        self.cancellation = cancellation
    }

    /// The receiver behind the context pointer of a callback, which `CurlTransfer` keeps alive for the transfer.
    static func at(_ context: UnsafeMutableRawPointer?) -> CurlReceiver {
        guard let context else { preconditionFailure("curl called back without the context it was given") }
        return Unmanaged<CurlReceiver>.fromOpaque(context).takeUnretainedValue()
    }

    /// How many bytes were taken; fewer than given makes curl stop.
    func receiveBody(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard body.count + count <= configuration.maximumBodyBytes else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return count
    }

    /// Called with each line of the header section, the status line and interim answers included.
    func receiveHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        headerBytes += count
        guard headerBytes <= configuration.maximumHeaderBytes else {
            isTooLarge = true
            return 0
        }
        let line = UnsafeRawBufferPointer(start: bytes, count: count)
        // A new status line begins a new section: of the final answer after an interim one, or after a proxy's.
        if line.starts(with: "HTTP/".utf8) { headers.removeAll() }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return count }
        headers.append(
            (name: String(decoding: line[..<colon], as: UTF8.self), value: Self.trimmed(line[(colon + 1)...])))
        return count
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}
