/// The two Go functions by which the builders tidy a line of an ignore file.
enum PatternText {
    /// `strings.TrimSpace`: without Unicode's white space at both ends.
    static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        // Nearly every line begins and ends with a plain letter.
        if isPlain(bytes.first), isPlain(bytes.last) { return bytes }
        var rest = bytes
        trimming: while !rest.isEmpty {
            for space in spaces where rest.starts(with: space) {
                rest = rest.dropFirst(space.count)
                continue trimming
            }
            break
        }
        trimming: while !rest.isEmpty {
            for space in spaces where rest.suffix(space.count).elementsEqual(space) {
                rest = rest.dropLast(space.count)
                continue trimming
            }
            break
        }
        return rest
    }

    private static func isPlain(_ byte: UInt8?) -> Bool { byte.map { $0 > 0x20 && $0 < 0x80 } ?? true }

    private static let spaces: [[UInt8]] = {
        let scalars: [Unicode.Scalar] = [
            " ", "\t", "\n", "\u{B}", "\u{C}", "\r", "\u{85}", "\u{A0}", "\u{1680}", "\u{2028}", "\u{2029}",
            "\u{202F}", "\u{205F}", "\u{3000}",
        ]
        let wide = (0x2000...0x200A).compactMap { Unicode.Scalar(UInt32($0)) }
        return (scalars + wide).map { Array(String($0).utf8) }
    }()

    /// `filepath.Clean`: without empty components and `.`, with `..` resolved in the text alone; `.` for
    /// nothing at all.
    static func cleanedPath(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        if isClean(bytes) { return Array(bytes) }
        let dot = UInt8(ascii: ".")
        let isRooted = bytes.first == BytePath.slash
        var kept: [ArraySlice<UInt8>] = []
        for component in bytes.split(separator: BytePath.slash) {
            if component.elementsEqual([dot]) { continue }
            guard component.elementsEqual([dot, dot]) else {
                kept.append(component)
                continue
            }
            if let last = kept.last, !last.elementsEqual([dot, dot]) {
                kept.removeLast()
            } else if !isRooted {
                kept.append(component)
            }
        }
        let joined = Array(kept.joined(separator: [BytePath.slash]))
        if isRooted { return [BytePath.slash] + joined }
        return joined.isEmpty ? [dot] : joined
    }

    /// Whether there is nothing to do, as with most patterns: no component is empty or begins with a dot.
    private static func isClean(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var previous = BytePath.slash
            for byte in bytes {
                if previous == BytePath.slash, byte == BytePath.slash || byte == UInt8(ascii: ".") {
                    return false
                }
                previous = byte
            }
            return previous != BytePath.slash
        }
    }
}
