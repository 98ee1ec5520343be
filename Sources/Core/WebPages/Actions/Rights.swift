internal import Identity

/// What the person who looks at a page may do.
struct Rights: Sendable {
    let role: Role
    let isReadOnly: Bool
    let isPassive: Bool

    init(_ role: Role, _ instance: InstanceInfo) {
        self.role = role
        isReadOnly = instance.isReadOnly
        isPassive = instance.isPassive
    }

    /// Why there is no control at all; nil when there are some.
    var obstacle: String? {
        if isReadOnly { return "Read-only mode is enabled (--read_only): nothing can be done from here." }
        if isPassive { return "Passive mode is enabled (--passive): no command and no task is sent from here." }
        if role < .operator { return "Your role is \(role.rawValue), which reads; acting needs the role operator." }
        return nil
    }

    /// Why this person may not post to `path` of the API; nil when they may.
    func obstacle(to path: StaticString) -> String? {
        let needed = Permission.requiredRole(method: "POST", path: "\(path)")
        return role >= needed ? nil : "Needs the role \(needed.rawValue)."
    }
}
