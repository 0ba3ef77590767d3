import Glibc
import Synchronization

/// What the workers of one walk share. A worker that has more directories than it can list hands some of
/// them to a new one as long as there are processors left.
final class WalkCrew: Sendable {
    /// More workers than this gain nothing but hold more directories open.
    private static let limit = min(8, ProcessorCount.online)
    /// So much is listed sooner than another thread begins.
    static let smallTree = 500

    let walk: ContextWalk
    /// Every way that has to be opened anew begins here.
    let root: DirectoryStream
    private let cancellation = WorkCancellation.current
    private let working = Atomic(1)
    private let isLost = Atomic(false)
    private let threads = Mutex<[pthread_t]>([])
    private let outcome = Mutex(Outcome())

    private struct Outcome {
        var directories: [WalkedDirectory] = []
        var links: [ReadScope.Continuation] = []
        var moved: BytePath?
        /// The failure that is the first in byte order of the paths, whoever met it when.
        var failure: (path: BytePath, error: any Error)?
    }

    init(walk: ContextWalk, root: DirectoryStream) {
        self.walk = walk
        self.root = root
    }

    var hasRoom: Bool { working.load(ordering: .relaxed) < WalkCrew.limit }
    /// Nothing that is found any more can count.
    var mustStop: Bool {
        isLost.load(ordering: .relaxed) || cancellation?.isCancelled == true || walk.matcher.isExhausted
    }

    /// Starts another worker.
    ///
    /// - Returns: `false` when there is no thread to be had, so that the caller keeps its work.
    func start(_ worker: WalkWorker) -> Bool {
        final class Start {
            let crew: WalkCrew
            let worker: WalkWorker

            init(crew: WalkCrew, worker: WalkWorker) {
                self.crew = crew
                self.worker = worker
            }
        }
        working.add(1, ordering: .relaxed)
        let start = Unmanaged.passRetained(Start(crew: self, worker: worker))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, nil,
            { argument in
                // It was handed over below and is never nil.
                let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                start.worker.run()
                start.crew.working.subtract(1, ordering: .relaxed)
                return nil
            }, start.toOpaque())
        if failed != 0 {
            start.release()
            working.subtract(1, ordering: .relaxed)
            return false
        }
        threads.withLock { $0.append(thread) }
        return true
    }

    func fail(_ error: any Error, at path: BytePath) {
        outcome.withLock { outcome in
            if let moved = error as? InputsMoved {
                outcome.moved = outcome.moved ?? moved.path
                isLost.store(true, ordering: .relaxed)
            } else if outcome.failure == nil || path < outcome.failure?.path ?? path {
                outcome.failure = (path, error)
            }
        }
    }

    func collect(_ directories: [WalkedDirectory], _ links: [ReadScope.Continuation]) {
        outcome.withLock { outcome in
            outcome.directories += directories
            outcome.links += links
        }
    }

    /// Waits for all workers. A worker registers whom it starts before it ends itself, so none is missed.
    ///
    /// - Throws: `StokerError` (`interrupted`) when it was cancelled, (`badInput`) when its patterns cost too much;
    ///   `InputsMoved` if anybody met it, since the next look may find things in order; else the first failure in byte
    ///   order of the paths.
    func finish(below root: WalkedDirectory) throws -> ContextWalk.Findings {
        while let thread = threads.withLock({ $0.popLast() }) { pthread_join(thread, nil) }
        if cancellation?.isCancelled == true { throw WorkCancellation.error }
        try walk.checkEffort()
        return try outcome.withLock { outcome in
            if let moved = outcome.moved { throw InputsMoved(path: moved) }
            if let failure = outcome.failure { throw failure.error }
            let links = outcome.links.enumerated().sorted {
                ($0.element.link, $0.offset) < ($1.element.link, $1.offset)
            }
            return ContextWalk.Findings(
                tree: WalkedTree(directories: [root] + outcome.directories), links: links.map(\.element))
        }
    }
}
