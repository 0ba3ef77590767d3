import Foundation
import Glibc
import StokerCore
@testable import StokerKit
import TestSupport
import Testing

/// What takes an engine of a test's own.
@Suite(
    .serialized, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)),
    .enabled(if: geteuid() == 0, "needs root, for an engine of its own"), .timeLimit(.minutes(60)))
struct EngineEndTests {
    private func with<Value: Sendable>(
        _ body: (PrivateEngine, RealContainers, Reaper) async throws -> Value
    ) async throws -> Value {
        try await PrivateEngine.with { engine in
            let containers = RealContainers(address: engine.address, image: try await engine.emptyImage())
            let endpoint = try Endpoint(parsing: engine.address, certificates: nil, from: "test")
            return try await EngineClient.with(endpoint, patience: .ofTests) { client in
                let reaper = Reaper(
                    requests: client, policy: try containers.policy, logger: ReapSimulationTests.silent)
                return try await body(engine, containers, reaper)
            }
        }
    }

    @Test func whatAnEngineThatDiesLeavesTheNextRunFinishes() async throws {
        try await with { engine, containers, reaper in
            try await containers.inParallel(Array(0..<150)) {
                try await containers.create(containers.name($0))
            }
            let foreign = try await containers.create("\(containers.prefix)-db")
            let plan = try await reaper.plan()
            #expect(plan.removals.count == 150)
            let reaping = Task { try await reaper.carryOut(plan, confirmed: true) }
            // Not asked of the engine, which may be done before it answers.
            let folder = "\(engine.folder)/data/containers"
            while try FileManager.default.contentsOfDirectory(atPath: folder).count > 146 {
                await Task.yield()
            }
            // Whatever is under way by now gets no answer.
            try await engine.obey(.freeze)
            try await engine.obey(.kill)
            let report = try await reaping.value
            #expect(report.engineFellSilent)
            let untried = try #require(report.containers.first { $0.code == "engine-silent" })
            #expect(
                untried.reason.contains(
                    "the engine at unix://\(engine.folder)/docker.sock has stopped answering"))
            await #expect(throws: StokerError.self) { try await reaper.plan() }

            try await engine.obey(.start)
            let again = try await reaper.carryOut(try await reaper.plan(), confirmed: true)
            #expect(again.containers.filter { $0.decision == .failed } == [])
            #expect(try await containers.names() == ["\(containers.prefix)-db"])
            #expect(try await containers.state(foreign) == "created")
        }
    }

    /// The engine cannot remove a file that nobody may remove.
    @Test func aHalfDeadContainerIsSetAsideAndGoesWhenItCan() async throws {
        try await with { engine, containers, reaper in
            let id = try await containers.create(containers.name(1))
            let other = try await containers.create(containers.name(2))
            // With any image store; what is in the container lies elsewhere with each.
            let file = "\(engine.folder)/data/containers/\(id)/file"
            try await BlockingWork.run { try EngineEndTests.run("touch", file) }
            try await BlockingWork.run { try EngineEndTests.run("chattr", "+i", file) }
            var setbacks = Setbacks()
            let first = try await reaper.carryOut(
                try await reaper.plan(), confirmed: true, setbacks: &setbacks)
            #expect(first.containers.first { $0.id == id }?.code == "removal-refused")
            #expect(first.containers.first { $0.id == other }?.decision == .removed)
            #expect(try await containers.state(id) == "dead")
            let second = try await reaper.carryOut(
                try await reaper.plan(), confirmed: true, setbacks: &setbacks)
            #expect(second.containers.map(\.code) == ["set-aside"])
            try await BlockingWork.run { try EngineEndTests.run("chattr", "-i", file) }
            let third = try await reaper.carryOut(try await reaper.plan(), confirmed: true)
            #expect(third.containers.map(\.decision) == [.removed])
            #expect(try await containers.names() == [])
        }
    }

    private static func run(_ words: String...) throws {
        let command = try Command(words)
        if command.status != 0 { throw RealContainers.Failure(description: "\(words): \(command.errors)") }
    }
}
