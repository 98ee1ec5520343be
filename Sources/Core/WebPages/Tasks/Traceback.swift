/// A Python traceback, taken apart so that the frames that matter can be seen first.
///
/// Nothing of the text is lost: what does not look like a frame stays as text where it was.
struct Traceback: Equatable {
    struct Frame: Equatable {
        var file: String
        var line: String
        var function: String
        /// The source line and, from Python 3.11 on, the markers under it.
        var source: [String]
        var isLibrary: Bool
    }

    enum Part: Equatable {
        case frame(Frame)
        case text(String)
    }

    /// One exception: how it relates to the one before, its frames, and its own words.
    struct Block: Equatable {
        var relation: String?
        var parts: [Part]
        /// `PaymentDeclined: card 'amex' declined`, with all its lines.
        var message: String

        var frameCount: Int {
            parts.count { part in
                if case .frame = part { true } else { false }
            }
        }
    }

    /// In the order of the text: the last is what the task failed with.
    var blocks: [Block]
}
