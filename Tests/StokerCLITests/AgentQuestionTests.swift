import Foundation
import Glibc
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// What the agent answers, and to whom.
    @Suite struct AgentQuestionTests {
        @Test func `the status tells of a run until nothing of it is left`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                #expect(try await agent.status().runs == [])
                let running = try project.runStarted("touch begun; exec sleep 600")
                try await running.until("began") { project.exists("begun") }
                let run = try #require(try await agent.status().runs?.first)
                #expect(run.state == .alive && run.pid == running.pid && run.reason == nil)
                #expect(run.project == project.root && run.engine == project.host)
                #expect("\(run.lease).json" == project.leases.first)
                let text = try await project.stoker("status").stdout
                #expect(text.contains("run  sh -c touch begun; exec sleep 600  in \(project.root), process"))
                running.signal(SIGKILL)
                try await agent.process.until("forgot it") { try await agent.status().runs == [] }
            }
        }

        @Test func `the status tells of agent, project, image and watch, in text and JSON`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                let report = try await project.stoker("status", "--json").json(StatusReport.self)
                #expect(report.agent.pid == agent.process.pid)
                #expect(report.agent.endpoint == project.host)
                #expect(report.agent.socket == project.agentSocket)
                #expect(report.agent.snapshotBytes > 0)
                #expect(report.projects.map(\.root) == [project.root])
                let image = try #require(report.projects[0].images.first)
                #expect(image.tag == project.tag)
                #expect(image.imageID == (try await project.imageID()))
                #expect(image.lastBuild?.succeeded == true)
                #expect(report.projects[0].watches.map(\.root) == [project.root])
                let text = try await project.stoker("status").stdout
                for word in [
                    "process \(agent.process.pid)", project.root, project.tag, "current", "last build done",
                    "watching 1 folders",
                ] {
                    #expect(text.contains(word), "\(text)")
                }
            }
        }

        @Test func `a second agent is refused with the first one's process`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                let second = try await project.stoker("agent")
                second.expectComplaint(
                    75, "another agent runs already (process \(agent.process.pid))", "stop it")
                #expect(try await agent.status().agent.pid == agent.process.pid)
            }
        }

        @Test func `the socket is its owner's alone, and goes with the agent`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                let outcome = try await project.shell("stat -c %a ../run/stoker ../run/stoker/agent.sock")
                #expect(outcome.stdout == "700\n600\n")
                let end = try await agent.stop()
                #expect(end.status == 0, "\(end.stderr)")
                #expect(!project.exists(project.agentSocket))
                #expect(try await project.stoker("status").stdout.contains("no agent runs"))
            }
        }

        @Test func `a question about another engine, another project or without agent is answered alone`()
            async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(try await project.warm().via == "agent")
                #expect(try await project.warm("--no-agent").via == "local")
                // The same engine, but by another address: the agent cannot know.
                let other = try await project.stoker(
                    "warm", "--json", environment: ["DOCKER_HOST": TestEngine.host ?? ""])
                let answer = try other.json(TestProject.WarmAnswer.self)
                #expect(answer.via == "local")
                #expect(answer.outcome == "hit")
                try project.write("nested/Dockerfile", project.dockerfile("COPY a /a\n"))
                try project.write("nested/a", "nested")
                let nested = try await project.stoker("warm", "--json", in: project.root + "/nested")
                #expect(try nested.json(TestProject.WarmAnswer.self).via == "local")
                #expect(nested.stderr.contains("nested-test:latest"))
                try await project.docker("rmi", "nested-test:latest")
            }
        }

        @Test func `a miss is built for the asker, who is told why`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try await project.removeImage()
                let answer = try await project.warm()
                #expect(answer.via == "agent")
                // The agent hears of it too, and may have begun by itself, or even be done.
                #expect(["built", "waited", "hit"].contains(answer.outcome))
                let reason = "the image \(project.tag) is missing"
                #expect(answer.reason == (answer.outcome == "hit" ? nil : reason))
                try await agent.untilCurrent(digest: answer.digest)
                #expect(try await agent.image()?.lastBuild?.reason == reason)
                #expect(project.builds == 2)
            }
        }

        /// The time is for builds of others, and there is none.
        @Test func `no time to wait is no obstacle where nobody has to be waited for`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                for _ in 0..<10 {
                    try await project.removeImage()
                    let answer = try await project.warm("--timeout", "0")
                    #expect(answer.via == "agent")
                    // A hit, if the agent has heard of it and is done already.
                    #expect(["built", "waited", "hit"].contains(answer.outcome))
                    #expect(try await project.imageID() == answer.imageID)
                }
            }
        }

        /// The agent may wait for the lock by itself already when the question comes.
        @Test(arguments: [false, true])
        func `the wait for another's lock ends on time through the agent too`(isWaiting: Bool) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                let holder = try project.start(["flock", project.lock, "sleep", "600"])
                try await holder.until("held the lock") {
                    try await project.start(["flock", "-n", project.lock, "true"]).value().status == 1
                }
                if isWaiting {
                    try project.write("a", "edited")
                    try await agent.process.until("waited") {
                        agent.process.stderr.contains("waiting for the lock")
                    }
                } else {
                    try await project.docker("rmi", "--force", project.tag)
                }
                let outcome = try await project.stoker("warm", "--timeout", "0.5")
                outcome.expectComplaint(75, project.lock, "--timeout", notes: ["waiting for"])
                holder.signalGroup(SIGTERM)
                // The agent, too, may have waited for it.
                #expect(try await project.warm().digest == (try await project.digest()))
            }
        }
    }
}
