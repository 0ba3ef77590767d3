import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import StokerCore
import SystemPackage

/// Turns what goes wrong between us and the engine into sentences.
enum EngineFailure {
    /// No answer at all.
    static func unreachable(_ endpoint: Endpoint, _ error: any Error) -> StokerError {
        let number = errorNumber(error)
        let what = "cannot reach the engine at \(endpoint)"
        if number == .permissionDenied || number == .notPermitted {
            return StokerError(
                .engineUnavailable, what, cause: "permission denied",
                nextStep:
                    "add yourself to the socket's group (often `docker`) and log in again, or set DOCKER_HOST"
            )
        }
        return StokerError(
            .engineUnavailable, what, cause: words(error, number),
            nextStep: "start it (`systemctl start docker`), or set DOCKER_HOST to the one that runs")
    }

    /// An answer that is not the one hoped for.
    static func refused(_ what: String, _ answer: EngineClient.Answer) -> StokerError {
        StokerError(
            .engineUnavailable, "the engine refuses to \(what)", cause: answer.message,
            nextStep: "see the engine's log")
    }

    /// Whether the engine, or what stood there, closed the connection before it had answered.
    static func isLostConnection(_ error: any Error) -> Bool {
        if let number = errorNumber(error) { return number == .connectionReset || number == .brokenPipe }
        return error as? HTTPClientError == .remoteConnectionClosed
            || error as? HTTPParserError == .invalidEOFState
    }

    private static func words(_ error: any Error, _ number: Errno?) -> String {
        if let number { return number.description.lowercased() }
        if let error = error as? HTTPClientError {
            if error == .deadlineExceeded || error == .connectTimeout || error == .readTimeout {
                return "it does not answer in time"
            }
            if error == .remoteConnectionClosed { return "it closed the connection" }
        }
        if let error = error as? HTTPParserError {
            return error == .invalidEOFState ? "it closed the connection" : "it does not speak HTTP"
        }
        return "\(error)"
    }

    private static func errorNumber(_ error: any Error) -> Errno? {
        if let error = error as? IOError { return Errno(rawValue: error.errnoCode) }
        if let error = error as? NIOConnectionError {
            return error.connectionErrors.lazy.compactMap { errorNumber($0.error) }.first
        }
        return nil
    }
}
