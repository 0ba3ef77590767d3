import Dispatch
import Glibc
import StokerCore
import Synchronization
import SystemPackage
import Testing

@testable import StokerAgent

extension WatchingTests {
    /// The kernel's inotify, and somebody who comes in between each time that a directory has just got its watch.
    private final class MeddledInotify: InotifySource {
        private struct Adder: WatchAdder {
            let kernel: any WatchAdder
            let meddle: @Sendable () -> Void

            func add(_ file: FileDescriptor, mask: InotifyMask) throws(Errno) -> CInt {
                let watch = try kernel.add(file, mask: mask)
                if mask == .directory { meddle() }
                return watch
            }
        }

        private let kernel: KernelInotify
        let adder: any WatchAdder

        init(_ meddle: @escaping @Sendable () -> Void) throws {
            kernel = try KernelInotify()
            adder = Adder(kernel: kernel.adder, meddle: meddle)
        }

        var descriptor: CInt { kernel.descriptor }
        var watchLimit: Int? { kernel.watchLimit }
        func remove(_ watch: CInt) throws(Errno) { try kernel.remove(watch) }
        func drain(limit: Int) throws(Errno) -> [InotifyEvent] { try kernel.drain(limit: limit) }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `what is moved about during the first walk is where it is`(_ seed: UInt64) async throws {
        let wanted: @Sendable (BytePath) -> Bool = { $0.name != Array("ignored".utf8)[...] }
        for round in 0..<10 as Range<UInt64> {
            let (tree, outside) = (TemporaryTree(), TemporaryTree())
            let dice = Mutex(Dice(state: seed * 100 + round))
            dice.withLock { dice in for _ in 0..<80 { Self.operate(tree, outside, &dice) } }
            let left = Atomic(60)
            let source = try MeddledInotify {
                guard left.subtract(1, ordering: .relaxed).newValue >= 0 else { return }
                dice.withLock { Self.operate(tree, outside, &$0) }
            }
            let descriptor = source.descriptor
            let watcher = try Watcher(source: source)
            let watch = await watcher.watch(root: tree.path, canHoldInput: wanted)
            left.store(0, ordering: .relaxed)
            _ = try await watcher.fencedChange(watch.id)
            let (known, disk) = (await watcher.directories(watch.id), tree.directories(where: wanted))
            #expect(known == disk, "round \(round): \(known.symmetricDifference(disk))")
            // And none is left that nobody holds, but for the fence's own.
            #expect(Self.kernelWatches(of: descriptor) == disk.count + 1)
            let probes = Set(disk.map { $0.appending(name: "probe".utf8) })
            for probe in probes { tree.write(probe) }
            let change = try await watcher.fencedChange(watch.id)
            #expect(change.everything || change.paths.isSuperset(of: probes), "round \(round)")
        }
    }

    @Test func `an overflow during the first walk loses nothing`() async throws {
        let tree = TemporaryTree()
        for number in 0..<100 { tree.makeDirectories(BytePath("d\(number)/a/b")) }
        tree.write("one")
        tree.write("two")
        let adds = Atomic(0)
        let queue = Mutex<DispatchQueue?>(nil)
        let watcher = try Watcher(
            source: MeddledInotify {
                guard adds.add(1, ordering: .relaxed).newValue == 150 else { return }
                // The owner is kept from reading meanwhile.
                let (held, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
                queue.withLock { $0 }?.async {
                    held.signal()
                    release.wait()
                }
                held.wait()
                for number in 0..<10_000 {
                    for name in ["one", "two"] as [BytePath] {
                        tree.setMode(name, number % 2 == 0 ? 0o600 : 0o644)
                    }
                }
                // All of this is lost.
                for number in 0..<100 {
                    tree.rename(BytePath("d\(number)/a"), BytePath("d\((number + 1) % 100)/c\(number)"))
                    tree.makeDirectories(BytePath("d\(number)/new/deep"))
                }
                release.signal()
            })
        queue.withLock { $0 = watcher.executor.queue }
        let watch = await watcher.watch(root: tree.path)
        #expect(try await watcher.report(watch.id).overflows > 0)
        try await Self.proveWatched(tree, watcher, watch)
    }

    @Test func `a watch that is stopped during the first walk leaves nothing`() async throws {
        let tree = TemporaryTree()
        for number in 0..<500 { tree.makeDirectories(BytePath("d\(number)/a/b")) }
        let adds = Atomic(0)
        let (stream, began) = AsyncStream<Void>.makeStream()
        let source = try MeddledInotify {
            if adds.add(1, ordering: .relaxed).newValue == 100 { began.finish() }
        }
        let descriptor = source.descriptor
        let watcher = try Watcher(source: source)
        async let watch = watcher.watch(root: tree.path)
        for await _ in stream {}
        await watcher.stopAll()
        _ = await watch
        try await watcher.fence()
        #expect(await watcher.watchCount == 0)
        #expect(Self.kernelWatches(of: descriptor) == 1)
    }

    /// How many the kernel holds of an instance.
    private static func kernelWatches(of descriptor: CInt) -> Int {
        let lines = try? ProcessFile.read("/proc/self/fdinfo/\(descriptor)").split(
            separator: UInt8(ascii: "\n"))
        return lines?.filter { $0.starts(with: "inotify wd:".utf8) }.count ?? -1
    }
}

extension Watcher {
    fileprivate func stopAll() { watches.keys.forEach(stop) }
}
