import Dispatch
import Glibc

/// Calls back on a queue whenever a descriptor is readable, until it is cancelled.
struct ReadSource: @unchecked Sendable {
    // Dispatch sources may be used from any thread; the type is just not marked so.
    private let source: any DispatchSourceRead

    /// Takes the descriptor over, and closes it once dispatch has let go of it.
    init(_ descriptor: CInt, _ queue: DispatchQueue) {
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setCancelHandler { close(descriptor) }
    }

    func start(_ handler: @escaping @Sendable () -> Void) {
        source.setEventHandler(handler: handler)
        source.activate()
    }

    func cancel() { source.cancel() }
}
