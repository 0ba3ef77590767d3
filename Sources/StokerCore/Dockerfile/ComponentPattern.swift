/// A pattern for one name, as Go's `filepath.Match` takes it, which both builders match sources with.
///
/// Go looks for the first place where what stands behind a star matches and never goes back before it, so
/// the time is at most the product of both lengths. It moves by bytes: a star may end inside a character.
public struct ComponentPattern: Sendable, Equatable, Hashable {
    enum Item: Sendable, Equatable, Hashable {
        case byte(UInt8)
        case anyRune
        case oneOf([ClosedRange<UInt32>], negated: Bool)
    }

    /// What lies between two stars.
    struct Chunk: Sendable, Equatable, Hashable {
        var followsStar: Bool
        var items: [Item]
    }

    let chunks: [Chunk]
    /// As the Dockerfile has it.
    public let text: [UInt8]

    /// Whether the pattern takes the name whole.
    public func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        var position = 0
        for (index, chunk) in chunks.enumerated() {
            let isLast = index == chunks.count - 1
            if chunk.followsStar, chunk.items.isEmpty { return true }
            var start = position
            search: while true {
                if let end = ComponentPattern.end(of: chunk.items, in: name, from: start),
                    !isLast || end == name.count
                {
                    position = end
                    break search
                }
                guard chunk.followsStar, start < name.count else { return false }
                start += 1
            }
        }
        return position == name.count
    }

    private static func end(
        of items: [Item], in name: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        var position = start
        for item in items {
            guard position < name.count else { return nil }
            switch item {
            case .byte(let byte):
                guard name[position] == byte else { return nil }
                position += 1
            case .anyRune: position += Runes.next(in: name, at: position).width
            case .oneOf(let ranges, let negated):
                let (rune, width) = Runes.next(in: name, at: position)
                guard ranges.contains(where: { $0.contains(rune ?? Runes.replacement) }) != negated else {
                    return nil
                }
                position += width
            }
        }
        return position
    }

    /// Whether it may match a slash when Go is given a whole path: only a class can. The pattern then says
    /// nothing certain about one name.
    var canTakeSlash: Bool {
        chunks.contains { chunk in
            chunk.items.contains { item in
                guard case .oneOf(let ranges, let negated) = item else { return false }
                return negated || ranges.contains { $0.contains(UInt32(BytePath.slash)) }
            }
        }
    }
}
