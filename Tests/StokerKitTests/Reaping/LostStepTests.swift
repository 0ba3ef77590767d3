import Foundation
import Glibc
import Logging
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport
import Testing

/// A step of the legacy builder's whose engine was killed.
@Suite(
    .serialized, .enabled(if: TestEngine.isThere, Comment(rawValue: TestEngine.skipped)),
    .enabled(if: geteuid() == 0, "needs root, for an engine of its own"), .timeLimit(.minutes(60)))
struct LostStepTests {
    private func isRunning(_ client: EngineClient) async throws -> Bool {
        try await client.containers().contains { $0.state == "running" }
    }

    @Test(arguments: TestEngine.clients)
    func itsContainerGoesOnceTheEngineIsBackAndAPersonsStays(program: String) async throws {
        let project = TestProject()
        project.write(
            "Dockerfile",
            #"FROM scratch\#nCOPY busybox /busybox\#nRUN ["/busybox", "sleep", "600"]\#n"#)
        #expect(try Command("cp", TestEngine.busybox, project.path("busybox").string).status == 0)
        let legacy = project.program(
            """
            case $1 in
                --version) echo 'Docker version 28.0.0, build 0'; exit ;;
                buildx) exit 1 ;;
            esac
            exec '\(program)' "$@"
            """)
        try await PrivateEngine.with { engine in
            let endpoint = try Endpoint(parsing: engine.address, certificates: nil, from: "test")
            try await EngineClient.with(endpoint, patience: .ofTests) { client in
                let logger = Logger(label: "test")
                let reaper = ImageReaper(
                    client, cache: project.cache, user: UserSettings(file: "/nowhere", home: "/nowhere"),
                    logger: logger)
                var image = project.image(tag: "lost:1")
                image.network = "none"
                let request = project.request(image)
                let warmer = Warmer(
                    engine: client, project: project.root, imageName: "default", cache: project.cache,
                    client: legacy, logger: logger)
                let build = Task { try await warmer.warm(request) { _ in } }
                while try await !isRunning(client) { try await Task.sleep(for: .milliseconds(50)) }
                let step = try #require(try await client.containers().first)
                // The builder's word of it takes its way.
                let folder = ScratchTagBook(cache: project.cache).folder
                func isNoted() throws -> Bool {
                    try FileManager.default.contentsOfDirectory(atPath: folder.string).contains { name in
                        let file = try HeldFile(folder.appending(name).string, O_RDONLY)
                        return String(decoding: try file.readAll(limit: 1 << 16), as: UTF8.self)
                            .contains(step.id.prefix(12))
                    }
                }
                while try !isNoted() { try await Task.sleep(for: .milliseconds(50)) }
                try await engine.obey(.kill)
                await #expect(throws: (any Error).self) { try await build.value }
                try await engine.obey(.start)
                // An engine ends what another has left running.
                while try await isRunning(client) { try await Task.sleep(for: .milliseconds(50)) }
                #expect(try await client.containers().map(\.id) == [step.id])
                let persons = try Command(
                    [
                        program, "-H", engine.address, "create", "--network", "none",
                        try #require(step.imageID), "x",
                    ])
                #expect(persons.status == 0, "\(persons.errors)")

                var plan = ReapReport(containers: [])
                try await reaper.reap(into: &plan, isDryRun: true)
                #expect(plan.containers.map(\.id) == [step.id])
                #expect(plan.containers.map(\.decision) == [.remove])
                var report = ReapReport(containers: [])
                try await reaper.reap(into: &report)
                #expect(report.containers.map(\.decision) == [.removed])
                #expect(report.containers.map(\.code) == ["build-dead"])
                #expect(try await client.containers().map(\.id).contains(step.id) == false)
                #expect(try await client.containers().count == 1)
                var again = ReapReport(containers: [])
                try await reaper.reap(into: &again)
                #expect(again == ReapReport(containers: []))
            }
        }
    }
}
