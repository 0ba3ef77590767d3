public import StokerCore
public import StokerKit

/// Asks the agent to make sure that an image is the one for today's inputs. `POST /v1/warm`.
public struct WarmQuestion: Codable, Sendable, Equatable {
    /// The project's folder, absolute.
    public var project: String
    /// What the configuration calls the image.
    public var image: String
    /// The engine that the caller speaks to. The agent never answers for another one.
    public var endpoint: Endpoint
    /// How long to wait for a build that is not ours, seconds; at most `longestTimeout`.
    public var timeout: Double

    /// Seconds.
    public static let longestTimeout = ImageSettings.longestLockTimeout

    var isSound: Bool { (0...WarmQuestion.longestTimeout).contains(timeout) }

    public init(project: String, image: String, endpoint: Endpoint, timeout: Double) {
        self.project = project
        self.image = image
        self.endpoint = endpoint
        self.timeout = timeout
    }
}

/// One line of the answer to a `WarmQuestion`: any number of events, then a result or a failure.
public enum WarmReply: Codable, Sendable, Equatable {
    /// The agent lives and works on it. Sent at once and then every `heartbeat`, so that a caller can tell a
    /// long build from an agent that hangs.
    case alive
    case event(WarmEvent)
    case result(WarmResult)
    case failure(WireError)

    public static let heartbeat: Duration = .seconds(2)
    /// How long a caller waits for the next line.
    public static let patience: Duration = .seconds(10)
}

/// A `StokerError` on the wire.
public struct WireError: Codable, Sendable, Equatable {
    public var code: StokerError.Code
    public var message: String
    public var cause: String?
    public var nextStep: String?

    public init(_ error: StokerError) {
        code = error.code
        message = error.message
        cause = error.cause
        nextStep = error.nextStep
    }

    public init(_ error: any Error) {
        if let error = error as? StokerError {
            self.init(error)
        } else if error is CancellationError {
            self.init(StokerError(.interrupted, "the agent is stopping", nextStep: "run the command again"))
        } else {
            self.init(StokerError(.internalFault, "a fault of the agent's own", cause: "\(error)"))
        }
    }

    public var stokerError: StokerError {
        StokerError(code, message, cause: cause, nextStep: nextStep)
    }
}
