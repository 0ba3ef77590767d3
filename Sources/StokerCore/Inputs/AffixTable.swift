/// Finds which of many literal texts a path begins or ends with: one search for each length that a text has.
struct AffixTable: Sendable {
    private let table: LiteralTable
    /// Ascending, each once.
    private let lengths: [Int]
    /// Whether a text begins or ends with the byte: most paths are told apart by that alone.
    private var isOuter: [Bool] = []
    private let hasEmpty: Bool

    init(_ entries: [LiteralTable.Entry]) {
        table = LiteralTable(entries)
        lengths = Set(entries.map(\.key.count)).sorted()
        hasEmpty = lengths.first == 0
        if entries.isEmpty { return }
        isOuter = Array(repeating: false, count: 256)
        for (key, _) in entries {
            if let first = key.first, let last = key.last {
                isOuter[Int(first)] = true
                isOuter[Int(last)] = true
            }
        }
    }

    private func canHold(_ outer: UInt8?) -> Bool {
        if lengths.isEmpty { return false }
        return hasEmpty || outer.map { isOuter[Int($0)] } == true
    }

    /// Calls back with the numbers of the texts that the path begins with.
    func forEach(beginning path: UnsafeBufferPointer<UInt8>, _ body: ([Int32]) -> Void) {
        if !canHold(path.first) { return }
        for length in lengths {
            if length > path.count { return }
            body(table.values(of: UnsafeBufferPointer(rebasing: path[..<length])))
        }
    }

    /// Calls back with the numbers of the texts that the path ends with.
    func forEach(ending path: UnsafeBufferPointer<UInt8>, _ body: ([Int32]) -> Void) {
        if !canHold(path.last) { return }
        for length in lengths {
            if length > path.count { return }
            body(table.values(of: UnsafeBufferPointer(rebasing: path[(path.count - length)...])))
        }
    }
}
