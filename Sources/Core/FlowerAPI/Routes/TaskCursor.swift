internal import ClusterState
internal import Identity

/// Where a page of `/api/tasks` ended: what comes after it does not move when new tasks arrive, as it does by offset.
struct TaskCursor {
    let position: TaskPosition

    init(position: TaskPosition) { self.position = position }

    init(_ text: String) throws(APIRefusal) {
        let bytes = Base64URL.decode(text.utf8) ?? []
        guard bytes.count >= 8, let uuid = String(validating: bytes.dropFirst(8), as: UTF8.self) else {
            throw APIRefusal(400, "Invalid cursor '\(text)': pass on what the Link field of the page before says")
        }
        let pattern = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        position = TaskPosition(timestamp: Double(bitPattern: pattern), uuid: uuid)
    }

    /// Letters, digits, `-` and `_`.
    var text: String {
        let pattern = position.timestamp.bitPattern
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: pattern >> UInt64(56 - 8 * $0)) }
        return Base64URL.encode(bytes + Array(position.uuid.utf8))
    }

    /// The `Link` field (RFC 8288) that leads on from a page asked for with `parameters`.
    func link(_ parameters: Parameters) -> (String, String) {
        let kept = ["limit", "workername", "taskname", "state", "received_start", "received_end", "search"]
        let pairs = kept.compactMap { name in
            parameters.text(name).map { "\(name)=\(FormDecoder.encoded($0))" }
        }
        return ("Link", "<?\((pairs + ["cursor=\(text)"]).joined(separator: "&"))>; rel=\"next\"")
    }
}
