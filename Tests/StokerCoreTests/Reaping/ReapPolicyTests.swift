import Testing

@testable import StokerCore

/// One row of the policy's table.
struct ReapRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let facts: ContainerFacts
    let code: String

    init(_ what: String, _ facts: ContainerFacts, _ code: String) {
        testDescription = what
        self.facts = facts
        self.code = code
    }
}

@Suite struct ReapPolicyTests {
    private typealias Fixture = ReapFixture
    private static let hour = ReapFixture.hour

    static let mustGo: [ReapRow] = [
        ReapRow("exited 3 h ago", Fixture.exited(), "exited-past-age"),
        ReapRow("exited 2 h and 1 s ago", Fixture.exited("clud-a-deadbeef", 2 * hour + 1), "exited-past-age"),
        ReapRow(
            "exited 2 h and 1 ns ago",
            Fixture.exited().with {
                $0.details?.finishedAt = Fixture.ago(2 * hour + 1, nanoseconds: 999_999_999)
            },
            "exited-past-age"),
        ReapRow("dead", Fixture.exited().with { $0.state = .dead }, "dead-past-age"),
        ReapRow("dead, never started", Fixture.neverStarted().with { $0.state = .dead }, "dead-past-age"),
        ReapRow("never started", Fixture.neverStarted(), "never-started-past-age"),
        ReapRow("running for 25 h", Fixture.running(), "running-past-age"),
        ReapRow("paused for 25 h", Fixture.running(.paused), "paused-past-age"),
        ReapRow("restarting for 25 h", Fixture.running(.restarting), "restarting-past-age"),
        ReapRow(
            "run before, running again",
            Fixture.running().with { $0.details?.finishedAt = Fixture.ago(25 * hour) }, "running-past-age"),
        ReapRow(
            "with a legacy link", Fixture.exited().with { $0.names.insert("/web/db", at: 0) },
            "exited-past-age"),
        ReapRow(
            "keep label false", Fixture.exited().with { $0.labels["dev.stoker.keep"] = "false" },
            "exited-past-age"),
        ReapRow(
            "of testcontainers, not reusable",
            Fixture.exited().with {
                $0.labels = ["org.testcontainers": "true", "org.testcontainers.lang": "java"]
            },
            "exited-past-age"),
        ReapRow(
            "image that has buildkit in its name",
            Fixture.exited().with { $0.image = "moby/buildkit-test:latest" }, "exited-past-age"),
    ]

    static let mustSurvive: [ReapRow] = [
        ReapRow("exited exactly 2 h ago", Fixture.exited("clud-a-deadbeef", 2 * hour), "too-young"),
        ReapRow("exited now", Fixture.exited("clud-a-deadbeef", 0), "too-young"),
        ReapRow(
            "old, exited 1 h ago",
            Fixture.exited().with { $0.details?.finishedAt = Fixture.ago(hour) }, "too-young"),
        ReapRow(
            "clock set back in its run",
            Fixture.exited().with { $0.details?.startedAt = Fixture.ago(hour) }, "too-young"),
        ReapRow(
            "dead for 1 h", Fixture.exited("clud-a-deadbeef", hour).with { $0.state = .dead }, "too-young"),
        ReapRow("never started for 2 h", Fixture.neverStarted(2 * hour), "too-young"),
        ReapRow("running for 3 h", Fixture.running(.running, 3 * hour), "too-young"),
        ReapRow("running for exactly 24 h", Fixture.running(.running, 24 * hour), "too-young"),
        ReapRow(
            "started again an hour ago",
            Fixture.running().with { $0.details?.startedAt = Fixture.ago(Fixture.hour) }, "too-young"),
        ReapRow("paused for 3 h", Fixture.running(.paused, 3 * hour), "too-young"),
        ReapRow("other name", Fixture.exited("postgres"), "no-match"),
        ReapRow("longer name", Fixture.exited("my-clud-a-deadbeef"), "no-match"),
        ReapRow("12 digits", Fixture.exited("clud-docker-build-soldr-0123456789ab"), "no-match"),
        ReapRow("a date", Fixture.exited("clud-db-20261231"), "date-suffix"),
        ReapRow("another date", Fixture.exited("clud-x-20260822"), "date-suffix"),
        ReapRow("seven digits", Fixture.exited("clud-x-2026082"), "no-match"),
        ReapRow("no stem", Fixture.exited("clud-deadbeef"), "no-match"),
        ReapRow("a compose service", Fixture.exited("clud-web-1"), "no-match"),
        ReapRow("exempt", Fixture.exited("clud-exempt-deadbeef"), "exempt"),
        ReapRow("no name", Fixture.exited().with { $0.names = [] }, "unclear-name"),
        ReapRow("two names", Fixture.exited().with { $0.names.append("/clud-b-deadbeef") }, "unclear-name"),
        ReapRow(
            "only its alias matches", Fixture.exited().with { $0.names = ["/db", "/web/clud-a-deadbeef"] },
            "no-match"),
        ReapRow("short ID", Fixture.exited().with { $0.id = "deadbeef0123" }, "partial-id"),
        ReapRow("no ID", Fixture.exited().with { $0.id = "" }, "partial-id"),
        ReapRow("keep label", Fixture.exited().with { $0.labels["dev.stoker.keep"] = "true" }, "keep-label"),
        ReapRow("bare keep label", Fixture.exited().with { $0.labels["dev.stoker.keep"] = "" }, "keep-label"),
        ReapRow(
            "builder's image", Fixture.running().with { $0.image = "moby/buildkit:v0.12" }, "buildx-builder"),
        ReapRow(
            "builder's image from a mirror",
            Fixture.exited().with { $0.image = "mirror.example:5000/moby/buildkit@sha256:00" },
            "buildx-builder"),
        ReapRow("removing", Fixture.exited().with { $0.state = .removing }, "being-removed"),
        ReapRow("unknown state", Fixture.exited().with { $0.state = .unknown("stopping") }, "unknown-state"),
        ReapRow(
            "restarts always", Fixture.exited().with { $0.details?.restartPolicy = .always }, "restart-policy"
        ),
        ReapRow(
            "restarts on failure", Fixture.running().with { $0.details?.restartPolicy = .onFailure },
            "restart-policy"),
        ReapRow(
            "restarting with a policy",
            Fixture.running(.restarting).with { $0.details?.restartPolicy = .unlessStopped }, "restart-policy"
        ),
        ReapRow(
            "unknown policy", Fixture.exited().with { $0.details?.restartPolicy = .unknown("x") },
            "restart-policy"),
        ReapRow(
            "policy not told", Fixture.exited().with { $0.details?.restartPolicy = nil },
            "unknown-restart-policy"),
        ReapRow("live exec", Fixture.running().with { $0.details?.hasLiveExec = true }, "live-exec"),
        ReapRow("exec not told", Fixture.running().with { $0.details?.hasLiveExec = nil }, "unknown-exec"),
        ReapRow("no end", Fixture.exited().with { $0.details?.finishedAt = nil }, "missing-time"),
        ReapRow(
            "no start and no end",
            Fixture.exited().with {
                $0.details?.startedAt = nil
                $0.details?.finishedAt = nil
            }, "missing-time"),
        ReapRow("no creation", Fixture.exited().with { $0.created = nil }, "missing-time"),
        ReapRow(
            "dead with a start and no end",
            Fixture.exited().with {
                $0.state = .dead
                $0.details?.finishedAt = nil
            }, "missing-time"),
        ReapRow(
            "running without start", Fixture.running().with { $0.details?.startedAt = nil }, "missing-time"),
        ReapRow(
            "created but started", Fixture.neverStarted().with { $0.details?.startedAt = Fixture.ago(hour) },
            "missing-time"),
        ReapRow("created in the future", Fixture.running(.running, -1), "future-time"),
        ReapRow("ended in the future", Fixture.exited("clud-a-deadbeef", -1), "future-time"),
        ReapRow(
            "started in the future", Fixture.running().with { $0.details?.startedAt = Fixture.ago(-1) },
            "future-time"),
        ReapRow("created in 1970", Fixture.running(.running, Fixture.nowSeconds - 30), "implausible-time"),
        ReapRow("only listed", Fixture.exited().listed, "not-inspected"),
        ReapRow("only listed, running", Fixture.running().listed, "not-inspected"),
        ReapRow(
            "only listed, no creation", Fixture.exited().with { $0.created = nil }.listed, "not-inspected"),
        ReapRow("only listed, created 1 h ago", Fixture.neverStarted(hour).listed, "too-young"),
        ReapRow("only listed, running for 3 h", Fixture.running(.running, 3 * hour).listed, "too-young"),
        ReapRow("only listed, created in the future", Fixture.neverStarted(-1).listed, "future-time"),
        ReapRow(
            "only listed, removing", Fixture.exited().with { $0.state = .removing }.listed, "being-removed"),
    ]

    private let policy = ReapPolicy(exempt: ["clud-exempt-deadbeef"])

    @Test(arguments: mustGo)
    func `a leaked container goes`(row: ReapRow) {
        let decision = policy.decision(for: row.facts, now: Fixture.now)
        #expect(decision.isRemoval)
        #expect(decision.code == row.code)
    }

    @Test(arguments: mustSurvive)
    func `any other container stays`(row: ReapRow) {
        let decision = policy.decision(for: row.facts, now: Fixture.now)
        #expect(!decision.isRemoval)
        #expect(decision.code == row.code)
        #expect(!decision.words.isEmpty)
    }

    @Test(arguments: [
        "org.testcontainers.hash", "org.testcontainers.copied_files.hash",
        "org.testcontainers.container-hash",
        "org.testcontainers.reuse-hash", "org.testcontainers.reuse", "org.testcontainers.reusable",
    ])
    func `a reusable container of testcontainers stays`(label: String) {
        let facts = Fixture.exited().with { $0.labels = ["org.testcontainers": "true", label: "4f1e"] }
        #expect(policy.decision(for: facts, now: Fixture.now) == .keep(.testcontainersReusable))
    }

    @Test func `a builder of buildx stays even if a pattern takes its name`() throws {
        let pattern = try ContainerPattern(parsing: "buildx_buildkit_*-{hex:8}")
        let facts = Fixture.exited("buildx_buildkit_default-deadbeef")
        let policy = ReapPolicy(patterns: [.standard, pattern])
        #expect(policy.decision(for: facts, now: Fixture.now) == .keep(.buildxBuilder))
    }

    @Test func `any of several patterns is enough`() throws {
        let pattern = try ContainerPattern(parsing: "clud-*-{hex:12}")
        let policy = ReapPolicy(patterns: [.standard, pattern])
        #expect(policy.decision(for: Fixture.exited("clud-a-0123456789ab"), now: Fixture.now).isRemoval)
        #expect(policy.decision(for: Fixture.exited(), now: Fixture.now).isRemoval)
        #expect(
            policy.decision(for: Fixture.exited("clud-b-20261231"), now: Fixture.now).code == "date-suffix")
    }

    @Test func `without a pattern everything stays`() {
        let decision = ReapPolicy(patterns: []).decision(for: Fixture.exited(), now: Fixture.now)
        #expect(decision == .keep(.noMatch))
    }

    @Test func `a limit of zero and a negative one leave what has just ended`() {
        for limit in [Duration.zero, .seconds(-5)] {
            let policy = ReapPolicy(olderThan: limit, runningOlderThan: limit)
            let justEnded = policy.decision(for: Fixture.exited("clud-a-deadbeef", 0), now: Fixture.now)
            let justStarted = policy.decision(for: Fixture.running(.running, 0), now: Fixture.now)
            #expect(justEnded.code == "too-young")
            #expect(justStarted.code == "too-young")
            #expect(policy.decision(for: Fixture.exited("clud-a-deadbeef", 1), now: Fixture.now).isRemoval)
        }
    }
}
