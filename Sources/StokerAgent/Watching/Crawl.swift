import Dispatch
import Glibc
import StokerCore
import Synchronization
import SystemPackage

/// The first walk of a tree, on several threads: opens each directory, watches it, and lists it after that.
///
/// It belongs to nobody's bookkeeping: the tree takes in what it finds, each directory after the one that it is in.
final class Crawl: Sendable {
    /// What was found at one entry of a directory.
    struct Finding: Sendable {
        enum Outcome: Sendable {
            case watched(CInt)
            /// Opened, but the kernel refuses a watch.
            case refused(Errno)
            case unopened(Errno)
        }

        /// Of the directory that it is in.
        let parent: Int
        let entry: DirectoryHandle.Entry
        let outcome: Outcome
        /// What findings in it have as their `parent`; `nil` when it was not listed.
        var number: Int?
    }

    /// The root's.
    static let rootNumber = 0
    /// Directories deeper than this are left to the tree, so that only so many are held open.
    private static let levels = 32
    private static let workerLimit = min(8, max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))))
    /// So many steps are taken at once, and so many wait before another worker begins.
    private static let stride = 16
    /// So many findings are handed over at once, as whoever takes them in lets others have their turn in between.
    private static let batch = 1_024

    /// A directory that was listed and is held open until all in it are visited.
    private final class Level: @unchecked Sendable {
        // Listed before it is shared; its descriptor alone is used from then on.
        let handle: DirectoryHandle
        let path: BytePath
        let number: Int
        let depth: Int
        /// Its own watch, and those of the directories above. A mount may lead into one of them again.
        let watches: [CInt]

        init(
            _ handle: consuming DirectoryHandle, _ path: BytePath, number: Int, depth: Int, watches: [CInt]
        ) {
            self.handle = handle
            self.path = path
            self.number = number
            self.depth = depth
            self.watches = watches
        }
    }

    private struct Step: Sendable {
        let level: Level
        let entry: DirectoryHandle.Entry
    }

    private struct State {
        var steps: [Step] = []
        var workers = 0
        var findings: [Finding] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isStopped = false

        var isOver: Bool { workers == 0 }

        /// Whom to wake, if it is worth it.
        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            guard isOver || findings.count >= Crawl.batch else { return nil }
            defer { waiter = nil }
            return waiter
        }
    }

    private let adder: any WatchAdder
    private let canHoldInput: @Sendable (BytePath) -> Bool
    private let numbers = Atomic(Crawl.rootNumber)
    private let state = Mutex(State())

    init(adder: any WatchAdder, canHoldInput: @escaping @Sendable (BytePath) -> Bool) {
        self.adder = adder
        self.canHoldInput = canHoldInput
    }

    /// Begins with a root that is watched already. To be called once.
    ///
    /// - Throws: `Errno` when it cannot be listed.
    func start(_ root: consuming DirectoryHandle, watch: CInt) throws(Errno) {
        let entries = try root.entries(onlyDirectories: true)
        let level = Level(root, .root, number: Crawl.rootNumber, depth: 0, watches: [watch])
        hand(steps: steps(to: entries, in: level), findings: [])
    }

    /// Visits no further directory.
    func stop() { state.withLock { ($0.steps, $0.isStopped) = ([], true) } }

    /// Waits for more.
    ///
    /// - Returns: `nil` when everything was found.
    func next() async -> [Finding]? {
        await withCheckedContinuation { continuation in
            let waiter = state.withLock { state in
                state.waiter = continuation
                return state.takeWaiter()
            }
            waiter?.resume()
        }
        return state.withLock { state in
            if state.findings.isEmpty { return nil }
            let taken = Array(state.findings.prefix(Crawl.batch))
            state.findings.removeFirst(taken.count)
            return taken
        }
    }

    // MARK: Workers

    private func steps(to entries: [DirectoryHandle.Entry], in level: Level) -> [Step] {
        entries.compactMap { entry in
            canHoldInput(level.path.appending(name: entry.name)) ? Step(level: level, entry: entry) : nil
        }
    }

    /// What was found goes before what is still to be found in it.
    private func hand(steps: [Step], findings: [Finding]) {
        let (begins, waiter) = state.withLock { state in
            if !state.isStopped { state.steps += steps }
            state.findings += findings
            let begins =
                !state.steps.isEmpty && (state.isOver || state.steps.count > Crawl.stride)
                && state.workers < Crawl.workerLimit
            if begins { state.workers += 1 }
            return (begins, state.takeWaiter())
        }
        waiter?.resume()
        // A queue of its own has a thread of its own, however many others are held up.
        if begins { DispatchQueue(label: "stoker.crawl").async { self.work() } }
    }

    private func work() {
        var findings: [Finding] = []
        while let steps = takeSteps(&findings) {
            for step in steps {
                let inside = visit(step, &findings)
                if !inside.isEmpty {
                    hand(steps: inside, findings: findings)
                    findings = []
                }
            }
        }
    }

    /// - Returns: `nil` when nothing is left to do, which ends the worker.
    private func takeSteps(_ findings: inout [Finding]) -> [Step]? {
        let (steps, waiter) = state.withLock { state in
            let steps = Array(state.steps.suffix(Crawl.stride))
            state.steps.removeLast(steps.count)
            if steps.isEmpty { state.workers -= 1 }
            if steps.isEmpty || findings.count >= Crawl.batch / 4 {
                state.findings += findings
                findings = []
            }
            return (steps, state.takeWaiter())
        }
        waiter?.resume()
        return steps.isEmpty ? nil : steps
    }

    /// - Returns: what is to be visited in it.
    private func visit(_ step: Step, _ findings: inout [Finding]) -> [Step] {
        func found(_ outcome: Finding.Outcome, number: Int? = nil) {
            findings.append(
                Finding(parent: step.level.number, entry: step.entry, outcome: outcome, number: number))
        }
        let handle: DirectoryHandle
        do { handle = try DirectoryHandle(step.entry.name, in: step.level.handle.descriptor) } catch {
            found(.unopened(error))
            return []
        }
        let outcome: Finding.Outcome
        var watches = step.level.watches
        do {
            let watch = try adder.add(handle.descriptor, mask: .directory)
            outcome = .watched(watch)
            if watches.contains(watch) {
                found(outcome)
                return []
            }
            watches.append(watch)
        } catch {
            outcome = .refused(error)
            // Listed all the same, to say how many watches are needed and to watch what already has one.
            guard error == .noSpace else {
                found(outcome)
                return []
            }
        }
        guard step.level.depth < Crawl.levels, let entries = try? handle.entries(onlyDirectories: true) else {
            found(outcome)
            return []
        }
        let number = numbers.add(1, ordering: .relaxed).newValue
        found(outcome, number: number)
        if entries.isEmpty { return [] }
        let path = step.level.path.appending(name: step.entry.name)
        let level = Level(handle, path, number: number, depth: step.level.depth + 1, watches: watches)
        return steps(to: entries, in: level)
    }
}
