/// Texts with numbers: tells the greatest number of those that begin with some bytes, in the time of a few comparisons.
struct BeginningMaxima: Sendable {
    private var keys: [[UInt8]] = []
    /// A tree of maxima: the one of node `n` is that of `2n` and `2n + 1`, and the last `keys.count` are the leaves.
    private var maxima: [Int32] = []

    /// - Parameter entries: with numbers from 0 on.
    init(_ entries: [LiteralTable.Entry]) {
        var leaves: [Int32] = []
        for (key, value) in entries.sorted(by: { $0.key.precedesBytewise($1.key) }) {
            if keys.last == key {
                leaves[leaves.count - 1] = max(leaves[leaves.count - 1], value)
            } else {
                keys.append(key)
                leaves.append(value)
            }
        }
        maxima = [Int32](repeating: -1, count: keys.count) + leaves
        for node in stride(from: keys.count - 1, to: 0, by: -1) {
            maxima[node] = max(maxima[2 * node], maxima[2 * node + 1])
        }
    }

    func contains(_ key: [UInt8]) -> Bool {
        let position = firstPosition { !$0.precedesBytewise(key) }
        return position < keys.count && keys[position] == key
    }

    /// - Returns: -1 when no text begins so.
    func greatest(beginning: [UInt8]) -> Int32 {
        var low = keys.count + firstPosition { !$0.precedesBytewise(beginning) }
        var high =
            keys.count + firstPosition { !$0.precedesBytewise(beginning) && !$0.starts(with: beginning) }
        var greatest: Int32 = -1
        while low < high {
            if low % 2 == 1 {
                greatest = max(greatest, maxima[low])
                low += 1
            }
            if high % 2 == 1 {
                high -= 1
                greatest = max(greatest, maxima[high])
            }
            low /= 2
            high /= 2
        }
        return greatest
    }

    /// - Parameter isReached: does not hold for any text before the one that is looked for, and for all from it on.
    private func firstPosition(_ isReached: ([UInt8]) -> Bool) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if isReached(keys[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
