import AuditTrail
import Foundation

/// The filters of the audit page and its API: `q kind result name since until before after limit`.
struct AuditFilter {
    var query = AuditQuery()
    /// What cannot be understood, one sentence; nothing is searched then.
    private(set) var problem: String?
    /// The fields as they were given.
    private(set) var pairs: [(name: String, value: String)] = []

    init(_ fields: FormFields?, now: Double = AuditTrail.wallClock()) {
        for name in ["q", "kind", "result", "name", "since", "until", "before", "after", "limit"] {
            guard let value = fields?.single(name)?.trimmingCharacters(in: .whitespaces), !value.isEmpty else {
                continue
            }
            if name != "before" { pairs.append((name, value)) }
            if !read(name, value, now: now), problem == nil {
                problem = "\(name): '\(value.prefix(64))' cannot be read; allowed: \(Self.allowed(name))."
            }
        }
    }

    func text(_ name: String) -> String { pairs.first { $0.name == name }?.value ?? "" }

    private mutating func read(_ name: String, _ value: String, now: Double) -> Bool {
        switch name {
        case "q": query.text = String(value.prefix(256))
        case "name": query.name = value
        case "kind":
            query.kinds = value.split(separator: ",").compactMap { AuditEvent.Kind(rawValue: String($0)) }
            return query.kinds.count == value.split(separator: ",").count
        case "result":
            query.result = AuditEvent.Result(rawValue: value)
            return query.result != nil
        case "since":
            query.since = AuditTime.read(value, now: now)
            return query.since != nil
        case "until":
            query.until = AuditTime.read(value, now: now)
            return query.until != nil
        case "before":
            query.before = Int64(value)
            return query.before != nil
        case "after":
            query.after = Int64(value)
            return query.after != nil
        default:
            guard let limit = Int(value), limit > 0 else { return false }
            query.limit = limit
        }
        return true
    }

    private static func allowed(_ name: String) -> String {
        switch name {
        case "kind": AuditEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        case "result": AuditEvent.Result.allCases.map(\.rawValue).joined(separator: ", ")
        case "since", "until": "2026-01-31, 2026-01-31T12:00:00Z, unix seconds, or a time span such as 24h"
        default: "a whole number"
        }
    }
}
