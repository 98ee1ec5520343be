internal import CeleryProtocol
internal import PostgresClient

/// A row of `celery_taskmeta` or `celery_tasksetmeta`: some columns are text, others bytes in the result serializer. Pure.
enum DatabaseRow {
    /// `column` gives a column's text; nil is NULL or no such column.
    static func result(of id: String, _ column: (String) -> String?) -> StoredResult {
        var result = StoredResult(id: id, state: column("status") ?? ResultMeta.unknownState)
        result.traceback = column("traceback")
        result.name = column("name")
        result.worker = column("worker")
        result.queue = column("queue")
        result.retries = column("retries").flatMap(Int.init)
        // Naive UTC, with a space between date and time.
        if let date = column("date_done") {
            result.dateDone = date.split(separator: " ", maxSplits: 1).joined(separator: "T") + "+00:00"
        }
        do throws(Serialized.Failure) {
            result.result = try value(column("result")) ?? .null
        } catch {
            result.unreadable = "The result \(error.reason)."
        }
        // These are of use even where the result cannot be read, and the other way round.
        result.arguments = (try? value(column("args"))).flatMap(\.self)
        result.keywordArguments = (try? value(column("kwargs"))).flatMap(\.self)
        result.children = ResultMeta.ids(of: (try? value(column("children"))).flatMap(\.self))
        return result
    }

    static func group(_ id: String, result: String?) -> StoredGroup {
        do throws(Serialized.Failure) {
            return StoredGroup(id: id, taskIDs: ResultMeta.members(of: try value(result)))
        } catch {
            return StoredGroup(id: id, taskIDs: [], unreadable: "What is stored of this group \(error.reason).")
        }
    }

    private static func value(_ text: String?) throws(Serialized.Failure) -> JSONValue? {
        guard let text else { return nil }
        guard let bytes = PostgresRows.bytes(text) else { throw Serialized.Failure(reason: "is no bytea column") }
        return try Serialized.guessed(bytes)
    }
}
