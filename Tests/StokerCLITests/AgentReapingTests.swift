import Foundation
import StokerAgent
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// What the agent does by what the engine tells, and when the engine comes back.
    @Suite struct AgentReapingTests {
        @Test func `what is created after the agent's look goes when its time comes`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                // By time alone nobody would look again while the test runs.
                try project.writeUserConfiguration(
                    "reaping: {patterns: ['t\(project.id)-*-{hex:8}'], older-than: 2s, every: 10h}\n")
                _ = try await project.warm()
                let agent = try await TestAgent(project)
                try await agent.process.until("looked") {
                    try await agent.status().projects[0].lastReap != nil
                }
                let foreign = "u\(project.id)-sync-3f9a01bc"
                for name in ["t\(project.id)-sync-3f9a01bc", foreign] {
                    try await project.createContainer(name, project.tag, "true")
                }
                try await agent.process.until("reaped") {
                    try await project.containers() == [foreign]
                }
                // A name that tests give, given by somebody later.
                try await project.docker("rename", foreign, "t\(project.id)-db-3f9a01bd")
                try await agent.process.until("reaped it") { try await project.containers() == [] }
            }
        }

        @Test(.enabled(if: TestEngine.isRoot, "needs root, for an engine of its own"))
        func `an agent cleans up when its engine comes back`() async throws {
            try await PrivateEngine.with { engine in
                try await TestProject.with { project in
                    let host = ["DOCKER_HOST": engine.address]
                    func docker(_ words: String...) async throws -> Outcome {
                        try await project.start([project.client] + words, environment: host).value()
                    }
                    func names() async throws -> [String] {
                        try await docker("ps", "--all", "--format", "{{.Names}}")
                            .stdout.split(separator: "\n").map(String.init).sorted()
                    }
                    func create(_ name: String) async throws {
                        let outcome = try await docker("create", "--name", name, "empty", "/none")
                        try #require(outcome.status == 0, "\(outcome.stderr)")
                    }
                    try project.write("stoker.yaml", "image: {}\n")
                    try project.writeUserConfiguration("reaping: {older-than: 5s, every: 10h}\n")
                    let made = try await project.start(
                        ["sh", "-c", "head --bytes 1024 /dev/zero | docker import - empty"], environment: host
                    ).value()
                    try #require(made.status == 0, "\(made.stderr)")
                    let agent = try await TestAgent(project, environment: host)
                    let run = try project.start(
                        [
                            TestEngine.program, "run", "--no-warm", "--", "sh", "-c",
                            "docker create --name leased empty /none && touch begun && exec sleep 600",
                        ], environment: host)
                    try await run.until("began") { project.exists("begun") }
                    try await create("clud-old-3f9a01bc")
                    try await create("mine")

                    try await engine.obey(.kill)
                    run.signal(SIGKILL)
                    _ = try await run.value()
                    try await agent.process.until("found the engine away") {
                        agent.process.stderr.contains("cannot clean up after a dead owner")
                    }
                    try await engine.obey(.start)
                    try await agent.process.until("cleaned up") { try await names() == ["mine"] }
                    // And it hears the new one.
                    try await create("clud-new-3f9a01bd")
                    try await agent.process.until("reaped") { try await names() == ["mine"] }
                    #expect(project.leases == [])
                }
            }
        }
    }
}
