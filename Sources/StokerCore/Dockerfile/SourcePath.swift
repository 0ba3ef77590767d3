/// What a source of COPY, ADD or a bind mount reads of a context.
enum SourcePath {
    /// The components that the path names for every builder; fewer, hence a folder above, where one of them
    /// is not certain.
    ///
    /// - Parameter isPattern: Whether wildcards count.
    /// - Returns: `nil` when the whole context must count.
    static func components(
        _ path: [UInt8], isPattern: Bool, keepsParents: Bool = false
    ) -> [ContextRead.Component]? {
        var names: [ArraySlice<UInt8>] = []
        var hadWildcard = false
        for name in path.split(separator: BytePath.slash) {
            if name.elementsEqual(".".utf8) { continue }
            if name.elementsEqual("..".utf8) {
                // The legacy builder matches a pattern as it stands, BuildKit resolves it first.
                if hadWildcard { return nil }
                _ = names.popLast()
                continue
            }
            hadWildcard = hadWildcard || (isPattern && mayBePattern(name))
            names.append(name)
        }
        guard isPattern else { return names.map { .literal(Array($0)) } }
        if keepsParents, names.first?.first == UInt8(ascii: "!") { return nil }
        var components: [ContextRead.Component] = []
        for name in names {
            guard mayBePattern(name) else {
                components.append(.literal(Array(name)))
                continue
            }
            // A lone backslash is part of the name or not, depending on what stands beside it.
            guard ComponentPattern.isWildcard(name), let pattern = ComponentPattern(Array(name)),
                !pattern.canTakeSlash, !keepsParents || isSafeForParents(name)
            else { return components }
            components.append(.wildcard(pattern))
        }
        return components
    }

    private static func mayBePattern(_ name: ArraySlice<UInt8>) -> Bool {
        name.contains { "*?[\\".utf8.contains($0) }
    }

    /// With `--parents` the matcher of ignore files reads the pattern, for which `**` is any path.
    private static func isSafeForParents(_ name: ArraySlice<UInt8>) -> Bool {
        var previous: UInt8 = 0
        for byte in name {
            if byte == UInt8(ascii: "*"), previous == byte { return false }
            guard ASCII.isLetterOrDigit(byte) || "*?._-".utf8.contains(byte) else { return false }
            previous = byte
        }
        return true
    }

    /// Whether ADD fetches it instead of reading the context, whichever builder runs.
    static func isRemote(_ source: [UInt8]) -> Bool {
        source.starts(with: "http://".utf8) || source.starts(with: "https://".utf8)
    }

    /// The patterns that leave the same paths out for every front end; none when one of them is not plain.
    static func safeExcludes(_ patterns: [[UInt8]]) -> [[UInt8]] {
        if patterns.contains(where: { $0.contains(UInt8(ascii: "!")) }) { return [] }
        return patterns.filter { pattern in
            !pattern.isEmpty && pattern.first != BytePath.slash
                && pattern.allSatisfy { ASCII.isLetterOrDigit($0) || "*._-/".utf8.contains($0) }
                && !pattern.split(separator: BytePath.slash).contains { name in
                    name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8)
                }
        }
    }
}
