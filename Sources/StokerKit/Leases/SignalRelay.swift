import Glibc
import Synchronization

/// Hears the signals that are meant for a command which runs on behalf of this process.
///
/// They are blocked and waited for by the main thread. A handler would be told as much, but could do hardly anything;
/// and the main thread, where it does nothing else, waits in a call of Dispatch's that no signal is blocked in.
public final class SignalRelay: Sendable {
    /// One signal.
    public struct Arrival: Sendable, Equatable {
        public var number: Int32
        /// Whether the kernel has sent it to everybody in the foreground.
        public var isFromTerminal: Bool
    }

    public typealias Receiver = @Sendable (Arrival) -> Void

    private static let numbers = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2]
    /// SI_KERNEL, which C has as an expression that Swift does not import.
    private static let byKernel: Int32 = 0x80

    /// What was blocked before.
    let mask: sigset_t
    private let receiver = Mutex<Receiver>({ _ in })
    /// What came while there was nobody to receive it; `nil` while there is somebody.
    private let early = Mutex<[Arrival]?>([])

    /// To be made by the main thread before there are others: those begin with what is blocked here.
    public init() {
        var set = SignalRelay.set
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, &set, &mask)
        self.mask = mask
    }

    /// From now on `receiver` is called, by the main thread, for each signal; also for those that came before anybody
    /// received.
    public func receive(_ receiver: @escaping Receiver) {
        self.receiver.withLock { $0 = receiver }
        let missed = early.withLock { early in
            defer { early = nil }
            return early ?? []
        }
        missed.forEach(receiver)
    }

    /// From now on signals are kept, for the next one who receives, or `takeKept`.
    public func keep() { early.withLock { $0 = $0 ?? [] } }

    /// What came while nobody received.
    func takeKept() -> [Arrival] {
        early.withLock { early in
            defer { if early != nil { early = [] } }
            return early ?? []
        }
    }

    /// Ends this process by a signal, so that whoever waits for it sees what its command died of. Returns where the
    /// signal does not end it.
    public static func die(by number: Int32) {
        // The command has written its own core, if it was to write one.
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        signal(number, SIG_DFL)
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        kill(getpid(), number)
        // The main thread may be the one that it is delivered to.
        sleep(1)
    }

    private static var set: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        return set
    }

    /// Hears signals until the end of the process. To be called by the main thread.
    public func listen() -> Never {
        var set = SignalRelay.set
        while true {
            var info = siginfo_t()
            let number = sigwaitinfo(&set, &info)
            guard number > 0 else { continue }
            let arrival = Arrival(number: number, isFromTerminal: info.si_code == SignalRelay.byKernel)
            let isEarly = early.withLock { early in
                early?.append(arrival)
                return early != nil
            }
            if !isEarly { receiver.withLock(\.self)(arrival) }
        }
    }
}
