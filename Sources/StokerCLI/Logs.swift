import Logging

/// Where log lines go: standard error, one a line.
enum Logs {
    static func make(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "stoker") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = level
        return logger
    }
}
