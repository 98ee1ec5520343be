internal import ClusterState
import PageKit

extension HTML {
    /// A task's state: icon, word and colour, so that none of them carries it alone.
    mutating func badge(_ state: TaskState) {
        element(.span, .class("state state-\(state.styleName)"), text: state.word)
    }
}

extension TaskState {
    /// The state in words, `Success` for `SUCCESS`.
    var word: String {
        guard case .custom(let name) = self else { return name.prefix(1) + name.dropFirst().lowercased() }
        return name
    }

    /// The state's name in style sheets.
    var styleName: String {
        guard case .custom = self else { return name.lowercased() }
        return "custom"
    }

    var isFinished: Bool {
        switch self {
        case .success, .failure, .revoked, .rejected: true
        default: false
        }
    }
}
