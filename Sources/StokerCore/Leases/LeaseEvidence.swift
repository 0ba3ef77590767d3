/// What one look at an engine can prove of the owners of what it found there.
///
/// Labels alone prove nothing: tools that duplicate a container copy its labels. What the engine has answered to a
/// creation of the lease does. Where a crash came between the engine and that answer, the creation that was written
/// down before it is evidence, if engine and time agree and nothing else was created under it then.
public struct LeaseEvidence: Sendable {
    /// What is known of the engine that was looked at.
    public struct Engine: Sendable, Equatable {
        /// By which it calls itself; `nil` when it does not, or calls itself differently each time, as podman does.
        public var id: String?
        /// `unix:///run/docker.sock`.
        public var address: String

        public init(id: String?, address: String) {
            self.id = id
            self.address = address
        }
    }

    private let book: LeaseBook
    private let engine: Engine
    /// When everything was created that carries the mark of a creation; `nil` when that was judged before.
    private let holders: [CreationMark: [EngineTime?]]?

    /// - Parameter all: everything of one kind that the engine has and that carries labels of a lease; `nil` for a second
    ///   look at something of which the first one has seen that nothing else has its mark.
    public init(book: LeaseBook, engine: Engine, all: [LabelledObject]?) {
        self.book = book
        self.engine = engine
        holders = all.map { all in
            var holders: [CreationMark: [EngineTime?]] = [:]
            for object in all {
                if let mark = object.labels.creation { holders[mark, default: []].append(object.created) }
            }
            return holders
        }
    }

    /// What is proved of the owner of something.
    public func fate(of object: LabelledObject) -> LeaseFate {
        let labels = object.labels
        let fate = book.fate(of: labels)
        // Where the owner lives, or nobody knows, labels are enough to leave something alone.
        guard fate.isDead else { return fate }
        guard let mark = labels.creation else {
            return .unknown("its labels do not say by which creation it was made")
        }
        guard let record = book.creation(mark, of: labels.id), record.kind == object.kind else {
            return .unknown("no journal of a lease knows of its creation")
        }
        switch record.id {
        case object.id?:
            // IDs are never given twice, but a volume's name may be.
            guard object.kind == .volume else { return fate }
            return isFrom(labels.id) && object.created.flatMap(record.fits) == true
                ? fate : .notOwned("it is another volume than the run made under this name")
        case _?: return .notOwned("its labels were copied: the run made another \(object.kind.rawValue)")
        case nil: return unanswered(object, record, mark, fate)
        }
    }

    /// Of something whose creation a crash kept from being written down.
    private func unanswered(
        _ object: LabelledObject, _ record: CreationRecord, _ mark: CreationMark, _ fate: LeaseFate
    ) -> LeaseFate {
        guard isFrom(object.labels.id) else { return .notOwned("the run used another engine") }
        guard let created = object.created, record.fits(created) == true else {
            return .notOwned("it was not created when its labels say")
        }
        if let times = holders?[mark] {
            let fits = times.map { $0.flatMap(record.fits) }
            // A later one is a copy; two at the same time tell nothing.
            guard !fits.contains(nil), fits.count(where: { $0 == true }) == 1 else {
                return .unknown("another \(object.kind.rawValue) carries the same labels")
            }
        }
        return fate
    }

    /// Whether the lease's engine is the one that was looked at.
    private func isFrom(_ id: LeaseID) -> Bool {
        guard let lease = book.lease(id) else { return false }
        if let known = lease.engineID, let id = engine.id { return known == id }
        return lease.engine == engine.address
    }
}
