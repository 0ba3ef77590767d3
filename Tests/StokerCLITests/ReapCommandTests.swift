import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// Real containers, on the engine's own clock.
    @Suite struct ReapCommandTests {
        private struct Report: Decodable {
            struct Container: Decodable {
                var name: String?
                var decision: String
                var code: String
                var reason: String
            }
            var containers: [Container]

            func decision(_ name: String) -> String? { containers.first { $0.name == name }?.decision }
            func code(_ name: String) -> String? { containers.first { $0.name == name }?.code }
        }

        /// Asks until the engine's clock has made every container that ends as `name` older than a second.
        private func report(
            _ project: TestProject, _ more: String..., until isOld: (Report) -> Bool
        ) async throws -> Report {
            let deadline = SuspendingClock.now + .seconds(300)
            while true {
                let outcome = try await project.start(
                    [TestEngine.program, "reap", "--json", "--dry-run", "--pattern", pattern(project)] + more
                ).value()
                try #require(outcome.status == 0, "\(outcome.stderr)")
                let report = try outcome.json(Report.self)
                if isOld(report) { return report }
                try #require(SuspendingClock.now < deadline, "\(outcome.stdout)")
                try await Task.sleep(for: .milliseconds(100))
            }
        }

        private func pattern(_ project: TestProject) -> String { "t\(project.id)-*-{hex:8}" }

        @Test func `the old and matching goes, and nothing else`() async throws {
            try await TestProject.with { project in
                try project.writeRunningImage("true")
                _ = try await project.warm()
                let prefix = "t\(project.id)"
                let (never, exited, running) =
                    ("\(prefix)-never-3f9a01bc", "\(prefix)-exited-3f9a01bd", "\(prefix)-runs-3f9a01be")
                let stay = [
                    "x\(prefix)-sync-3f9a01bc", "\(prefix)-sync-3f9a01bc-db", "\(prefix)-sync-3F9A01BC",
                    "\(prefix)-db-20261231", "\(prefix)-sync-3f9a01bcd", "\(prefix)-3f9a01bc",
                ]
                for name in stay { try await project.createContainer(name, project.tag, "true") }
                let kept = "\(prefix)-kept-3f9a01bf"
                try await project.createContainer(
                    kept, "--label", "dev.stoker.keep=true", project.tag, "true")
                let restarting = "\(prefix)-again-3f9a01bf"
                try await project.createContainer(restarting, "--restart", "always", project.tag, "true")
                try await project.createContainer(never, project.tag, "true")
                for (name, seconds) in [(exited, "0"), (running, "600")] {
                    try await project.createContainer(
                        name, "--network", "none", project.tag, "/bin/busybox", "sleep", seconds)
                    try await project.docker("start", name)
                }
                let all = try await project.containers()
                try await project.docker("wait", exited)
                let gone: Set = [never, exited, running]

                let plan = try await report(project, "--older-than", "1s") { report in
                    gone.allSatisfy { report.decision($0) == "remove" }
                }
                for name in stay + [kept, restarting] { #expect(plan.decision(name) == "keep", "\(name)") }
                #expect(plan.containers.allSatisfy { !$0.reason.isEmpty })
                // Saying what would go removes nothing.
                #expect(try await project.containers() == all)

                // By the default limits all of them are young.
                let young = try await report(project) { _ in true }
                for name in gone { #expect(young.decision(name) == "keep") }

                let outcome = try await project.stoker(
                    "reap", "--older-than", "1s", "--pattern", pattern(project), "--json")
                #expect(outcome.status == 0, "\(outcome.stderr)")
                let done = try outcome.json(Report.self)
                for name in gone { #expect(done.decision(name) == "removed") }
                #expect(try await project.containers() == (stay + [kept, restarting]).sorted())
                try await project.docker("update", "--restart", "no", restarting)
            }
        }

        @Test func `the default pattern knows the names that stoker name makes`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.warm()
                let name = try await project.stoker("name", project.id).stdout
                    .trimmingCharacters(in: .newlines)
                #expect(name.hasPrefix("clud-\(project.id)-"))
                try await project.createContainer(name, project.tag, "true")
                let outcome = try await project.stoker("reap", "--dry-run")
                let line = try #require(
                    outcome.stdout.split(separator: "\n").first { $0.contains(name) }.map(String.init))
                #expect(line.hasPrefix("keep"))
                #expect(line.contains("limit 2 h"))
            }
        }

        @Test func `without a project the defaults reap`() async throws {
            try await TestProject.with { project in
                let outcome = try await project.stoker(
                    "reap", "--dry-run", "--json", in: project.base + "/home")
                #expect(outcome.status == 0, "\(outcome.stderr)")
            }
        }

        @Test func `the agent reaps on time, by the pattern that the person grants the project`() async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let wishes = "reaping: {patterns: ['\(pattern(project))'], older-than: 1s, every: 1s}"
                try project.write("stoker.yaml", wishes + "\n")
                try project.writeUserConfiguration("projects: {\(project.root): {\(wishes)}}\n")
                _ = try await project.warm()
                let old = "t\(project.id)-sync-3f9a01bc"
                let foreign = "u\(project.id)-sync-3f9a01bc"
                for name in [old, foreign] { try await project.createContainer(name, project.tag, "true") }
                let agent = try await TestAgent(project)
                try await agent.process.until("reaped") {
                    try await project.containers() == [foreign]
                }
                try await agent.process.until("told of it") {
                    try await agent.status().projects[0].lastReap.map { $0.problem == nil } ?? false
                }
            }
        }
    }
}
