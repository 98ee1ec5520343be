internal import CeleryBroker
import CeleryProtocol

/// A task that a worker said it can run: its name, and its limits as the worker writes them.
struct RegisteredTask {
    let name: String
    /// `shop.charge [rate_limit=10/m]`
    let text: String

    private init(_ text: String) {
        self.text = text
        name = String(text.prefix { $0 != " " })
    }

    static func all(in inspection: WorkerInspection?) -> [RegisteredTask] {
        guard case .array(let texts)? = inspection?.registered else { return [] }
        return texts.compactMap { text in
            guard case .string(let text) = text else { return nil }
            return RegisteredTask(text)
        }
    }
}
