/// What the reap policy needs to know of one container, as the engine told it.
///
/// The list of containers gives all but `details`, and its `created` only in whole seconds, rounded down.
/// Inspecting one gives everything. A value is always one answer of the engine as a whole: facts from an
/// older list mixed with newer details could describe a container that never was.
public struct ContainerFacts: Sendable, Equatable {
    /// What only inspecting tells.
    public struct Details: Sendable, Equatable {
        /// The start of its last run; `nil` when it was never started.
        public var startedAt: EngineTime?
        /// The end of its last run; `nil` when no run has ended.
        public var finishedAt: EngineTime?
        /// `nil` when the engine did not say.
        public var restartPolicy: RestartPolicy?
        /// Whether a `docker exec` runs in it: someone looks inside. `nil` when that could not be found
        /// out; inspect lists the IDs of its execs, and no IDs means `false`.
        public var hasLiveExec: Bool?
        /// Whether one of those has a terminal, as a person's shell has and a test's command has not. `nil` when that
        /// could not be found out.
        public var hasLiveTerminal: Bool?

        public init(
            startedAt: EngineTime?, finishedAt: EngineTime?, restartPolicy: RestartPolicy?,
            hasLiveExec: Bool?, hasLiveTerminal: Bool? = nil
        ) {
            self.startedAt = startedAt
            self.finishedAt = finishedAt
            self.restartPolicy = restartPolicy
            self.hasLiveExec = hasLiveExec
            self.hasLiveTerminal = hasLiveTerminal
        }
    }

    /// 64 lower-case hexadecimal digits.
    public var id: String
    /// With their slashes: `/clud-sync-3f9a01bc`, and `/other/alias` for a legacy link of `other` to it.
    public var names: [String]
    public var state: ContainerState
    /// `nil` when the engine did not say.
    public var created: EngineTime?
    public var labels: [String: String]
    /// The image's reference as the container was created with, or its ID.
    public var image: String
    /// What of others it uses. The list tells of networks and volumes; inspecting tells of all.
    public var references: ContainerReferences
    /// Whether there is no more to know of them, although the rest is of the list.
    public var hasAllReferences = false
    /// `nil` as long as it is only listed.
    public var details: Details?

    public init(
        id: String, names: [String], state: ContainerState, created: EngineTime?,
        labels: [String: String] = [:], image: String = "", references: ContainerReferences = .init(),
        details: Details? = nil
    ) {
        self.id = id
        self.names = names
        self.state = state
        self.created = created
        self.labels = labels
        self.image = image
        self.references = references
        self.details = details
    }

    /// The container's own name without its slash: the one name that has exactly one slash, in front.
    ///
    /// `nil` when there is no such name or more than one, since then nothing tells which one is its own.
    public var name: String? {
        let own = names.filter { name in
            name.utf8.first == BytePath.slash && name.utf8.count { $0 == BytePath.slash } == 1
        }
        guard let name = own.first, own.count == 1, name.utf8.count > 1 else { return nil }
        return String(name.dropFirst())
    }

    /// What its labels say of its owner; `nil` when it is not leased.
    public var lease: LeaseLabels? { LeaseLabels(labels: labels) }

    /// With its labels, for who can prove whose it is; `nil` when it carries none of a lease.
    public var labelled: LabelledObject? {
        lease.map { LabelledObject(kind: .container, id: id, created: created, labels: $0) }
    }

    /// Whether `id` is a full ID. The engine resolves anything else as a name or as the beginning of an ID
    /// too, and might then remove another container.
    var hasFullID: Bool { id.utf8.count == 64 && id.utf8.allSatisfy(ContainerPattern.isLowerHexDigit) }
}
