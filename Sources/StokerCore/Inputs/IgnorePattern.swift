/// One line of an ignore file, compiled.
///
/// The rules are those of moby's `patternmatcher`, which turns every pattern into one of four kinds; the
/// kinds differ in more than speed (`**foo` matches `barfoo`, `**foo*` does not), so they are kept.
public struct IgnorePattern: Sendable, Equatable {
    /// Counted from 1.
    public let line: Int
    /// Whether it brings files back in (`!`).
    public let isException: Bool
    /// Cleaned, without the exclamation mark.
    public let text: [UInt8]
    let kind: Kind

    enum Kind: Sendable, Equatable {
        /// The path is the text.
        case exact
        /// `dir/**`: the path begins with the bytes before the stars.
        case prefix([UInt8])
        /// `**/name`, `**name`: the path ends with the bytes after the stars, or is them without the slash.
        case suffix([UInt8])
        case glob(Glob)
    }

    /// What is wrong with a pattern, without a place.
    struct Malformed: Error, Equatable {
        let reason: String
    }

    /// - Parameter text: Trimmed, cleaned, without `!`, not empty.
    /// - Throws: `Malformed` where the builders would refuse the pattern.
    init(line: Int, isException: Bool, text: [UInt8]) throws(Malformed) {
        self.line = line
        self.isException = isException
        self.text = text
        try IgnorePattern.checkSyntax(text)
        kind = try Glob.kind(of: text)
    }

    /// The same text on another line.
    init(_ other: IgnorePattern, line: Int, isException: Bool) {
        self.line = line
        self.isException = isException
        text = other.text
        kind = other.kind
    }

    /// - Parameters:
    ///   - runes: Of the path, once somebody has decoded them.
    ///   - steps: Grows with the work that is not bounded by the path's length.
    func matches(
        _ path: UnsafeBufferPointer<UInt8>, runes: inout [UInt32]?, steps: inout Int
    ) -> Bool {
        steps += 1
        switch kind {
        case .exact: return path.equals(text[...])
        case .prefix(let prefix): return path.hasPrefix(prefix)
        case .suffix(let suffix):
            if path.hasSuffix(suffix) { return true }
            return suffix.first == BytePath.slash && path.equals(suffix.dropFirst())
        case .glob(let glob):
            guard glob.mayMatch(path) else { return false }
            if runes == nil { runes = Runes.decode(path) }
            return glob.matches(runes ?? [], steps: &steps)
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    func hasPrefix(_ prefix: [UInt8]) -> Bool { holds(prefix[...], at: 0) }

    func hasSuffix(_ suffix: [UInt8]) -> Bool { holds(suffix[...], at: count - suffix.count) }

    func equals(_ bytes: ArraySlice<UInt8>) -> Bool { count == bytes.count && holds(bytes, at: 0) }

    /// Asked for every pattern and path, so the last byte is looked at first: it tells most of them apart.
    private func holds(_ bytes: ArraySlice<UInt8>, at start: Int) -> Bool {
        guard let last = bytes.last else { return true }
        guard start >= 0, start + bytes.count <= count, self[start + bytes.count - 1] == last else {
            return false
        }
        return bytes.withUnsafeBufferPointer {
            UnsafeBufferPointer(rebasing: self[start..<start + bytes.count]).compareBytewise($0) == 0
        }
    }
}
