import Logging
import StokerCore

/// Where log lines go: standard error, one a line.
enum Logs {
    static func make(_ level: Logger.Level) -> Logger {
        var logger = Logger(label: "stoker") { PlainLogHandler(lines: .standardError(label: $0)) }
        logger.logLevel = level
        return logger
    }
}

/// Lets no message steer a terminal or begin a line as if it were a message of its own: many repeat what others wrote, as
/// the tag in a record that came with a clone.
private struct PlainLogHandler: LogHandler {
    var lines: StreamLogHandler

    var metadata: Logger.Metadata {
        get { lines.metadata }
        set { lines.metadata = newValue.mapValues(PlainLogHandler.plain) }
    }
    var logLevel: Logger.Level {
        get { lines.logLevel }
        set { lines.logLevel = newValue }
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { lines[metadataKey: key] }
        set { lines[metadataKey: key] = newValue.map(PlainLogHandler.plain) }
    }

    func log(event: LogEvent) {
        var event = event
        let text = event.message.description.plain(keepingLineBreaks: true)
        event.message = "\(text.replacing("\n", with: "\n    "))"
        event.metadata = event.metadata?.mapValues(PlainLogHandler.plain)
        lines.log(event: event)
    }

    private static func plain(_ value: Logger.Metadata.Value) -> Logger.Metadata.Value {
        .string("\(value)".plain())
    }
}
