/// The reads of one context as they are found.
struct ReadCollection {
    /// More sources are not worth telling apart.
    static let limit = 10_000

    private struct Key: Hashable {
        var components: [ContextRead.Component]
        var excludes: [[UInt8]]
        var keepsParents: Bool
    }

    private var reason: ReadReason?
    private var reads: [ContextRead] = []
    private var seen: Set<Key> = []

    /// The first reason stays.
    mutating func widen(_ reason: ReadReason) {
        if self.reason != nil { return }
        self.reason = reason
        reads = []
        seen = []
    }

    mutating func add(_ read: ContextRead) {
        if reason != nil { return }
        let key = Key(
            components: read.components, excludes: read.excludes, keepsParents: read.keepsParents)
        guard seen.insert(key).inserted else { return }
        reads.append(read)
        if reads.count > ReadCollection.limit {
            widen(ReadReason(line: read.line, words: "there are more than \(ReadCollection.limit) sources"))
        }
    }

    var isUntouched: Bool { reason == nil && reads.isEmpty }

    var result: ContextReads { reason.map { .everything($0) } ?? .only(reads) }
}
