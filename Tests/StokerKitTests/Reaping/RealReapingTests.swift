import Logging
import StokerCore
@testable import StokerKit
import Testing

/// Hundreds of containers on a real engine.
@Suite(.serialized, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)))
struct RealReapingTests {
    private func reaper(_ containers: RealContainers, _ engine: EngineClient) throws -> Reaper {
        Reaper(requests: engine, policy: try containers.policy, logger: Logger(label: "test"))
    }

    private func with<Value: Sendable>(
        _ body: (RealContainers, EngineClient) async throws -> Value
    ) async throws -> Value {
        let base = try await BlockingWork.run { TestEngine.base }
        return try await RealContainers.with(at: TestEngine.address ?? "", image: base) { containers in
            try await EngineClient.with(TestEngine.endpoint(), patience: .ofTests) {
                try await body(containers, $0)
            }
        }
    }

    @Test(.timeLimit(.minutes(60))) func exactlyTheThreeHundredLeakedOnesGo() async throws {
        try await with { containers, engine in
            let plots = LeakPlot.leaked(containers) + LeakPlot.living(containers)
            // Those that restart take the longest.
            try await containers.inParallel(plots.reversed()) { try await $0.make(containers, $0.name) }
            let living = plots.filter { !$0.isLeaked }.map(\.name)
            let names = try await containers.names()
            try #require(names.count == 400)

            let reaper = try reaper(containers, engine)
            let plan = try await reaper.plan()
            let removals = plan.removals.compactMap(\.name)
            #expect(Set(removals) == Set(plots.filter(\.isLeaked).map(\.name)))

            // Between plan and removal names get new bearers, and more is leaked.
            let reused = Array(removals.prefix(5))
            try await containers.inParallel(reused) { name in
                try await containers.remove(name)
                try await containers.create(name)
            }
            let late = (0..<5).map { containers.name(1000 + $0) }
            async let others: Void = containers.inParallel(late) { try await containers.create($0) }
            let report = try await reaper.carryOut(plan, confirmed: true)
            try await others

            #expect(try await containers.names() == (living + reused + late).sorted())
            let ours = report.containers.filter { $0.name.map(removals.contains) ?? false }
            #expect(ours.filter { $0.decision == .removed }.count == 295)
            #expect(ours.filter { $0.decision == .gone }.compactMap(\.name).sorted() == reused.sorted())
        }
    }

    @Test(.timeLimit(.minutes(60))) func twoReapersAtOnceBothSucceed() async throws {
        try await with { containers, engine in
            try await containers.inParallel(Array(0..<60)) { number in
                let id = try await containers.create(containers.name(number))
                if number < LeakPlot.started { try await containers.start(id) }
            }
            let reapers = [try reaper(containers, engine), try reaper(containers, engine)]
            let reports = try await withThrowingTaskGroup(of: ReapReport.self) { group in
                for reaper in reapers {
                    group.addTask { try await reaper.carryOut(try await reaper.plan(), confirmed: true) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(try await containers.names() == [])
            let ours = reports.flatMap(\.containers).filter { $0.name?.hasPrefix(containers.prefix) ?? false }
            #expect(ours.filter { $0.decision == .failed } == [])
            #expect(ours.filter { $0.decision == .removed }.count >= 60)
        }
    }
}
