import Glibc

/// What can be proved of a process by what it has left of itself.
public enum ProcessFate: Sendable, Equatable {
    case alive
    /// Proved; how, in words: `its process has ended`.
    case dead(String)
    /// Nothing is proved; why not, in words.
    case unknown(String)
}

extension ProcessIdentity {
    /// What is seen of a process number here and now.
    enum Sight: Equatable {
        /// The kernel knows no such process in our namespace.
        case none
        case process(ProcessStatus)
        /// There is one, and nothing more can be told of it.
        case hidden
    }

    /// - Parameter isOnLocalDisk: whether what it left lies on a file system that only this machine writes.
    public func fate(isOnLocalDisk: @autoclosure () -> Bool) -> ProcessFate {
        fate(from: .current, isOnLocalDisk: isOnLocalDisk(), sight: ProcessIdentity.look)
    }

    /// The decision alone. A number that is merely invisible proves nothing: containers and the distributions of one
    /// WSL share a boot and have each their own numbers.
    ///
    /// - Parameters:
    ///   - here: the process that judges.
    ///   - sight: what there is of a number, in the namespace of the process that judges.
    func fate(
        from here: ProcessIdentity?, isOnLocalDisk: @autoclosure () -> Bool, sight: (Int32) -> Sight
    ) -> ProcessFate {
        guard let here else { return .unknown("this system does not tell enough of its processes") }
        guard machine == here.machine else { return .unknown("its process was on another machine") }
        guard boot == here.boot else {
            // Several machines can be copies of one with its ID, and write the same share.
            return isOnLocalDisk()
                ? .dead("the machine has been started anew since")
                : .unknown("its process was in another boot, or on a copy of this machine")
        }
        guard pidNamespace == here.pidNamespace, timeNamespace == here.timeNamespace else {
            return .unknown("its process was in another container")
        }
        // Numbers below would mean groups of processes.
        guard pid > 0 else { return .unknown("it names no process") }
        switch sight(pid) {
        case .none: return .dead("its process has ended")
        case .hidden: return .unknown("its process number is in use, by whom cannot be seen")
        case .process(let status):
            if status.started != started {
                return .dead("its process has ended; the number is another's now")
            }
            return status.hasEnded ? .dead("its process has ended") : .alive
        }
    }

    private static func look(_ pid: Int32) -> Sight {
        // The kernel is asked, and not /proc, which may hide other users' processes.
        if kill(pid, 0) != 0 && errno == ESRCH { return .none }
        return ProcessStatus(ofProcess: pid).map(Sight.process) ?? .hidden
    }
}
