/// A `.dockerignore` file: its patterns in order, with their lines.
public struct IgnoreFile: Sendable, Equatable {
    /// What a person calls the file, for messages.
    public let name: String
    public let patterns: [IgnorePattern]

    /// In a context's root.
    static let fileName = ".dockerignore"

    /// A longer line makes the builders' line reader give up, and the build with it.
    static let longestLine = 65_535

    /// Reads the file as moby's `ignorefile.ReadAll` and then `patternmatcher.New` do.
    ///
    /// - Throws: `StokerError` (`badInput`) with file and line where the builders would refuse it.
    public init(_ bytes: [UInt8], name: String) throws(StokerError) {
        self.name = name
        var patterns: [IgnorePattern] = []
        // A generated file may say the same on many lines, and a glob takes its time to read.
        var globs: [[UInt8]: IgnorePattern] = [:]
        var number = 0
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        while !rest.isEmpty {
            number += 1
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            let line = rest[..<end]
            rest = end < rest.endIndex ? rest[(end + 1)...] : []
            guard line.count <= IgnoreFile.longestLine else {
                throw IgnoreFile.error(name, number, "the line is longer than 65535 bytes")
            }
            guard let (isException, text) = IgnoreFile.clean(line) else { continue }
            if text.isEmpty { throw IgnoreFile.error(name, number, "there is no pattern after the !") }
            if !globs.isEmpty, let same = globs[text] {
                patterns.append(IgnorePattern(same, line: number, isException: isException))
                continue
            }
            do {
                let readings = try IgnoreFile.readings(line: number, isException: isException, text: text)
                if let first = readings.first, case .glob = first.kind { globs[text] = first }
                patterns += readings
            } catch {
                throw IgnoreFile.error(name, number, error.reason)
            }
        }
        self.patterns = patterns
    }

    /// What the builders make of one line's pattern.
    ///
    /// BuildKit's front end passes patterns on as JSON, where each byte that is not UTF-8 becomes U+FFFD; the legacy
    /// builder compares the bytes themselves. A glob is compared rune by rune, so both readings are the same one. Of
    /// any other pattern no path matches both, so it excludes nothing, and as an exception it counts either way.
    private static func readings(
        line: Int, isException: Bool, text: [UInt8]
    ) throws(IgnorePattern.Malformed) -> [IgnorePattern] {
        let pattern = try IgnorePattern(line: line, isException: isException, text: text)
        let asJSON = Runes.repaired(text)
        if asJSON == text { return [pattern] }
        if case .glob = pattern.kind { return [pattern] }
        guard isException else { return [] }
        return [pattern, try IgnorePattern(line: line, isException: true, text: asJSON)]
    }

    /// One line's pattern; `nil` for a comment or an empty line.
    ///
    /// The builders clean every line twice, in two packages, with effects that look odd alone: `/!a` ends up
    /// as an exception, and `!/` as an exclamation mark without a pattern.
    static func clean(_ line: ArraySlice<UInt8>) -> (isException: Bool, text: [UInt8])? {
        let exclamation = UInt8(ascii: "!")
        if line.first == UInt8(ascii: "#") { return nil }
        var text = PatternText.trimmed(line)
        if text.isEmpty { return nil }
        let isInverted = text.first == exclamation
        if isInverted { text = PatternText.trimmed(text.dropFirst()) }
        var cleaned = text.isEmpty ? [] : PatternText.cleanedPath(text)
        if cleaned.count > 1, cleaned.first == BytePath.slash { cleaned.removeFirst() }
        if isInverted { cleaned.insert(exclamation, at: 0) }
        text = PatternText.trimmed(cleaned[...])
        if text.isEmpty { return nil }
        cleaned = PatternText.cleanedPath(text)
        guard cleaned.first == exclamation else { return (false, cleaned) }
        return (true, Array(cleaned.dropFirst()))
    }

    private static func error(_ name: String, _ line: Int, _ reason: String) -> StokerError {
        StokerError(
            .badInput, "cannot read line \(line) of \(name)", cause: reason,
            nextStep: "correct that pattern; the builder would refuse it as well")
    }
}
