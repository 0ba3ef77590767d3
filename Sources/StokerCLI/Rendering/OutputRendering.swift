import Foundation
import Glibc

enum OutputFormat {
    case text
    case json
}

/// What a command has to say, in every format. A new format is a compile error until each can do it.
protocol Renderable: Encodable {
    /// Lines for people, without the last line break; `nil` prints nothing.
    var text: String? { get }
}

extension OutputFormat {
    /// Prints to standard output.
    ///
    /// - Parameter oneLine: JSON on a line of its own, for commands that print several.
    func print(_ value: some Renderable, oneLine: Bool = false) throws {
        switch self {
        case .text:
            if let text = value.text { StandardOutput.write(Array((text + "\n").utf8)) }
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            if !oneLine { encoder.outputFormatting.insert(.prettyPrinted) }
            StandardOutput.write(Array(try encoder.encode(value)) + [UInt8(ascii: "\n")])
        }
    }
}

enum StandardOutput {
    /// - Note: ends the process when standard output is gone, as `SIGPIPE` would have.
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 {
                if errno != EPIPE {
                    Diagnostics.error("cannot write to standard output: \(String(cString: strerror(errno)))")
                }
                exit(73)
            }
            rest = rest.dropFirst(count)
        }
    }
}
