import StokerCore
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    /// The same each time.
    struct Dice {
        var state: UInt64

        mutating func roll(_ sides: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(sides))
        }
    }

    @Test(arguments: InotifyBinding.allCases, [1, 2, 3] as [UInt64])
    func `after a fence the tree is what is on the disk`(_ binding: InotifyBinding, _ seed: UInt64)
        async throws
    {
        let tree = TemporaryTree()
        let outside = TemporaryTree()
        let watcher = try await Self.watcher(binding)
        let wanted: @Sendable (BytePath) -> Bool = { $0.name != Array("ignored".utf8)[...] }
        let watch = await watcher.watch(root: tree.path, canHoldInput: wanted)
        var dice = Dice(state: seed)
        for round in 0..<150 {
            for _ in 0..<(1 + dice.roll(12)) { Self.operate(tree, outside, &dice) }
            let disk = tree.directories(where: wanted)
            var change = try await watcher.fencedChange(watch.id)
            let known = await watcher.directories(watch.id)
            guard known == disk else {
                Issue.record("round \(round): \(known.symmetricDifference(disk))")
                return
            }
            // A file anywhere is heard of under its own name.
            let directory = disk.sorted()[dice.roll(disk.count)]
            let probe = directory.appending(name: "probe\(round)".utf8)
            tree.write(probe)
            change = try await watcher.fencedChange(watch.id)
            // The end of an earlier write may come late, as another name: a child that another test is just
            // beginning has its descriptor until it runs its program.
            let earlier = Set(["file"] + (0..<round).map { "probe\($0)" }).map { Array($0.utf8)[...] }
            #expect(change.paths.filter { !earlier.contains($0.name) } == [probe])
            #expect(await watcher.watchCount == disk.count)
        }
    }

    static func operate(_ tree: TemporaryTree, _ outside: TemporaryTree, _ dice: inout Dice) {
        let names = ["a", "b", "ab", "c", "ignored"]
        let all = tree.directories().sorted()
        let one = all[dice.roll(all.count)]
        let other = all[dice.roll(all.count)]
        let target = other.appending(name: names[dice.roll(names.count)].utf8)
        let isFree = !tree.entries(other).contains(Array(target.name))
        switch dice.roll(8) {
        case 0, 1, 2:
            if isFree { tree.makeDirectory(target) }
        case 3:
            tree.write(one.appending(name: "file".utf8))
        case 4:
            if isFree, !one.isRoot, !target.isInside(one) { tree.rename(one, target) }
        case 5:
            if !one.isRoot, !other.isRoot, !one.isInside(other), !other.isInside(one) {
                tree.exchange(one, other)
            }
        case 6:
            if !one.isRoot { tree.removeAll(one) }
        default:
            if !one.isRoot, outside.entries(.root).isEmpty {
                tree.rename(one, to: outside.file("kept"))
            } else if isFree, !outside.entries(.root).isEmpty {
                outside.rename("kept", to: tree.file(target))
            }
        }
    }
}
