import CLibPQ
import Glibc

/// One libpq connection. Its calls block, with a deadline of their own; used by one thread at a time.
final class PostgresConnection {
    private let handle: OpaquePointer
    private let place: String

    /// - Parameters:
    ///   - url: as libpq reads it, `postgresql://…`.
    ///   - place: the URL without its password, for messages.
    init(url: String, place: String, seconds: Double) throws(PostgresError) {
        self.place = place
        let keywords = ["dbname", "application_name", "client_encoding", "connect_timeout"]
        let values = [url, "calyx", "UTF8", String(max(2, Int(seconds)))]
        let handle = Self.withCStrings(keywords) { keywords in
            Self.withCStrings(values) { values in PQconnectStartParams(keywords, values, 1) }
        }
        guard let handle else { throw PostgresError(.unavailable, "There is no memory to connect to \(place).") }
        self.handle = handle
        let deadline = Deadline(seconds: seconds)
        // What libpq asks to be told first, by its manual.
        var wanted = PGRES_POLLING_WRITING
        while true {
            guard PQstatus(handle) != CONNECTION_BAD else {
                throw PostgresError(.unavailable, "No connection to \(place): \(problem)")
            }
            switch wanted {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_FAILED:
                throw PostgresError(.unavailable, "No connection to \(place): \(problem)")
            default:
                guard deadline.wait(for: PQsocket(handle), writing: wanted == PGRES_POLLING_WRITING) else {
                    throw PostgresError(.noAnswer, "PostgreSQL at \(place) did not answer within \(Int(seconds)) s.")
                }
            }
            wanted = PQconnectPoll(handle)
        }
    }

    deinit { PQfinish(handle) }

    var isUsable: Bool { PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Parameters are `$1`, `$2`, … as text.
    func query(_ text: String, _ parameters: [String], seconds: Double) throws(PostgresError) -> PostgresRows {
        let isSent = Self.withCStrings(parameters) { values in
            PQsendQueryParams(handle, text, Int32(parameters.count), nil, values, nil, nil, 0)
        }
        guard isSent == 1 else { throw PostgresError(.unavailable, "PostgreSQL at \(place): \(problem)") }
        let deadline = Deadline(seconds: seconds)
        var rows: PostgresRows?
        var failure: PostgresError?
        while true {
            while PQisBusy(handle) != 0 {
                guard deadline.wait(for: PQsocket(handle), writing: false) else {
                    throw PostgresError(.noAnswer, "PostgreSQL at \(place) did not answer within \(seconds) s.")
                }
                guard PQconsumeInput(handle) == 1 else {
                    throw PostgresError(.unavailable, "The connection to \(place) ended: \(problem)")
                }
            }
            guard let result = PQgetResult(handle) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: rows = Self.rows(of: result)
            default:
                let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
                let reason = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? problem
                failure = PostgresError(
                    .refused(state: state), "PostgreSQL at \(place) answered: \(reason.prefix(300))")
            }
        }
        if let failure { throw failure }
        guard let rows else { throw PostgresError(.unavailable, "The connection to \(place) ended: \(problem)") }
        return rows
    }

    private static func rows(of result: OpaquePointer) -> PostgresRows {
        let columns = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
        let rows = (0..<PQntuples(result)).map { row in
            columns.indices.map { column -> String? in
                let column = Int32(column)
                guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
                    return nil
                }
                return String(cString: value)
            }
        }
        return PostgresRows(columns: columns, rows: rows, changed: Int(String(cString: PQcmdTuples(result))) ?? 0)
    }

    /// libpq's last words on one line.
    private var problem: String {
        String(cString: PQerrorMessage(handle)).split(whereSeparator: \.isWhitespace).joined(separator: " ")
            .prefix(300).description
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        // libpq wants a list that ends in NULL for keywords; for values the count tells.
        var pointers: [UnsafePointer<CChar>?] = texts.map { text in strdup(text).map { UnsafePointer($0) } }
        defer { for pointer in pointers { free(UnsafeMutableRawPointer(mutating: pointer)) } }
        pointers.append(nil)
        return body(pointers)
    }

    private struct Deadline {
        private let end: ContinuousClock.Instant

        init(seconds: Double) { end = .now + .seconds(seconds) }

        /// Waits until the socket is ready; false when the time is over.
        func wait(for socket: Int32, writing: Bool) -> Bool {
            while true {
                let left = (end - .now) / .milliseconds(1)
                guard left > 0 else { return false }
                var descriptor = pollfd(fd: socket, events: Int16(writing ? POLLOUT : POLLIN), revents: 0)
                let count = poll(&descriptor, 1, Int32(min(left.rounded(.up), 1000)))
                if count > 0 { return true }
                if count < 0, errno != EINTR { return false }
            }
        }
    }
}
