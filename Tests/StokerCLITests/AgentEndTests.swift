import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// However the agent ends, nothing is lost.
    @Suite struct AgentEndTests {
        /// An agent in the middle of a build that takes longer than any of the tests waits.
        private func inMidBuild(
            _ project: TestProject, _ body: (TestAgent) async throws -> Void
        ) async throws {
            try project.writeSlowImage(seconds: "0")
            _ = try await project.warm()
            let agent = try await TestAgent(project)
            try await agent.untilCurrent(digest: try await project.digest())
            try project.write("seconds", "600")
            try await agent.untilImage("is building") { $0.state == .building && project.builds == 2 }
            try await body(agent)
        }

        @Test(arguments: TestEngine.clients)
        func `a kill in mid-build loses nothing, and the next warm is right`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await inMidBuild(project) { agent in
                    let record = project.text(project.record)
                    let image = try await project.imageID()
                    agent.process.signal(SIGKILL)
                    _ = try await agent.process.value()
                    #expect(project.text(project.record) == record)
                    #expect(try await project.imageID() == image)
                    try project.write("seconds", "0.1")
                    let answer = try await project.start(
                        [TestEngine.program, "warm", "--json", "--timeout", "0"]
                    ).value().json(TestProject.WarmAnswer.self)
                    #expect(answer.outcome == "built")
                    #expect(answer.via == "local")
                    #expect(answer.digest == (try await project.digest()))
                    #expect(try await project.warm().outcome == "hit")
                    #expect(!project.exists(project.lock))
                }
            }
        }

        @Test func `after a kill in mid-build a new agent takes over at once`() async throws {
            try await TestProject.with { project in
                try await inMidBuild(project) { agent in
                    agent.process.signal(SIGKILL)
                    _ = try await agent.process.value()
                    #expect(project.exists(project.agentSocket))
                    try project.write("seconds", "0.1")
                    let next = try await TestAgent(project)
                    try await next.untilCurrent(digest: try await project.digest())
                    #expect(try await project.warm().via == "agent")
                }
            }
        }

        @Test(arguments: TestEngine.clients)
        func `SIGTERM in mid-build ends it within seconds, and its client`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await inMidBuild(project) { agent in
                    let record = project.text(project.record)
                    agent.process.signal(SIGTERM)
                    let outcome = try await agent.process.value()
                    #expect(outcome.status == 0, "\(outcome.stderr)")
                    #expect(!project.exists(project.agentSocket))
                    #expect(!project.exists(project.lock))
                    #expect(project.leftovers.isEmpty)
                    #expect(project.text(project.record) == record)
                }
            }
        }

        @Test func `SIGTERM ends it also while somebody waits for the build, who goes on alone`() async throws
        {
            try await TestProject.with { project in
                try await inMidBuild(project) { agent in
                    let warm = try project.stokerStarted("warm", "--json")
                    try await warm.until("waited for the agent") { warm.stderr.contains("building") }
                    // What it finds when it goes on by itself. The agent hears of its own end no later.
                    agent.process.signal(SIGSTOP)
                    try project.write("seconds", "0")
                    agent.process.signal(SIGTERM)
                    agent.process.signal(SIGCONT)
                    #expect(try await agent.process.value().status == 0)
                    let outcome = try await warm.value()
                    #expect(outcome.status == 0, "\(outcome.stderr)")
                    #expect(try outcome.json(TestProject.WarmAnswer.self).via == "local")
                    #expect(outcome.stderr.contains("the agent does not answer any more"))
                }
            }
        }

        @Test func `a kill while somebody waits for the build lets them go on alone`() async throws {
            try await TestProject.with { project in
                try await inMidBuild(project) { agent in
                    let warm = try project.stokerStarted("warm", "--json")
                    try await warm.until("waited for the agent") { warm.stderr.contains("building") }
                    agent.process.signal(SIGSTOP)
                    try project.write("seconds", "0.1")
                    agent.process.signal(SIGKILL)
                    let outcome = try await warm.value()
                    #expect(outcome.status == 0, "\(outcome.stderr)")
                    #expect(try outcome.json(TestProject.WarmAnswer.self).via == "local")
                    #expect(outcome.stderr.contains("the agent does not answer any more"))
                }
            }
        }

        @Test func `a question whose asker goes away is dropped, and its build goes on`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                project.holdBuilds()
                let agent = try await TestAgent(project)
                let warm = try project.stokerStarted("warm")
                try await warm.until("waited for the agent") { warm.stderr.contains("building") }
                warm.signal(SIGINT)
                #expect(try await warm.value().status == 130)
                project.releaseBuilds()
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(project.builds == 1)
            }
        }
    }
}
