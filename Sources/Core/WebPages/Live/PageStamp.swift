/// Names one state of one page, so that a stream need not repeat what the document just brought.
enum PageStamp {
    /// Differs between runs of the program: revisions start anew with it.
    private static let run = UInt64.random(in: .min ... .max)

    static func text(for mark: PageMark, _ kind: String) -> String {
        var hasher = Hasher()
        hasher.combine(run)
        hasher.combine(mark)
        hasher.combine(kind)
        return String(UInt(bitPattern: hasher.finalize()), radix: 36)
    }
}
