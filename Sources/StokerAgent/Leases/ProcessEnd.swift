import CLinux
import Dispatch
import Glibc
import StokerCore

/// Tells when a process that is not ours has ended: at once, by the kernel.
final class ProcessEnd: @unchecked Sendable {
    // Dispatch sources may be used from any thread.
    private let source: any DispatchSourceRead

    /// `nil` when it has ended already, or cannot be watched.
    ///
    /// - Parameter handler: called once, on `queue`.
    init?(of process: ProcessIdentity, _ queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void) {
        let descriptor = stoker_pidfd_open(process.pid)
        guard descriptor >= 0 else { return nil }
        // The number may have been another's before it was opened; from then on it is the same process.
        guard case .alive = process.fate(isOnLocalDisk: false) else {
            close(descriptor)
            return nil
        }
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [weak self] in
            // It stays readable for ever.
            self?.source.cancel()
            handler()
        }
        source.setCancelHandler { close(descriptor) }
        source.activate()
    }

    deinit { source.cancel() }
}
