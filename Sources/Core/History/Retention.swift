/// What may go.
package struct Retention: Sendable, Equatable {
    /// Seconds since a task changed its state last; nil keeps everything.
    package var age: Double?
    /// Bytes that history may take; the oldest tasks go first.
    package var bytes: Int?
    /// Another age for tasks of these names.
    package var ageByName: [String: Double]

    package init(age: Double? = nil, bytes: Int? = nil, ageByName: [String: Double] = [:]) {
        self.age = age
        self.bytes = bytes
        self.ageByName = ageByName
    }

    /// The longest time for which anything is kept.
    package var longest: Double? { age.map { ([$0] + ageByName.values).max() ?? $0 } }
}
