import Dispatch
import Glibc
import Synchronization

/// Spreads many small pieces of blocking work over all cores. They are handed out in runs of neighbours, which
/// share the folders that have to be opened for them.
public enum ParallelRuns {
    /// - Parameters:
    ///   - run: How many neighbours one worker takes at once.
    ///   - makeWorker: Called once on each thread that takes part.
    /// - Throws: One of the errors that were thrown; what was not begun by then is left out.
    public static func forEach<Worker: ~Copyable>(
        _ count: Int, run: Int, makeWorker: () throws -> Worker,
        _ body: (inout Worker, Int) throws -> Void
    ) throws {
        if count == 0 { return }
        let workers = min(ProcessorCount.online, (count + run - 1) / run)
        let next = Atomic(0)
        let failure = Mutex<(any Error)?>(nil)
        // They end before this function does, and touch what different indices stand for.
        try withoutActuallyEscaping(makeWorker) { makeWorker in
            try withoutActuallyEscaping(body) { body in
                nonisolated(unsafe) let makeWorker = makeWorker
                nonisolated(unsafe) let body = body
                let work: @Sendable (Int) -> Void = { _ in
                    do {
                        var worker = try makeWorker()
                        while failure.withLock({ $0 == nil }) {
                            let start = next.add(run, ordering: .relaxed).oldValue
                            if start >= count { return }
                            for index in start..<min(start + run, count) { try body(&worker, index) }
                        }
                    } catch {
                        failure.withLock { $0 = $0 ?? error }
                    }
                }
                if workers == 1 {
                    work(0)
                } else {
                    DispatchQueue.concurrentPerform(iterations: workers, execute: work)
                }
                if let error = failure.withLock({ $0 }) { throw error }
            }
        }
    }
}

enum ProcessorCount {
    /// Asked once: it reads a file of the kernel's.
    static let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
}
