/// A failure that is told to a person: what happened, to what, why, and what to do next.
///
/// It is rendered as one sentence (`description`), since a person who reads a failing test run sees the
/// last line only. The code is the exit status of the command line, after sysexits(3).
public struct StokerError: Error, Sendable, Equatable {
    /// What kind of failure it is; the raw value is the exit status.
    public enum Code: Int32, Sendable, Codable {
        /// The builder ran and refused the Dockerfile or a step failed.
        case buildFailed = 1
        /// The command line contradicts itself or names something that does not exist.
        case usage = 64
        /// `stoker.yaml`, the user's configuration, a Dockerfile or an ignore file is wrong or missing.
        case badInput = 65
        /// The engine does not answer, or refuses us.
        case engineUnavailable = 69
        /// A fault of Stoker's own.
        case internalFault = 70
        /// A file could not be written or read: disk full, read-only, no permission.
        case cannotWrite = 73
        /// The wait for the build lock ended on time.
        case lockTimeout = 75
        /// Ended by a signal.
        case interrupted = 130
    }

    public var code: Code
    /// What happened and to what, without a full stop: `cannot read /srv/app/Dockerfile`.
    public var message: String
    /// errno's words or the engine's own.
    public var cause: String?
    /// What the person can do next, as an imperative without a full stop.
    public var nextStep: String?

    public init(_ code: Code, _ message: String, cause: String? = nil, nextStep: String? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.nextStep = nextStep
    }
}

extension StokerError: CustomStringConvertible {
    public var description: String {
        var text = message
        if let cause { text += ": \(cause)" }
        if let nextStep { text += "; \(nextStep)" }
        return text
    }
}
