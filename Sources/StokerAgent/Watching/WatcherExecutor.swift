import Dispatch

/// Runs an actor on a dispatch queue of its own, so that system calls that take their time never hold a thread
/// of the cooperative pool.
final class WatcherExecutor: SerialExecutor {
    let queue = DispatchQueue(label: "stoker.watcher")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
