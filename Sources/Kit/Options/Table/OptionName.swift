/// Canonical names and suggestions for misspelt ones.
package enum OptionName {
    /// Dashes and underscores are equal.
    package static func canonical(_ written: some StringProtocol) -> String {
        String(written.map { $0 == "-" ? "_" : $0 })
    }

    /// Words people bring from other programs, and the option that does the same here.
    private static let known: [String: String] = [
        "loglevel": "logging", "log_level": "logging", "host": "address", "bind": "address", "listen": "address",
        "config": "conf", "config_file": "conf", "redis": "broker", "broker_url": "broker", "redis_url": "broker",
        "prefix": "url_prefix", "base_url": "url_prefix", "root_path": "url_prefix", "cert": "certfile",
        "key": "keyfile", "tls_cert": "certfile", "tls_key": "keyfile", "htpasswd": "basic_auth_file",
        "backend": "result_backend", "data_dir": "state_dir", "trusted_hosts": "allowed_hosts",
    ]

    /// The candidate nearest to `written`, when it is near enough to be meant.
    package static func suggestion(for written: String, among candidates: [String]) -> String? {
        let name = canonical(written).lowercased()
        if let meant = known[name], candidates.contains(meant) { return meant }
        if name.hasPrefix("no_"), candidates.contains(String(name.dropFirst(3))) {
            return "\(name.dropFirst(3))=false"
        }
        let limit = max(1, min(3, name.count / 3))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(name, candidate)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        if let best { return best.name }
        guard name.count >= 4 else { return nil }
        let containing = candidates.filter { $0.hasPrefix(name) || $0.hasSuffix(name) }
        return containing.count == 1 ? containing.first : nil
    }

    /// Edits (insert, delete, replace, swap of neighbours) from one word to the other.
    static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first), second = Array(second)
        guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
        var rows = [Array(0...second.count)]
        for (line, letter) in first.enumerated() {
            var row = [line + 1]
            for (column, other) in second.enumerated() {
                let same = letter == other ? 0 : 1
                var cost = min(rows[line][column] + same, rows[line][column + 1] + 1, row[column] + 1)
                if line > 0, column > 0, letter == second[column - 1], first[line - 1] == other {
                    cost = min(cost, rows[line - 1][column - 1] + 1)
                }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[first.count][second.count]
    }
}
