import Glibc

/// Finds which of many literal texts equals some bytes. Sorted and searched by halves, so that a million
/// lines cost twenty comparisons, and no choice of lines can make it slow as it can a hash table.
struct LiteralTable: Sendable, Equatable {
    typealias Entry = (key: [UInt8], value: Int32)

    private var keys: [[UInt8]] = []
    private var values: [[Int32]] = []

    init(_ entries: [Entry]) {
        let sorted = entries.sorted {
            $0.key == $1.key ? $0.value < $1.value : $0.key.precedesBytewise($1.key)
        }
        for (key, value) in sorted {
            if keys.last == key {
                values[values.count - 1].append(value)
            } else {
                keys.append(key)
                values.append([value])
            }
        }
    }

    /// The numbers of the texts that equal `bytes`, ascending.
    func values(of bytes: UnsafeBufferPointer<UInt8>) -> [Int32] {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            let order = keys[middle].withUnsafeBufferPointer { $0.compareBytewise(bytes) }
            if order == 0 { return values[middle] }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return []
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Below, at or above zero, as `memcmp` says it; a prefix comes before what it begins.
    func compareBytewise(_ other: UnsafeBufferPointer<UInt8>) -> Int {
        let common = Swift.min(count, other.count)
        // An empty buffer has no base address, and then nothing is compared.
        if common > 0, let mine = baseAddress, let others = other.baseAddress {
            let order = memcmp(mine, others, common)
            if order != 0 { return Int(order) }
        }
        return count - other.count
    }
}

extension [UInt8] {
    func precedesBytewise(_ other: [UInt8]) -> Bool {
        withUnsafeBufferPointer { mine in
            other.withUnsafeBufferPointer { mine.compareBytewise($0) < 0 }
        }
    }
}
