import Testing

@testable import StokerCore

/// What a container that stays uses stays as well.
@Suite struct ReferenceTests {
    private typealias Fixture = ReapFixture

    /// Old enough to go, unless it has the label that keeps it.
    private static func container(
        _ number: Int, _ name: String, uses: Set<String> = [], isKept: Bool = false
    ) -> ContainerFacts {
        Fixture.exited(name).with {
            $0.id = Fixture.id(number)
            $0.references.containers = uses
            if isKept { $0.labels["dev.stoker.keep"] = "true" }
        }
    }

    private static let first = "clud-a-deadbeef"
    private static let second = "clud-b-deadbeef"
    private static let third = "clud-c-deadbeef"

    private static let rows: [(String, [ContainerFacts], [String])] = [
        ("nobody uses it", [container(1, first), container(2, "other")], []),
        ("by name", [container(1, first), container(2, "other", uses: [first])], [first]),
        ("by ID", [container(1, first), container(2, "other", uses: [Fixture.id(1)])], [first]),
        (
            "by the beginning of an ID",
            [
                container(1, first).with { $0.id = "abcdef" + $0.id.dropFirst(6) },
                container(2, "other", uses: ["abcdef0"]),
            ], [first]
        ),
        ("by nothing", [container(1, first), container(2, "other", uses: [""])], []),
        ("by another name", [container(1, first), container(2, "other", uses: ["clud-a"])], []),
        ("by one that goes as well", [container(1, first), container(2, second, uses: [first])], []),
        (
            "by one that is kept",
            [container(1, first), container(2, second, uses: [first], isKept: true)], [first]
        ),
        (
            "by one that is used",
            [
                container(1, first), container(2, second, uses: [first]),
                container(3, third, uses: [second]), container(4, "other", uses: [Fixture.id(3)]),
            ], [first, second, third]
        ),
        (
            "in a circle that goes",
            [container(1, first, uses: [second]), container(2, second, uses: [first])], []
        ),
        (
            "in a circle of which one is used",
            [
                container(1, first, uses: [second]), container(2, second, uses: [first]),
                container(3, "other", uses: [first]),
            ], [first, second]
        ),
    ]

    @Test(arguments: rows.indices)
    func `what is used is kept, and nothing else`(row: Int) {
        let (what, containers, kept) = Self.rows[row]
        for order in [containers, containers.reversed()] {
            let plan = ReapPolicy().plan(containers: order, now: Fixture.now)
            let used = plan.entries.filter { $0.decision.code == "in-use" }.compactMap(\.name)
            #expect(used == kept, "\(what)")
            let others = containers.compactMap(\.name).filter { $0.hasPrefix("clud") && !kept.contains($0) }
            let removed = plan.removals.compactMap(\.name)
            #expect(
                removed
                    == others.filter { name in
                        containers.first { $0.name == name }?.labels["dev.stoker.keep"] == nil
                    }, "\(what)")
        }
    }

    @Test func `none goes before those that use it`() {
        let containers = [
            Self.container(1, Self.first), Self.container(2, Self.second, uses: [Self.first]),
            Self.container(3, Self.third, uses: [Fixture.id(2)]), Self.container(4, "clud-d-deadbeef"),
        ]
        let plan = ReapPolicy().plan(containers: containers, now: Fixture.now)
        let rounds = RemovalRounds.rounds(plan.removals).map { $0.compactMap(\.name) }
        #expect(rounds == [[Self.third, "clud-d-deadbeef"], [Self.second], [Self.first]])
        #expect(RemovalRounds.rounds([]).isEmpty)
        let circle = [
            Self.container(1, Self.first, uses: [Self.second]),
            Self.container(2, Self.second, uses: [Self.first]),
        ]
        let together = RemovalRounds.rounds(ReapPolicy().plan(containers: circle, now: Fixture.now).removals)
        #expect(together.map(\.count) == [2])
    }

    private static let network = LeftoverFacts(
        kind: .network, id: Fixture.id(7), name: "net-1",
        labels: LeaseLabels(
            id: LeaseFixture.id(1), host: "h", project: "/p", user: 0, owner: nil, command: nil, created: nil
        ).labels, isLocal: true)
    private static var volume: LeftoverFacts {
        var facts = network
        (facts.kind, facts.id, facts.name) = (.volume, Fixture.id(8), Fixture.id(8))
        return facts
    }

    private static let uses: [(LeftoverFacts, ContainerReferences, Bool)] = [
        (network, .init(networks: ["net-1"]), true),
        (network, .init(networks: [Fixture.id(7)]), true),
        (network, .init(networks: ["0000000000"]), true),
        (network, .init(networks: ["net", "", "bridge", "default"]), false),
        (network, .init(volumes: ["net-1"], containers: ["net-1"]), false),
        (volume, .init(volumes: [Fixture.id(8)]), true),
        (volume, .init(volumes: ["/var/lib/docker/volumes/\(Fixture.id(8))/_data"]), true),
        (volume, .init(volumes: ["/srv", ""]), false),
        (volume, .init(networks: [Fixture.id(8)]), false),
        (volume, .init(), false),
    ]

    @Test(arguments: uses.indices)
    func `a network or volume that a container names stays`(row: Int) {
        let (facts, references, isUsed) = Self.uses[row]
        let decision = LeftoverPolicy.decision(
            for: facts, fates: { _ in .dead("it has ended") }, users: [("web", references)])
        #expect(
            decision
                == (isUsed
                    ? .keep("the container web, which stays, uses it")
                    : .remove("its owner is dead: it has ended")))
        let copied = LeftoverPolicy.decision(for: facts, fates: { _ in .notOwned("copied") }, users: [])
        #expect(copied == .keep("copied"))
    }
}
