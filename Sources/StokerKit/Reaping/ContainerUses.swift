import StokerCore

/// Which containers there are at this moment, and what of others each of them uses. What a container was created with
/// stays the same, so each is asked once.
actor ContainerUses {
    private let engine: any EngineRequests
    private let clock: BootClock
    private var known: [String: ContainerReferences]
    private var there: [ContainerFacts] = []
    private var listedAt: Duration?
    private var reading: Task<Void, any Error>?

    /// A list is believed for so long: removing hundreds of containers must not mean hundreds of lists.
    private static let validity = Duration.seconds(1)

    /// - Parameter known: what inspecting has told before, by ID.
    init(_ engine: any EngineRequests, clock: BootClock, known: [String: ContainerReferences] = [:]) {
        self.engine = engine
        self.clock = clock
        self.known = known
    }

    /// The name of one that is there and uses this one; `nil` when none does.
    ///
    /// - Parameter going: those that are being removed at the same time.
    func user(ofContainer id: String, _ name: String?, going: Set<String>) async throws -> String? {
        try await refresh()
        return there.first { facts in
            facts.id != id && !going.contains(facts.id) && facts.references.names(container: id, name)
        }?.title
    }

    /// All that are there right now, with the networks and volumes that they use, which the list tells.
    func all() async throws -> [(name: String, uses: ContainerReferences)] {
        try await engine.containers().map { ContainerFacts($0) }.map { (name: $0.title, uses: $0.references) }
    }

    /// Those who ask at the same time share one list.
    private func refresh() async throws {
        if let listedAt, clock.now() - listedAt < ContainerUses.validity { return }
        if let reading { return try await reading.value }
        let task = Task { try await read() }
        reading = task
        defer { reading = nil }
        try await task.value
    }

    private func read() async throws {
        let moment = clock.now()
        var listed = try await engine.containers().map { ContainerFacts($0) }
        let unknown = listed.map(\.id).filter { known[$0] == nil }
        let found = await unknown.inParallel(width: Reaper.width) { [engine] id in
            // Of one that cannot be shown the list has told what it knows.
            (id, try? await engine.container(id)?.references)
        }
        for (id, references) in found { if let references { known[id] = references } }
        for index in listed.indices {
            if let more = known[listed[index].id] {
                listed[index].references = listed[index].references.union(more)
            }
        }
        there = listed
        listedAt = moment
    }
}
