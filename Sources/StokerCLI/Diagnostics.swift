import Glibc
import StokerCore

/// What is said to the person and not to the next program: standard error.
enum Diagnostics {
    static func error(_ text: String) { write("stoker: \(text.plain(keepingLineBreaks: true))\n") }

    static func warning(_ text: String) { write("stoker: warning: \(text.plain(keepingLineBreaks: true))\n") }

    static func note(_ text: String) { write("stoker: \(text.plain(keepingLineBreaks: true))\n") }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func write(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Nobody is left to be told.
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
