/// What became of every container, for `--format json` and the control API.
public struct ReapReport: Codable, Sendable, Equatable {
    /// What was decided for a container, or done with it.
    public enum Decision: String, Codable, Sendable {
        /// It is to go; nothing has been done yet.
        case remove
        /// It stays.
        case keep
        /// It went.
        case removed
        /// Someone else had removed it.
        case gone
        /// It should have gone and did not; `reason` has the engine's words.
        case failed

        /// Whether it is still there, as far as is known.
        public var isLeft: Bool {
            switch self {
            case .remove, .keep, .failed: true
            case .removed, .gone: false
            }
        }
    }

    public struct Container: Codable, Sendable, Equatable {
        /// All 64 digits.
        public var id: String
        /// Without slash; absent when it has no name of its own.
        public var name: String?
        public var decision: Decision
        /// Why, for programs: `exited-past-age`.
        public var code: String
        /// Why, for people: `exited 3 h ago, limit 2 h`.
        public var reason: String
        /// Whole seconds, by the rule that decided, else since its creation; absent when not known.
        public var ageSeconds: Int64?
        /// Whose it is; absent when it is not leased.
        public var lease: LeaseID?

        public init(
            id: String, name: String?, decision: Decision, code: String, reason: String, ageSeconds: Int64?,
            lease: LeaseID? = nil
        ) {
            self.id = id
            self.name = name
            self.decision = decision
            self.code = code
            self.reason = reason
            self.ageSeconds = ageSeconds
            self.lease = lease
        }
    }

    /// A network or volume that carries a lease.
    public struct Leftover: Codable, Sendable, Equatable {
        public var kind: LeftoverFacts.Kind
        /// A network's ID, a volume's name.
        public var id: String
        public var name: String
        public var decision: Decision
        /// Why, for people.
        public var reason: String
        public var lease: LeaseID?

        /// - Parameter lease: whose it is, as far as is known.
        public init(_ facts: LeftoverFacts, _ decision: Decision, _ reason: String, lease: LeaseID?) {
            kind = facts.kind
            id = facts.id
            name = facts.name
            self.decision = decision
            self.reason = reason
            self.lease = lease
        }
    }

    /// A tag of Stoker's own, or a dead build's image without one.
    public struct Image: Codable, Sendable, Equatable {
        /// `stoker-kept:…` or `stoker-build:…`; of an image without names, as `imageID`.
        public var reference: String
        /// `sha256:…`.
        public var imageID: String
        public var decision: Decision
        /// Why, for programs: `superseded`.
        public var code: String
        /// Why, for people.
        public var reason: String
        /// What the image frees when it goes in its turn; absent when that was not asked, since it goes anyhow.
        public var bytes: Int64?

        public init(reference: String, imageID: String, removal: ImageRemoval, bytes: Int64? = nil) {
            self.reference = reference
            self.imageID = imageID
            decision = .remove
            code = removal.code
            reason = removal.words
            self.bytes = bytes
        }
    }

    /// By name.
    public var containers: [Container]
    /// Networks and volumes that carry a lease, in the order in which they go.
    public var leftovers: [Leftover]
    /// The tags of Stoker's own, and images of dead builds, that are to go or went, in that order. Those that stay are
    /// not told.
    public var images: [Image]
    /// Why not everything was removed without a person's word, and how to give it; absent when none was needed.
    public var confirmation: String?

    /// When, from the look on, the next container goes that only its age keeps; `nil` when there is none. Of a look, and
    /// not written out.
    public var nextDue: Duration?

    /// The leases of which something is still there.
    public var leases: Set<LeaseID> {
        Set(
            containers.filter(\.decision.isLeft).compactMap(\.lease)
                + leftovers.filter(\.decision.isLeft).compactMap(\.lease))
    }

    private enum CodingKeys: String, CodingKey { case containers, leftovers, images, confirmation }

    public init(
        containers: [Container], leftovers: [Leftover] = [], images: [Image] = [], confirmation: String? = nil
    ) {
        self.containers = containers
        self.leftovers = leftovers
        self.images = images
        self.confirmation = confirmation
    }

    /// A plan of which nothing has been carried out.
    public init(_ plan: ReapPlan) {
        self.init(containers: plan.entries.map(Container.init), confirmation: plan.confirmation)
        nextDue = plan.nextDue
    }
}

extension ReapReport {
    /// Takes over what was decided, or done, beside the plan.
    public mutating func note(_ others: [Container]) {
        for container in others {
            if let index = containers.firstIndex(where: { $0.id == container.id }) {
                containers[index] = container
            } else {
                containers.append(container)
            }
        }
    }
}

extension ReapReport.Container {
    /// One that a dead build has left, of which nothing has been done.
    public init(id: String, name: String?, of build: DeadBuild) {
        let removal = ImageRemoval.buildIsDead(build.how)
        self.init(
            id: id, name: name, decision: .remove, code: removal.code, reason: removal.words, ageSeconds: nil)
    }

    /// An entry of which nothing has been carried out.
    public init(_ entry: ReapPlan.Entry) {
        self.init(
            id: entry.id, name: entry.name, decision: entry.decision.isRemoval ? .remove : .keep,
            code: entry.decision.code, reason: entry.decision.words,
            ageSeconds: entry.age?.components.seconds, lease: entry.lease)
    }

    /// Takes over a later decision, such as that of the second look.
    public mutating func note(_ decision: ReapDecision) {
        self.decision = decision.isRemoval ? .remove : .keep
        code = decision.code
        reason = decision.words
    }
}
