import Glibc

/// What is written on everything that a leased command creates at the engine, so that anybody who finds it can tell
/// whose it is, and prove that its owner has died.
///
/// A hint only, since labels are copied: see `LeaseEvidence`.
public struct LeaseLabels: Sendable, Equatable {
    /// The label that makes something leased; its value is the lease's ID.
    public static let leaseLabel = "dev.stoker.lease"

    /// How long something has been there as far as the machine was awake: a closed lid is not age.
    public struct Awake: Sendable, Equatable {
        /// As `BootID.current`. In another boot the number means nothing.
        public var boot: String
        /// CLOCK_MONOTONIC, which stands still while the machine sleeps, in nanoseconds.
        public var nanoseconds: UInt64

        public init(boot: String, nanoseconds: UInt64) {
            self.boot = boot
            self.nanoseconds = nanoseconds
        }

        /// At this moment.
        public static var now: Awake {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let nanoseconds = UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(max(time.tv_nsec, 0))
            return Awake(boot: BootID.current, nanoseconds: nanoseconds)
        }

        /// `nil` when the two are not of one boot, or `earlier` is not the earlier one.
        public func since(_ earlier: Awake) -> Duration? {
            guard boot == earlier.boot, nanoseconds >= earlier.nanoseconds,
                let count = Int64(exactly: nanoseconds - earlier.nanoseconds)
            else { return nil }
            return .nanoseconds(count)
        }
    }

    public var id: LeaseID
    /// The name of its machine, for people.
    public var host: String
    /// The project's folder, for people.
    public var project: String
    /// Who started the command, by number, on its machine; `nil` when the labels do not tell.
    public var user: UInt32?
    /// The `stoker run` that owns it; `nil` where a process cannot be told for certain.
    public var owner: ProcessIdentity?
    /// The command that runs for it.
    public var command: ProcessIdentity?
    /// When it was created; `nil` when the labels do not tell.
    public var created: Awake?
    /// By which creation; `nil` when the labels do not tell.
    public var creation: CreationMark?

    public init(
        id: LeaseID, host: String, project: String, user: UInt32?, owner: ProcessIdentity?,
        command: ProcessIdentity?, created: Awake?, creation: CreationMark? = nil
    ) {
        self.id = id
        self.host = host
        self.project = project
        self.user = user
        self.owner = owner
        self.command = command
        self.created = created
        self.creation = creation
    }
}

// MARK: Labels

extension LeaseLabels {
    private enum Name {
        static let host = "dev.stoker.host"
        static let project = "dev.stoker.project"
        static let user = "dev.stoker.user"
        static let machine = "dev.stoker.machine"
        static let boot = "dev.stoker.boot"
        static let pidNamespace = "dev.stoker.pid-namespace"
        static let timeNamespace = "dev.stoker.time-namespace"
        static let pid = "dev.stoker.pid"
        static let started = "dev.stoker.started"
        static let commandPid = "dev.stoker.command-pid"
        static let commandStarted = "dev.stoker.command-started"
        static let awake = "dev.stoker.awake"
        static let creation = "dev.stoker.creation"
    }

    /// The label of a creation.
    public static func labels(of mark: CreationMark) -> [String: String] { [Name.creation: mark.text] }

    /// As labels; numbers in decimal digits.
    public var labels: [String: String] {
        var labels = [
            LeaseLabels.leaseLabel: id.text, Name.host: host, Name.project: project,
        ]
        labels[Name.user] = user.map { "\($0)" }
        labels[Name.creation] = creation?.text
        labels[Name.boot] = owner?.boot ?? created?.boot
        if let owner {
            labels[Name.machine] = owner.machine
            labels[Name.pidNamespace] = "\(owner.pidNamespace)"
            labels[Name.timeNamespace] = "\(owner.timeNamespace)"
            labels[Name.pid] = "\(owner.pid)"
            labels[Name.started] = "\(owner.started)"
            if let command {
                labels[Name.commandPid] = "\(command.pid)"
                labels[Name.commandStarted] = "\(command.started)"
            }
        }
        if let created, created.boot == labels[Name.boot] { labels[Name.awake] = "\(created.nanoseconds)" }
        return labels
    }

    /// Of something at the engine; `nil` when it is not leased. What of it cannot be read proves nothing.
    public init?(labels: [String: String]) {
        guard let id = labels[LeaseLabels.leaseLabel].flatMap(LeaseID.init(text:)) else { return nil }
        func number<Number: FixedWidthInteger>(_ name: String) -> Number? {
            labels[name].flatMap { Number($0) }
        }
        let boot = labels[Name.boot]
        var owner: ProcessIdentity?
        if let boot, let machine = labels[Name.machine], let pid: Int32 = number(Name.pid),
            let started: UInt64 = number(Name.started),
            let pidNamespace: UInt64 = number(Name.pidNamespace),
            let timeNamespace: UInt64 = number(Name.timeNamespace)
        {
            owner = ProcessIdentity(
                machine: machine, boot: boot, pidNamespace: pidNamespace, timeNamespace: timeNamespace,
                pid: pid, started: started)
        }
        var command = owner
        if let pid: Int32 = number(Name.commandPid), let started: UInt64 = number(Name.commandStarted) {
            command?.pid = pid
            command?.started = started
        } else {
            command = nil
        }
        var created: Awake?
        if let boot, let nanoseconds: UInt64 = number(Name.awake) {
            created = Awake(boot: boot, nanoseconds: nanoseconds)
        }
        self.init(
            id: id, host: labels[Name.host] ?? "", project: labels[Name.project] ?? "",
            user: number(Name.user), owner: owner, command: command, created: created,
            creation: labels[Name.creation].flatMap(CreationMark.init(text:)))
    }
}
