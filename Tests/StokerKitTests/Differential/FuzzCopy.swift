import StokerCore

/// One random COPY or ADD.
struct FuzzCopy {
    let escape: UInt8
    /// The legacy builder refuses `../x`.
    let isLegacy: Bool
    /// As the builder is to read them, wildcards included, before its own quoting.
    private(set) var sources: [[UInt8]] = []

    init(escape: UInt8, isLegacy: Bool) { (self.escape, self.isLegacy) = (escape, isLegacy) }

    mutating func addSource(of tree: FuzzTree, _ random: inout FuzzRandom) {
        sources.append(source(of: tree, &random))
    }

    private func source(of tree: FuzzTree, _ random: inout FuzzRandom) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        if random.chance(1, in: 60) { return Array(random.one(of: "missing", "a/missing", "missing*").utf8) }
        if random.chance(1, in: 10) { return Array(random.one(of: ".", "/", "./", "*", "a/..").utf8) }
        let paths = tree.entries.map(\.path.bytes)
        // What is behind links need not be in the context.
        let steady = tree.entries.filter { $0.status.kind != .symbolicLink }.map(\.path.bytes)
        let plain = steady.filter { $0.allSatisfy { asciiLetters.contains($0) || $0 == slash } }
        let path =
            random.pick(random.one(of: plain, plain, plain, steady, paths)) ?? random.pick(paths)
            ?? Array("a".utf8)
        var components = path.split(separator: slash).map { name in
            // A name with wildcards in it stands for itself only when they are escaped.
            name.flatMap { "*?[\\".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
        }
        if random.chance(1, in: 4) {
            for index in components.indices where random.chance(1, in: 2) {
                components[index] = FuzzIgnoreFile.wildcard(
                    for: Array(path.split(separator: slash)[index]), &random)
            }
        }
        let source = Array(components.joined(separator: [slash]))
        switch random.number(in: 0..<16) {
        case 0: return Array("./".utf8) + source
        case 1: return [slash] + source
        case 2: return source + [slash]
        case 3: return Array(random.one(of: isLegacy ? "./" : "../", "x/../", ".//").utf8) + source
        case 4: return source + Array(random.one(of: "/.", "/*").utf8)
        default: return source
        }
    }

    /// - Parameter context: an additional build context to copy from; ADD knows none.
    func line(to place: String, from context: String? = nil, _ random: inout FuzzRandom) -> [UInt8] {
        var words = [Array(context == nil && random.chance(1, in: 5) ? "ADD".utf8 : "COPY".utf8)]
        if let context { words.append(Array("--from=\(context)".utf8)) }
        if random.chance(1, in: 12) { words.append(Array("--chown=\(random.one(of: "1:2", "7"))".utf8)) }
        let arguments = sources.map { quoted($0, &random) } + [Array(place.utf8)]
        let hasSpace = sources.contains { $0.contains { $0 <= 0x20 } }
        let isText = arguments.allSatisfy { String(validating: $0, as: UTF8.self) != nil }
        if isText, hasSpace || random.chance(1, in: 6) {
            let joined = arguments.map(FuzzCopy.json).joined(separator: Array(", ".utf8))
            return Array((words + [Array("[".utf8) + joined + Array("]".utf8)]).joined(separator: [0x20]))
        }
        // What cannot be quoted by its builder is taken apart, as it would be for a person.
        words += arguments
        if random.chance(1, in: 6) {
            let comment = random.chance(1, in: 2) ? "\n   # in between" : ""
            return Array(words.joined(separator: [0x20, escape] + Array("\(comment)\n  ".utf8)))
        }
        return Array(words.joined(separator: [0x20]))
    }

    /// With the Dockerfile's own escapes, as a careful person writes them, and now and then without.
    private func quoted(_ word: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
        if random.chance(1, in: 12) { return word }
        return word.flatMap { byte in
            byte == escape || "$'\"".utf8.contains(byte) ? [escape, byte] : [byte]
        }
    }

    private static func json(_ word: [UInt8]) -> [UInt8] {
        let inside = word.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [UInt8(ascii: "\\"), byte]
            case 0x0A: return Array("\\n".utf8)
            case 0x09: return Array("\\t".utf8)
            default: return [byte]
            }
        }
        return [UInt8(ascii: "\"")] + inside + [UInt8(ascii: "\"")]
    }
}
