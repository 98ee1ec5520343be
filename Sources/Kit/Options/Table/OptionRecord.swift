/// One item of an option that is a list of mappings: `github_team: acme/platform`, `role: operator`.
package struct OptionRecord: Sendable, Equatable {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var values: [String]
    }

    package var fields: [Field]
    /// `calyx.yaml line 12`; nil when it was written as a text.
    package var place: String?

    package init(fields: [Field], place: String? = nil) {
        self.fields = fields
        self.place = place
    }

    /// Written as a text: `github_team=acme/platform role=operator tasks=billing.*|mail.*`. Nil without such pairs.
    init?(text: String) {
        fields = []
        for pair in text.split(whereSeparator: \.isWhitespace) {
            guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else { return nil }
            let values = pair[pair.index(after: equals)...].split(separator: "|", omittingEmptySubsequences: false)
            fields.append(Field(name: OptionName.canonical(pair[..<equals]), values: values.map(String.init)))
        }
        guard !fields.isEmpty else { return nil }
    }

    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.flatMap(\.values) }

    /// The value of a field that takes one.
    package func text(_ name: String) -> String? {
        let values = values(name)
        return values.count == 1 && !values[0].isEmpty ? values[0] : nil
    }

    /// As it would be written on a command line, secrets masked.
    func description(secret: Set<String>) -> String {
        fields.map { field in
            let value = secret.contains(field.name) ? "******" : field.values.joined(separator: "|")
            return "\(field.name)=\(value)"
        }.joined(separator: " ")
    }
}

/// What the items of such an option look like.
package struct RecordShape: Sendable, Equatable {
    package var fields: [String]
    package var secretFields: Set<String> = []
    /// For messages and help.
    package var example: String
}
