internal import CeleryProtocol

/// The values that backends store as one text per task or group, read. Pure.
enum ResultMeta {
    /// Shown as the state of a result that cannot be read at all.
    static let unknownState = "UNKNOWN"

    static func result(of id: String, from bytes: [UInt8]) -> StoredResult {
        var result = StoredResult(id: id, state: unknownState)
        do throws(Serialized.Failure) {
            let meta = try Serialized.guessed(bytes)
            guard case .object = meta else { throw Serialized.Failure(reason: "is no object") }
            fill(&result, from: meta)
        } catch {
            result.unreadable = "What is stored of this task \(error.reason)."
        }
        return result
    }

    static func group(_ id: String, from bytes: [UInt8]) -> StoredGroup {
        do throws(Serialized.Failure) {
            return StoredGroup(id: id, taskIDs: members(of: try Serialized.guessed(bytes)["result"]))
        } catch {
            return StoredGroup(id: id, taskIDs: [], unreadable: "What is stored of this group \(error.reason).")
        }
    }

    /// The ids of a stored group, `[[id, parent], [[[id, parent], children], …]]`.
    static func members(of tuple: JSONValue?) -> [String] {
        guard case .array(let parts)? = tuple, parts.count > 1 else { return [] }
        return ids(of: parts[1])
    }

    /// The ids of result tuples, `[[[id, parent], null], …]`.
    static func ids(of tuples: JSONValue?) -> [String] {
        guard case .array(let tuples)? = tuples else { return [] }
        return tuples.compactMap { tuple in
            guard case .array(let parts) = tuple, case .array(let own)? = parts.first, case .string(let id)? = own.first
            else { return nil }
            return id
        }
    }

    private static func fill(_ result: inout StoredResult, from meta: JSONValue) {
        func text(_ key: String) -> String? {
            guard case .string(let text)? = meta[key] else { return nil }
            return text
        }
        func value(_ key: String) -> JSONValue? { meta[key] == .null ? nil : meta[key] }

        result.state = text("status") ?? unknownState
        result.result = meta["result"]
        result.traceback = text("traceback")
        result.name = text("name")
        result.arguments = value("args")
        result.keywordArguments = value("kwargs")
        result.worker = text("worker")
        result.queue = text("queue")
        if case .int(let number)? = meta["retries"] { result.retries = Int(number) }
        result.parentID = text("parent_id")
        result.groupID = text("group_id")
        result.children = ids(of: meta["children"])
        result.dateDone = text("date_done")
    }
}
