import StokerCore

/// A random ignore file, drawn from the paths that are there.
struct FuzzIgnoreFile {
    static func bytes(_ tree: FuzzTree, _ random: inout FuzzRandom) -> [UInt8] {
        let paths = tree.entries.map(\.path.bytes)
        var text: [UInt8] = random.chance(1, in: 12) ? [0xEF, 0xBB, 0xBF] : []
        let end = Array((random.chance(1, in: 6) ? "\r\n" : "\n").utf8)
        for number in 0..<random.number(in: 1..<6) {
            if number > 0 { text += end }
            if random.chance(1, in: 8) {
                text += Array(random.one(of: "# a comment", "", "  ", "#", " # no comment").utf8)
                continue
            }
            text += line(paths, &random)
            if random.chance(1, in: 8), let pair = broughtBack(paths, &random) {
                text += end + pair.joined(separator: end)
            }
        }
        return random.chance(1, in: 8) ? text : text + end
    }

    /// `a/b`, and then `!a`: whether `a/b` is in again, builders have read in two ways (moby #40318).
    private static func broughtBack(_ paths: [[UInt8]], _ random: inout FuzzRandom) -> [[UInt8]]? {
        let deep = paths.filter { $0.contains(UInt8(ascii: "/")) && isPlain($0) }
        guard let path = random.pick(deep) else { return nil }
        let names = path.split(separator: UInt8(ascii: "/"))
        let folder = names.prefix(random.number(in: 1..<names.count)).joined(separator: [UInt8(ascii: "/")])
        return [path, Array("!".utf8) + folder]
    }

    private static func isPlain(_ path: [UInt8]) -> Bool {
        path.allSatisfy { asciiLetters.contains($0) || "._/".utf8.contains($0) }
    }

    /// The same file with a line more, or less, or in another order, which keeps its size.
    ///
    /// - Returns: `nil` when there is nothing to change.
    static func edited(
        _ bytes: [UInt8], keepingSize: Bool, _ tree: FuzzTree, _ random: inout FuzzRandom
    ) -> [UInt8]? {
        let lineFeed = UInt8(ascii: "\n")
        var lines = bytes.split(separator: lineFeed, omittingEmptySubsequences: false).map(Array.init)
        if keepingSize {
            lines = random.shuffled(lines)
        } else if lines.count > 1, random.chance(1, in: 2) {
            lines.remove(at: random.number(in: 0..<lines.count))
        } else {
            let paths = tree.entries.map(\.path.bytes)
            let added = broughtBack(paths, &random) ?? [line(paths, &random)]
            lines.insert(
                contentsOf: random.chance(1, in: 3) ? added : [line(paths, &random)],
                at: random.number(in: 0..<lines.count + 1))
        }
        let edited = Array(lines.joined(separator: [lineFeed]))
        return edited == bytes ? nil : edited
    }

    private static func line(_ paths: [[UInt8]], _ random: inout FuzzRandom) -> [UInt8] {
        if random.chance(1, in: 14) {
            return Array(
                random.one(of: "*", "**", ".", "/", "..", "!.", "**/*.txt", "*/*", "!*", "*.?*").utf8)
        }
        // Deep ones leave more of the Dockerfiles something to copy.
        let deep = paths.filter { $0.contains(UInt8(ascii: "/")) }
        let path = random.pick(random.chance(2, in: 3) ? deep : []) ?? random.pick(paths) ?? [0x61]
        // A backslash in a name is escaped, since one before a letter is an error, or matches nothing.
        var components = path.split(separator: UInt8(ascii: "/")).map { name in
            name.flatMap { $0 == UInt8(ascii: "\\") ? [$0, $0] : [$0] }
        }
        for index in components.indices where random.chance(1, in: 4) {
            components[index] = wildcard(for: components[index], &random)
        }
        if random.chance(1, in: 8) { components.insert(Array(".".utf8), at: 0) }
        if random.chance(1, in: 10) {
            components.insert(contentsOf: ["x", ".."].map { Array($0.utf8) }, at: 0)
        }
        if random.chance(1, in: 6) { components.insert(Array("**".utf8), at: 0) }
        if random.chance(1, in: 8) { components.append(Array(random.one(of: "**", "*", "").utf8)) }
        var line = Array(components.joined(separator: [UInt8(ascii: "/")]))
        if random.chance(1, in: 6) { line.insert(UInt8(ascii: "/"), at: 0) }
        if random.chance(1, in: 3) { line = Array(random.one(of: "!", "!", "! ").utf8) + line }
        if random.chance(1, in: 12) { line = Array(random.one(of: " ", "\t", "\u{A0}").utf8) + line }
        if random.chance(1, in: 12) { line += Array(random.one(of: " ", "\t ", "\u{2003}").utf8) }
        return line
    }

    /// A pattern that takes the name, most of the time.
    static func wildcard(for name: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
        let first = name.first ?? UInt8(ascii: "a")
        switch random.number(in: 0..<9) {
        case 0: return Array("*".utf8)
        case 1: return [first] + Array("*".utf8)
        case 2: return Array("*".utf8) + name.suffix(1)
        case 3: return Array("?".utf8) + name.dropFirst()
        case 4: return Array("[a-z]".utf8) + name.dropFirst()
        case 5: return Array("[^".utf8) + [UInt8(ascii: "z")] + Array("]".utf8) + name.dropFirst()
        case 6: return name.flatMap { "*?[".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : [$0] }
        case 7: return Array("**".utf8) + name.suffix(2)
        default: return [first] + Array("**".utf8)
        }
    }
}
