import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// The agent's own work.
    @Suite struct AgentTests {
        @Test(arguments: TestEngine.clients)
        func `an edit is built by the agent by itself, and then warm hits`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(project.builds == 1)
                try project.write("a", "other")
                let digest = try await project.digest()
                let image = try await agent.untilImage("built the edit") { $0.digest == digest }
                #expect(image.lastBuild?.reason == "a changed")
                #expect(project.builds == 2)
                let answer = try await project.warm()
                #expect(answer.outcome == "hit")
                #expect(answer.via == "agent")
                #expect(answer.digest == digest)
                #expect(answer.imageID == image.imageID)
                #expect(project.builds == 2)
                #expect(try await project.contentOfA() == "other")
            }
        }

        @Test func `eight processes that ask the agent cause one build`() async throws {
            try await TestProject.with { project in
                try project.writeSlowImage(seconds: "1")
                _ = try await TestAgent(project)
                let running = try (0..<8).map { _ in try project.stokerStarted("warm", "--json") }
                for process in running {
                    let outcome = try await process.value()
                    try #require(outcome.status == 0, "\(outcome.stderr)")
                    let answer = try outcome.json(TestProject.WarmAnswer.self)
                    #expect(answer.image == project.tag)
                    #expect(answer.via == "agent")
                }
                #expect(project.builds == 1)
            }
        }

        @Test func `inputs that changed while no agent ran are built at its start`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try await agent.stop()
                try project.write("a", "other")
                let digest = try await project.digest()
                let next = try await TestAgent(project)
                try await next.untilCurrent(digest: digest)
                #expect(project.builds == 2)
            }
        }

        @Test func `at its start an image that is still right is not built`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.warm()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(project.builds == 1)
            }
        }

        @Test(arguments: TestEngine.clients)
        func `a failing Dockerfile is built once, told, and built again when it is mended`(
            client: String
        ) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try project.write("Dockerfile", project.dockerfile("COPY a missing /\n"))
                let image = try await agent.untilImage("failed") { $0.state == .failed }
                #expect(image.problem?.contains("missing") == true)
                #expect(image.lastBuild?.succeeded == false)
                let builds = project.builds
                // The same bytes written anew are an event, and no reason to build.
                try project.write("Dockerfile", project.dockerfile("COPY a missing /\n"))
                try project.write("a", "other")
                try await agent.untilImage("failed with the other content") {
                    $0.state == .failed && project.builds == builds + 1
                }
                // Both files at once, or it may build what is between.
                agent.process.signal(SIGSTOP)
                try project.writeSmallImage()
                agent.process.signal(SIGCONT)
                try await agent.untilCurrent(digest: try await project.digest())
                // Back to the first image's inputs: the record holds.
                #expect(project.builds == builds + 1)
            }
        }

        @Test func `warm tells what the agent's builder said, with its exit code`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY missing /a\n"))
                let agent = try await TestAgent(project)
                try await agent.untilImage("failed") { $0.state == .failed }
                let outcome = try await project.stoker("warm")
                #expect(outcome.status == 1)
                #expect(outcome.stdout.isEmpty)
                #expect(outcome.stderr.contains("missing"))
                let status = try await project.stoker("status")
                #expect(status.stdout.contains("failed"))
            }
        }

        @Test func `an agent that has nothing to do rests`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                for _ in 0..<20 { #expect(try await project.warm().outcome == "hit") }
                #expect(project.builds == 1)
                #expect(try await agent.image()?.state == .current)
            }
        }
    }
}
