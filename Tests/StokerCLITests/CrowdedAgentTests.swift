import Foundation
import Testing

extension WholeProgram {
    /// An agent to which one process opens more connections than it has any use for.
    @Suite struct CrowdedAgentTests {
        @Test func `connections without a question keep nobody else from asking`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", "FROM scratch\nCOPY a /a\n")
                try project.write("a", "first")
                let agent = try await TestAgent(project, project.root)
                var idle: [ControlConnection] = []
                defer { idle.forEach { $0.close() } }
                for _ in 0..<300 { idle.append(try ControlConnection(project.agentSocket)) }
                try await agent.process.until("ended what is too much") {
                    idle.count { $0.isEnded } >= 300 - 64
                }
                let status = try await project.start([TestEngine.program, "status"]).value(
                    within: .seconds(60))
                #expect(status.status == 0, "\(status.stderr)")
                let warm = try await project.start([TestEngine.program, "warm", "--json"]).value(
                    within: .seconds(120))
                #expect(warm.status == 0, "\(warm.stderr)")
                #expect(!warm.stderr.contains("agent"), "\(warm.stderr)")
                try await agent.process.until("ended what asks nothing") { idle.allSatisfy(\.isEnded) }
                try await agent.stop()
            }
        }
    }
}
