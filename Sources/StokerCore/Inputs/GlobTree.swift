import Synchronization

/// Many globs, followed through a path all at once. Those that begin alike share a branch up to where they differ, so
/// that a path costs what it has in common with them, and not their number.
///
/// A node is a place that globs stand at when they have taken some runes. Only globs without conditions are in it.
struct GlobTree: Sendable {
    struct Node: Sendable {
        /// Stays the place when one of these comes: `*`.
        var loop: RuneSet?
        /// Where single runes lead, ascending.
        var literals: [(rune: UInt32, target: Int32)] = []
        /// Where sets of runes lead.
        var sets: [(set: RuneSet, target: Int32)] = []
        /// Places that are reached together with this one.
        var free: [Int32] = []
        /// The groups of the globs that end here.
        var accepted: [Int32] = []
        /// The last exception among the globs that may match when more runes have come; -1 for none.
        var lastException: Int32 = -1
    }

    /// Every node comes after the one that leads to it.
    private let nodes: [Node]
    private let scratches = Scratches()

    /// - Parameter globs: with what stands for each, and its last line that is an exception, or -1.
    init(_ globs: [(group: Int32, glob: Glob, lastException: Int32)]) {
        var builder = GlobTreeBuilder()
        for (group, glob, lastException) in globs { builder.add(glob, group: group, lastException) }
        nodes = builder.finish()
    }

    /// The groups of the globs that match.
    func groups(matching path: [UInt32], steps: inout Int) -> [Int32] {
        var groups: [Int32] = []
        follow(path, steps: &steps) { groups += nodes[Int($0)].accepted }
        return groups
    }

    /// The last exception among the globs that may match some longer path that begins with `start`; -1 for none.
    func lastException(after start: [UInt32], steps: inout Int) -> Int32 {
        var last: Int32 = -1
        follow(start, steps: &steps) { last = max(last, nodes[Int($0)].lastException) }
        return last
    }

    /// Calls back with each place that the runes lead to.
    private func follow(_ runes: [UInt32], steps: inout Int, _ found: (Int32) -> Void) {
        let scratch = scratches.take(count: nodes.count)
        defer { scratches.put(back: scratch) }
        nodes.withUnsafeBufferPointer { nodes in
            scratch.begin()
            scratch.enter(0)
            GlobTree.enterFree(nodes, scratch)
            steps += scratch.next.count
            for rune in runes {
                scratch.step()
                if scratch.places.isEmpty { break }
                for place in scratch.places {
                    let node = nodes[Int(place)]
                    if let loop = node.loop, loop.contains(rune) { scratch.enter(place) }
                    if let target = GlobTree.target(of: rune, in: node.literals) { scratch.enter(target) }
                    for (set, target) in node.sets where set.contains(rune) { scratch.enter(target) }
                    steps += 1 + node.sets.count
                }
                GlobTree.enterFree(nodes, scratch)
                steps += scratch.next.count
            }
            for place in scratch.next { found(place) }
        }
    }

    private static func enterFree(_ nodes: UnsafeBufferPointer<Node>, _ scratch: Scratch) {
        var index = 0
        while index < scratch.next.count {
            for place in nodes[Int(scratch.next[index])].free { scratch.enter(place) }
            index += 1
        }
    }

    private static func target(of rune: UInt32, in literals: [(rune: UInt32, target: Int32)]) -> Int32? {
        var low = 0
        var high = literals.count
        while low < high {
            let middle = (low + high) / 2
            if literals[middle].rune < rune { low = middle + 1 } else { high = middle }
        }
        return low < literals.count && literals[low].rune == rune ? literals[low].target : nil
    }

    // MARK: Scratch memory

    /// The places of one path. Which have been entered is told by stamps, so that nothing has to be cleared.
    private final class Scratch {
        private(set) var places: [Int32] = []
        private(set) var next: [Int32] = []
        private var stamps: [UInt32]
        private var stamp: UInt32 = 0

        init(count: Int) { stamps = Array(repeating: 0, count: count) }

        func begin() {
            places.removeAll(keepingCapacity: true)
            advance()
        }

        /// What was entered is where the next rune is taken from.
        func step() {
            swap(&places, &next)
            advance()
        }

        private func advance() {
            next.removeAll(keepingCapacity: true)
            if stamp == .max {
                for index in stamps.indices { stamps[index] = 0 }
                stamp = 0
            }
            stamp += 1
        }

        func enter(_ place: Int32) {
            if stamps[Int(place)] == stamp { return }
            stamps[Int(place)] = stamp
            next.append(place)
        }
    }

    /// One for each thread that asks at the same time.
    private final class Scratches: Sendable {
        private let free = Mutex<[Unshared]>([])

        /// Belongs to whoever has taken it out of the list.
        private struct Unshared: @unchecked Sendable { let scratch: Scratch }

        func take(count: Int) -> Scratch {
            free.withLock { $0.popLast() }?.scratch ?? Scratch(count: count)
        }

        func put(back scratch: Scratch) {
            let unshared = Unshared(scratch: scratch)
            free.withLock { $0.append(unshared) }
        }
    }
}
