/// Why one path is an input of an image, or is not.
public struct PathExplanation: Sendable, Equatable, Encodable {
    public enum Code: String, Sendable, Encodable {
        /// The Dockerfile itself, whose bytes always count.
        case dockerfile
        /// The ignore file, whose effect counts.
        case ignoreFile = "ignore-file"
        /// An instruction of the Dockerfile can read it.
        case read
        /// Everything in the context that is not ignored counts.
        case everything
        /// Stoker's own file.
        case own
        /// A line of the ignore file leaves it out.
        case ignored
        /// It is only on the way to what is read: it has to be there, and nothing else of it counts.
        case passed
        /// `--exclude` leaves it out.
        case excluded
        /// No instruction reads it.
        case unread
        /// In no build context of the image.
        case outside
    }

    /// One thing that decides.
    public struct Reason: Sendable, Equatable, Encodable {
        public var code: Code
        /// The build context's name; empty for the main one.
        public var context: String
        /// Where the deciding line stands.
        public var file: String?
        /// Counted from 1.
        public var line: Int?
        /// One clause for people, with file and line.
        public var words: String

        public init(
            _ code: Code, context: String = "", file: String? = nil, line: Int? = nil, _ words: String
        ) {
            self.code = code
            self.context = context
            self.file = file
            self.line = line
            self.words = words
        }
    }

    public var path: String
    public var isInput: Bool
    /// Whether there is something at the path now; if not, the rest says what would be.
    public var isThere: Bool
    /// Never empty.
    public var reasons: [Reason]

    enum CodingKeys: String, CodingKey {
        case path, reasons
        case isInput = "input"
        case isThere = "exists"
    }
}
