import Dispatch
import Glibc
import StokerCore
import Synchronization

/// Listens to what happens to the engine's images, so that whoever has asked once about an image need not ask
/// again until something has happened to it.
///
/// Only engines on a Unix socket are listened to: there what the engine has sent before a question can be read
/// before the question is answered. Of any other one nothing is ever known (`mark` is `nil`).
public final class EngineEvents: Sendable {
    /// A moment in the life of some references. As long as it is the same after two fences, none of them has
    /// become another image's, lost its image or got it back.
    public struct Mark: Sendable, Equatable {
        fileprivate let whole: UInt64
        fileprivate let names: [UInt64]
    }

    /// All there is to know at a moment, from which marks can be had later.
    public struct Moment: Sendable {
        fileprivate let whole: UInt64
        fileprivate let names: [String: UInt64]

        public func mark(for references: [String]) -> Mark {
            Mark(whole: whole, names: references.map { names[FamiliarName.reference($0)] ?? 0 })
        }
    }

    private struct State {
        var connection: EventConnection?
        var end: AsyncStream<Void>.Continuation?
        /// Of the socket that it was made by.
        var place: Place?
        /// Grows with whatever may concern any image.
        var whole: UInt64 = 0
        /// Grow with what concerns one reference alone.
        var names: [String: UInt64] = [:]

        mutating func takeAny() {
            whole += 1
            names = [:]
        }
    }

    private let socket: String?
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "stoker.engine-events")
    private let feed: AsyncStream<Void>.Continuation
    /// Something has happened since the last element, or the engine can be heard again. For one reader.
    public let changes: AsyncStream<Void>

    /// References that are counted one by one; beyond that all are taken to be concerned.
    private static let nameLimit = 1_000

    public init(endpoint: Endpoint) {
        if case .unix(let path) = endpoint.address { socket = path } else { socket = nil }
        (changes, feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Listens until it is cancelled, and connects again whenever the connection is lost.
    public func run() async {
        defer {
            disconnect()
            feed.finish()
        }
        guard let socket else {
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
            return
        }
        var backoff = Backoff.ofListeners
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            // Before the connection, so that another socket is noticed that comes in between.
            let place = EngineEvents.place(socket)
            let connected = try? await BlockingWork.run { EventConnection(socket: socket) }
            if let connection = connected ?? nil {
                backoff.reset()
                let (end, continuation) = AsyncStream<Void>.makeStream()
                listen(connection, at: place, end: continuation)
                for await _ in end {}
                disconnect()
            }
            try? await Task.sleep(for: backoff.next(using: &generator))
        }
    }

    /// Reads what the engine has sent so far.
    public func fence() {
        // Another engine may listen at the path by now, while the connection to the former one goes on.
        let place = socket.flatMap(EngineEvents.place)
        let isElsewhere = state.withLock { $0.connection != nil && $0.place != place }
        if isElsewhere { disconnect() } else { drain() }
    }

    /// Whether every tag that is put or taken away is told. If not, whoever answers again from what he knows has to
    /// ask which images the references name.
    public var tellsAll: Bool { state.withLock { $0.connection?.tellsAll ?? false } }

    private struct Place: Equatable { let device, inode: UInt64 }

    private static func place(_ socket: String) -> Place? {
        var status = stat()
        guard stat(socket, &status) == 0 else { return nil }
        return Place(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    /// - Returns: `nil` when the engine cannot be heard, so that nothing is known.
    public var moment: Moment? {
        state.withLock { state in
            state.connection == nil ? nil : Moment(whole: state.whole, names: state.names)
        }
    }

    /// - Returns: `nil` when the engine cannot be heard.
    public func mark(for references: [String]) -> Mark? { moment?.mark(for: references) }

    // MARK: Connection

    private func listen(
        _ connection: EventConnection, at place: Place?, end: AsyncStream<Void>.Continuation
    ) {
        connection.onReadable(queue) { [weak self] in self?.drain() }
        state.withLock { state in
            state.connection = connection
            state.end = end
            state.place = place
            // Nobody knows what happened before.
            state.takeAny()
        }
        connection.start()
        // What came together with the answer's beginning has been read already.
        drain()
        feed.yield()
    }

    private func disconnect() {
        state.withLock { state in
            state.connection?.close()
            state.connection = nil
            state.end?.finish()
            state.end = nil
            state.takeAny()
        }
    }

    private func drain() {
        let isNews = state.withLock { state in
            guard let connection = state.connection else { return false }
            let drained = connection.drain()
            for event in drained.events { EngineEvents.take(event, into: &state) }
            if drained.mayHaveGap { state.takeAny() }
            if drained.isOver {
                connection.close()
                state.connection = nil
                state.takeAny()
                state.end?.finish()
                state.end = nil
            }
            return drained.isOver || drained.mayHaveGap || !drained.events.isEmpty
        }
        if isNews { feed.yield() }
    }

    private static func take(_ event: EventConnection.Event, into state: inout State) {
        switch event {
        case .named(let name) where state.names.count < nameLimit:
            state.names[FamiliarName.reference(name), default: 0] += 1
        case .named, .any: state.takeAny()
        }
    }
}
