/// What a Dockerfile can read of one build context.
public enum ContextReads: Sendable, Equatable {
    /// The whole context, and the first reason why no less is certain.
    case everything(ReadReason)
    /// Nothing else than these; may be empty.
    case only([ContextRead])
}

/// Why a whole context counts, for a person.
public struct ReadReason: Sendable, Equatable {
    /// In the Dockerfile, from 1; `nil` when it lies in the settings.
    public var line: Int?
    /// Without a full stop, safe to print on one line.
    public var words: String

    public init(line: Int?, words: String) {
        self.line = line
        self.words = words
    }
}

/// One source of a context, which is read with everything below it.
public struct ContextRead: Sendable, Equatable {
    /// One step of the way from the context's root.
    public enum Component: Sendable, Equatable, Hashable {
        case literal([UInt8])
        case wildcard(ComponentPattern)
    }

    /// The source, cleaned as the builders clean it: `.` and `..` resolved in the text and clamped to the
    /// root. Empty: the root.
    public var components: [Component]
    /// Patterns of `--exclude` that may be honoured by a caller who leaves a path out only when the pattern
    /// excludes it relative to the source's folder *and* relative to the context's root.
    public var excludes: [[UInt8]]
    /// `--parents`: the folders on the way are copied too, with their modes.
    public var keepsParents: Bool
    /// In the Dockerfile, from 1; of an ONBUILD trigger, the line of the FROM that sets it off.
    public var line: Int
    /// `COPY`, `ADD`, `RUN --mount`, `FROM`; of a trigger `ONBUILD COPY of python:3`.
    public var instruction: String

    public init(
        components: [Component], excludes: [[UInt8]] = [], keepsParents: Bool = false, line: Int,
        instruction: String
    ) {
        self.components = components
        self.excludes = excludes
        self.keepsParents = keepsParents
        self.line = line
        self.instruction = instruction
    }
}
