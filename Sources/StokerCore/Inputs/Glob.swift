/// A pattern with wildcards, matched in time linear in the path for each of its items: all the places at
/// which the pattern may stand are followed at once, so no pattern can make the match run away.
struct Glob: Sendable, Equatable {
    enum Item: Sendable, Equatable {
        /// One rune of the set.
        case one(RuneSet)
        /// Any number of runes of the set.
        case star(RuneSet)
        /// May step over the item that follows; with `throughSlash` it is the builders' `(.*/)?`.
        case fork
        /// Any runes but newlines up to and with a slash.
        case throughSlash
        /// Only at the start of the path: an unescaped `^` beside a wildcard, `\A`.
        case start
        /// Only at the end of the path: `\z`.
        case end
        /// Only where a word of ASCII letters, digits and underscores begins or ends, `\b`, or only elsewhere, `\B`.
        case boundary(negated: Bool)
    }

    let items: [Item]
    /// Bytes with which every matching path begins and ends: most paths are told apart by them alone.
    let head: [UInt8]
    let tail: [UInt8]

    init(items: [Item]) {
        self.items = items
        head = Runes.encode(Glob.literalRunes(items)) ?? []
        tail = Runes.encode(Glob.literalRunes(items.reversed()).reversed()) ?? []
    }

    private static func literalRunes(_ items: [Item]) -> [UInt32] {
        var runes: [UInt32] = []
        for item in items {
            guard case .one(.rune(let rune)) = item, rune != Runes.replacement else { break }
            runes.append(rune)
        }
        return runes
    }

    /// Whether something in it depends on where in the path it stands.
    var hasConditions: Bool {
        items.contains { item in
            switch item {
            case .start, .end, .boundary: true
            case .one, .star, .fork, .throughSlash: false
            }
        }
    }

    /// A quick look that is never wrong when it says no.
    func mayMatch(_ path: UnsafeBufferPointer<UInt8>) -> Bool {
        path.hasPrefix(head) && path.hasSuffix(tail)
    }

    /// - Parameter steps: Grows with the work that it takes.
    func matches(_ path: [UInt32], steps: inout Int) -> Bool {
        run(path, isWhole: true, steps: &steps) { $0.contains(items.count) }
    }

    /// Whether some longer path that begins with `start` may match.
    ///
    /// - Parameter steps: Grows with the work that it takes.
    func canMatch(after start: [UInt32], steps: inout Int) -> Bool {
        run(start, isWhole: false, steps: &steps) { places in
            items.indices.contains { places.contains($0) }
        }
    }

    private func run(
        _ path: [UInt32], isWhole: Bool, steps: inout Int, _ verdict: (Places) -> Bool
    ) -> Bool {
        // The sets of places have to be cleared first.
        steps += items.count
        var places = Places(count: items.count + 1)
        var next = Places(count: items.count + 1)
        func enter(_ place: Int, at position: Int, _ places: inout Places) {
            self.enter(place, at: position, of: path, isWhole: isWhole, &places)
        }
        enter(0, at: 0, &places)
        for (position, rune) in path.enumerated() {
            steps += places.members.count
            for place in places.members where place < items.count {
                switch items[place] {
                case .one(let set): if set.contains(rune) { enter(place + 1, at: position + 1, &next) }
                case .star(let set): if set.contains(rune) { enter(place, at: position + 1, &next) }
                case .throughSlash:
                    if rune == "/" { enter(place + 1, at: position + 1, &next) }
                    if rune != "\n" { enter(place, at: position + 1, &next) }
                case .fork, .start, .end, .boundary: break
                }
            }
            swap(&places, &next)
            next.removeAll()
            if places.members.isEmpty { return false }
        }
        return verdict(places)
    }

    /// Adds a place and all that can be reached from it without reading a rune.
    private func enter(
        _ first: Int, at position: Int, of path: [UInt32], isWhole: Bool, _ places: inout Places
    ) {
        var place = first
        while places.insert(place), place < items.count {
            switch items[place] {
            case .one, .throughSlash: return
            case .star: place += 1
            case .start:
                if position > 0 { return }
                place += 1
            case .end:
                if position < path.count || !isWhole { return }
                place += 1
            case .boundary(let negated):
                // What follows a path that is not whole may be anything.
                let isKnown = position < path.count || isWhole
                if isKnown, isBoundary(position, of: path) == negated { return }
                place += 1
            case .fork:
                // What a fork may step over reads at least one rune, so it leads no further by itself.
                _ = places.insert(place + 1)
                place += 2
            }
        }
    }

    private func isBoundary(_ position: Int, of path: [UInt32]) -> Bool {
        func isWord(_ position: Int) -> Bool {
            path.indices.contains(position) && RuneSet.words.contains { $0.contains(path[position]) }
        }
        return isWord(position - 1) != isWord(position)
    }

    /// A set of places that remembers the order, so that it is emptied in the time of its members.
    private struct Places {
        private(set) var members: [Int] = []
        private var isMember: [Bool]

        init(count: Int) { isMember = Array(repeating: false, count: count) }

        func contains(_ place: Int) -> Bool { isMember[place] }

        mutating func insert(_ place: Int) -> Bool {
            if isMember[place] { return false }
            isMember[place] = true
            members.append(place)
            return true
        }

        mutating func removeAll() {
            for place in members { isMember[place] = false }
            members.removeAll(keepingCapacity: true)
        }
    }
}
