/// The names of the tables that Celery's database backend keeps results in, quoted for SQL.
package struct ResultTables: Sendable, Equatable {
    /// `celery_taskmeta` unless configured.
    package let task: String
    /// `celery_tasksetmeta` unless configured.
    package let group: String
    /// The sequence of the task table's ids, which keeps its name and moves to the table's schema.
    package let taskSequence: String

    /// - Parameters:
    ///   - names: Celery's `database_table_names`: the keys are `task` and `group`.
    ///   - schemas: Celery's `database_table_schemas`, with the same keys.
    package init(names: [String: String] = [:], schemas: [String: String] = [:]) {
        func qualified(_ kind: String, _ name: String) -> String {
            [schemas[kind], name].compactMap(\.self).map(Self.quoted).joined(separator: ".")
        }
        task = qualified("task", names["task"] ?? "celery_taskmeta")
        group = qualified("group", names["group"] ?? "celery_tasksetmeta")
        taskSequence = qualified("task", "task_id_sequence")
    }

    /// Quoting keeps upper case, as SQLAlchemy does, and lets no name be anything but a name.
    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }
}
