internal import CeleryBroker
internal import CeleryProtocol

/// What `apply_async` takes beside arguments, brought into the form of a task to be sent.
struct TaskOptions {
    enum Times {
        /// As `apply` and `async-apply` read times: `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, numbers also as text.
        case flower
        /// As `send-task` passes them to Celery: ISO 8601, numbers as numbers.
        case celery
    }

    var task: OutgoingTask
    /// Seconds to wait for the result, of `apply`; nil is as long as it takes.
    var timeout: Double?
    /// Options that no message carries; Flower takes them as well, without effect.
    var ignored: [String] = []

    init(task name: String, _ body: TaskBody, times: Times, takesTimeout: Bool = false) throws(APIRefusal) {
        task = OutgoingTask(
            name: name, arguments: body.arguments, keywordArguments: body.keywordArguments)
        for (key, value) in body.options {
            if key == "timeout", takesTimeout {
                timeout = try Self.timeout(value)
            } else {
                try take(key, value, times)
            }
        }
    }

    private static func timeout(_ value: JSONValue) throws(APIRefusal) -> Double? {
        if value == .null { return nil }
        guard let seconds = number(value, takesText: true) else { throw APIRefusal(400, "Invalid timeout") }
        return seconds
    }

    private mutating func take(_ key: String, _ value: JSONValue, _ times: Times) throws(APIRefusal) {
        // `apply` and `async-apply` read the times, and null is none; elsewhere null is as good as absent.
        switch key {
        case _ where value == .null && times == .celery: break
        case "eta": task.eta = try Self.time(value, times)
        case "countdown": task.countdown = try Self.seconds(value, key, times)
        case "expires": task.expires = try Self.expiry(value, times)
        case _ where value == .null: break
        case "task_id": task.id = try Self.text(value, key)
        case "queue": task.queue = try Self.text(value, key)
        case "exchange": task.exchange = try Self.text(value, key)
        case "routing_key": task.routingKey = try Self.text(value, key)
        case "shadow": task.shadow = try Self.text(value, key)
        case "root_id": task.rootID = try Self.text(value, key)
        case "parent_id": task.parentID = try Self.text(value, key)
        case "priority": task.priority = try Self.integer(value, key)
        case "retries": task.retries = try Self.integer(value, key)
        case "time_limit": task.timeLimit = try Self.seconds(value, key, times)
        case "soft_time_limit": task.softTimeLimit = try Self.seconds(value, key, times)
        case "ignore_result":
            guard case .bool(let flag) = value else {
                throw APIRefusal(400, "Invalid option ignore_result: no boolean")
            }
            task.ignoresResult = flag
        case "headers":
            guard case .object(let members) = value else { throw APIRefusal(400, "Invalid option headers: no object") }
            task.headers = members
        default: ignored.append(key)
        }
    }

    private static func text(_ value: JSONValue, _ key: String) throws(APIRefusal) -> String {
        guard case .string(let text) = value else { throw APIRefusal(400, "Invalid option \(key): no text") }
        return text
    }

    private static func integer(_ value: JSONValue, _ key: String) throws(APIRefusal) -> Int {
        guard case .int(let number) = value, let exact = Int(exactly: number) else {
            throw APIRefusal(400, "Invalid option \(key): no whole number")
        }
        return exact
    }

    private static func seconds(_ value: JSONValue, _ key: String, _ times: Times) throws(APIRefusal) -> Double {
        guard let seconds = number(value, takesText: times == .flower) else {
            throw APIRefusal(400, "Invalid option \(key): no number of seconds")
        }
        return seconds
    }

    private static func time(_ value: JSONValue, _ times: Times) throws(APIRefusal) -> Double {
        guard case .string(let text) = value, let time = time(text, times) else {
            throw APIRefusal(400, "Invalid option eta: expected \(expectation(times))")
        }
        return time
    }

    private static func expiry(_ value: JSONValue, _ times: Times) throws(APIRefusal) -> OutgoingTask.Expiry {
        if let seconds = number(value, takesText: times == .flower) { return .after(seconds) }
        guard case .string(let text) = value, let time = time(text, times) else {
            throw APIRefusal(400, "Invalid option expires: expected seconds or \(expectation(times))")
        }
        return .at(time)
    }

    private static func expectation(_ times: Times) -> String {
        times == .flower ? "'YYYY-MM-DD HH:MM:SS.ffffff'" : "an ISO 8601 time"
    }

    private static func time(_ text: String, _ times: Times) -> Double? {
        if times == .flower {
            // Python's `%f` takes one to six digits.
            let fraction = text.utf8.reversed().prefix { $0 != UInt8(ascii: ".") }.count
            guard text.utf8.contains(UInt8(ascii: ".")), (1...6).contains(fraction), text.utf8.contains(0x20) else {
                return nil
            }
        }
        return CeleryTime.parse(text)
    }

    private static func number(_ value: JSONValue, takesText: Bool) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number) where number.isFinite: number
        case .bool(let flag) where takesText: flag ? 1 : 0
        case .string(let text) where takesText: PythonNumber.float(text)
        default: nil
        }
    }
}
