import TestSupport
import Testing

@testable import StokerCore

/// Several who have a say in the same containers.
@Suite struct ReapRuleTests {
    private typealias Fixture = ReapFixture
    private static let app = try! ContainerPattern(parsing: "app-*-{hex:8}")

    private func code(_ facts: ContainerFacts, _ rules: ReapRule..., exempt: Set<String> = []) -> String {
        ReapPolicy(rules: rules, exempt: exempt).decision(for: facts, now: Fixture.now).code
    }

    private func rule(
        _ patterns: [ContainerPattern] = [.standard], hours: Int64, runningHours: Int64 = 24,
        exempt: Set<String> = [], project: String = "/a"
    ) -> ReapRule {
        ReapRule(
            patterns: patterns,
            limits: ReapLimits(
                olderThan: .seconds(hours * Fixture.hour),
                runningOlderThan: .seconds(runningHours * Fixture.hour)),
            exempt: exempt, project: project)
    }

    @Test func `a container goes when all that claim it let it go`() {
        let (short, long) = (rule(hours: 0), rule(hours: 4, project: "/b"))
        #expect(code(Fixture.exited(), short) == "exited-past-age")
        #expect(code(Fixture.exited(), short, long) == "too-young")
        #expect(code(Fixture.exited(), long, short) == "too-young")
        #expect(code(Fixture.exited("clud-a-deadbeef", 5 * Fixture.hour), short, long) == "exited-past-age")
        // The longest of each state, whosever it is.
        let running = rule(hours: 0, runningHours: 30, project: "/b")
        #expect(code(Fixture.running(), short) == "running-past-age")
        #expect(code(Fixture.running(), short, running) == "too-young")
    }

    @Test func `nobody has a say in what they do not claim`() {
        let other = rule([Self.app], hours: 1000, exempt: ["clud-a-deadbeef"], project: "/b")
        #expect(code(Fixture.exited(), rule(hours: 1), other) == "exited-past-age")
        #expect(code(Fixture.exited("app-a-deadbeef"), rule(hours: 1), other) == "too-young")
        #expect(code(Fixture.exited("app-a-deadbeef"), rule(hours: 1)) == "no-match")
    }

    @Test func `an exemption counts for what its rule claims, and the person's for everything`() {
        let name = "clud-a-deadbeef"
        #expect(
            code(Fixture.exited(), rule(hours: 1), rule(hours: 1, exempt: [name], project: "/b")) == "exempt")
        #expect(code(Fixture.exited(), rule(hours: 1), exempt: [name]) == "exempt")
    }

    @Test func `while it is not known what a project says all stays that may be its own`() {
        let unreadable = ReapRule(patterns: [.standard], project: "/b", isReadable: false)
        let policy = ReapPolicy(rules: [rule([.standard, Self.app], hours: 1), unreadable])
        let decision = policy.decision(for: Fixture.exited(), now: Fixture.now)
        #expect(decision == .keep(.unreadableRule("/b")))
        #expect(decision.words == "it may be of /b, whose configuration cannot be read")
        #expect(policy.decision(for: Fixture.exited("app-a-deadbeef"), now: Fixture.now).isRemoval)
    }

    // MARK: Leases

    private func leased(_ name: String, project: String) -> ContainerFacts {
        Fixture.exited(name).with {
            let labels = LeaseLabels(
                id: LeaseFixture.id(1), host: "build-3", project: project, user: 1000,
                owner: LeaseFixture.process(4711), command: LeaseFixture.process(4712), created: nil)
            $0.labels.merge(labels.labels) { _, new in new }
        }
    }

    @Test func `of what a dead run has left only its own project exempts something`() {
        let rules = [rule(hours: 1, exempt: ["db", "clud-a-deadbeef"])]
        func code(_ name: String, of project: String) -> String {
            ReapPolicy(rules: rules).decision(
                for: leased(name, project: project), now: .init(engine: Fixture.now)
            ) { _ in .dead("it has ended") }.code
        }
        #expect(code("db", of: "/a") == "exempt")
        #expect(code("db", of: "/b") == "dead-lease")
        #expect(code("clud-a-deadbeef", of: "/b") == "dead-lease")
    }

    @Test func `a label of a lease keeps a container and removes none`() {
        let facts = leased("clud-a-deadbeef", project: "/b")
        let (own, longer) = (rule(hours: 1), rule([Self.app], hours: 5, project: "/b"))
        #expect(code(facts, own) == "exited-past-age")
        #expect(code(facts, own, longer) == "too-young")
        #expect(code(facts, longer) == "no-match")
    }

    // MARK: At random

    /// Some rules that claim some of the names, and containers of any age.
    @Test func `together they remove nothing that one of them alone would keep`() {
        var generator = SeededGenerator(seed: 16)
        let patterns = [ContainerPattern.standard, Self.app, try! ContainerPattern(parsing: "app-a-{hex:8}")]
        let names = ["clud-a-deadbeef", "app-a-deadbeef", "app-b-deadbeef", "other"]
        var (removed, kept) = (0, 0)
        for _ in 0..<3000 {
            let rules = (0..<Int.random(in: 1...4, using: &generator)).map { number in
                rule(
                    patterns.filter { _ in Bool.random(using: &generator) },
                    hours: .random(in: 0...6, using: &generator),
                    runningHours: .random(in: 0...40, using: &generator),
                    exempt: Set(names.filter { _ in Int.random(in: 0..<8, using: &generator) == 0 }),
                    project: "/\(number)")
            }
            // There are some.
            let name = names.randomElement(using: &generator)!
            let age = Int64.random(in: 1...40, using: &generator) * Fixture.hour
            let facts =
                Bool.random(using: &generator)
                ? Fixture.exited(name, age) : Fixture.running(.running, age).with { $0.names = ["/" + name] }
            let goes = ReapPolicy(rules: rules).decision(for: facts, now: Fixture.now).isRemoval
            let alone = rules.filter { $0.claims(facts) }.map {
                ReapPolicy(rules: [$0]).decision(for: facts, now: Fixture.now).isRemoval
            }
            #expect(goes == (!alone.isEmpty && alone.allSatisfy { $0 }), "\(rules) \(facts)")
            if goes { removed += 1 } else if alone.contains(true) { kept += 1 }
        }
        #expect(min(removed, kept) > 100)
    }

    @Test func `what is told of a container is due when the last of its rules lets it go`() {
        let policy = ReapPolicy(rules: [
            rule(hours: 1), rule(hours: 3, runningHours: 2, project: "/b"), rule([Self.app], hours: 0),
        ])
        #expect(policy.shortestLimit(ofName: "clud-a-deadbeef") == .seconds(3 * Fixture.hour))
        #expect(policy.shortestLimit(ofName: "app-a-deadbeef") == .zero)
        #expect(policy.shortestLimit(ofName: "other") == nil)
    }

    // MARK: Patterns

    @Test(arguments: [
        ("app-*-{hex:8}", "app-*-{hex:8}", true), ("app-*-{hex:8}", "app-test-*-{hex:8}", true),
        ("app-*-{hex:8}", "app-db-{hex:8}", true), ("app-*-{hex:8}", "app-*-x-*-{hex:8}", true),
        ("app-*-{hex:8}", "app-*_{hex:8}", false), ("app-*-{hex:8}", "app-*-{hex:6}", false),
        ("app-*-{hex:8}", "app-{hex:8}", false), ("app-*-{hex:8}", "ap-*-{hex:8}", false),
        ("app-*-{hex:8}", "apps-*-{hex:8}", false), ("app-a-{hex:8}", "app-*-{hex:8}", false),
        ("app-*-x-*-{hex:8}", "app-*-{hex:8}", false), ("app-*-x-*-{hex:8}", "app-1-x-2-x-*-{hex:8}", true),
    ])
    func `a pattern covers another that is narrower`(wide: String, narrow: String, covers: Bool) throws {
        let (wide, narrow) = (try ContainerPattern(parsing: wide), try ContainerPattern(parsing: narrow))
        #expect(wide.covers(narrow) == covers)
    }

    @Test func `a pattern that covers another matches all that the other matches`() throws {
        var generator = SeededGenerator(seed: 17)
        func text(_ pieces: [String], _ count: ClosedRange<Int>) -> String {
            // There are some pieces.
            (0..<Int.random(in: count, using: &generator)).map { _ in pieces.randomElement(using: &generator)!
            }
            .joined()
        }
        func pattern() -> ContainerPattern? {
            try? ContainerPattern(parsing: "aab" + text(["a", "b", "-", "*"], 0...5) + "-{hex:8}")
        }
        var covered = 0
        for _ in 0..<4000 {
            guard let wide = pattern(), let narrow = pattern(), wide.covers(narrow) else { continue }
            covered += 1
            for _ in 0..<5 {
                let name = narrow.text.replacing("{hex:8}", with: "deadbeef").map { character in
                    character == "*" ? text(["a", "b", "-"], 1...3) : String(character)
                }.joined()
                #expect(narrow.matches(name) && wide.matches(name), "\(wide.text) \(narrow.text) \(name)")
            }
        }
        #expect(covered > 100)
    }
}
