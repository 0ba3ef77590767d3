import StokerCore

/// Cuts what a program prints into lines for people, whatever bytes it prints: they are text that steers no
/// terminal, and no longer than a person would read.
struct LineSplitter {
    /// Bytes. What is beyond it in a line is left out: a step may print a whole file without a line break.
    static let longestLine = 16 << 10

    private var line: [UInt8] = []
    private var isCutOff = false

    /// - Returns: The lines that are complete now, without their line breaks.
    mutating func add(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(take())
            } else if line.count < LineSplitter.longestLine {
                line.append(byte)
            } else {
                isCutOff = true
            }
        }
        return lines
    }

    /// The last line, where it ended without a line break.
    mutating func finish() -> String? { line.isEmpty ? nil : take() }

    private mutating func take() -> String {
        defer { (line, isCutOff) = ([], false) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(decoding: line, as: UTF8.self).plain() + (isCutOff ? "…" : "")
    }
}
