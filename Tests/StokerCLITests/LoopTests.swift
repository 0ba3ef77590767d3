import Foundation
import Glibc
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// Builds that write into their own inputs.
    @Suite struct LoopTests {
        /// Puts a client in front of the real one that adds a line to the input `count` at each build.
        private func writeLoopingClient(_ project: TestProject) throws {
            let program = project.base + "/looping-client"
            try project.write(
                program,
                """
                #!/bin/sh
                [ "$1" = build ] && echo line >>'\(project.root)/count'
                exec '\(project.client)' "$@"

                """)
            #expect(chmod(program, 0o755) == 0)
            try project.write(project.base + "/config/stoker/config.yaml", "client: \(program)\n")
            try project.write("Dockerfile", project.dockerfile("COPY a count /\n"))
            try project.write("a", "first")
            try project.write("count", "")
        }

        private func lines(_ project: TestProject) -> Int {
            project.text("count").split(separator: "\n").count
        }

        @Test func `the agent ends the loop after the second build and names the file`() async throws {
            try await TestProject.with { project in
                try writeLoopingClient(project)
                let agent = try await TestAgent(project)
                let image = try await agent.untilImage("saw the loop") { $0.problem != nil }
                let problem = image.problem ?? ""
                #expect(
                    problem.hasPrefix("count changed during each of the last two builds"),
                    "\(problem) \(agent.process.stderr)")
                #expect(problem.contains(".dockerignore"))
                #expect(project.builds == 2)
                // An edit of the person's own is built all the same, once.
                try project.write("a", "second")
                try await agent.process.until("built the edit") { project.builds >= 3 }
                try await agent.untilImage("ended again") { $0.problem != nil && $0.state == .failed }
                #expect(project.builds == 3, "\(agent.process.stderr)")
                #expect(lines(project) == 3)
                // What happens at the engine makes it look, and it finds nothing new.
                for _ in 0..<3 {
                    try await project.docker("tag", project.tag, "\(project.tag)-other")
                    try await project.docker("rmi", "\(project.tag)-other")
                    try await agent.untilImage("ended once more") { $0.problem != nil && $0.state == .failed }
                }
                #expect(project.builds == 3)
                // Who asks gets the image for the files of that moment.
                let answer = try await project.warm()
                #expect(answer.outcome == "built")
                #expect(project.builds == 4)
            }
        }

        @Test func `warm says so when it happens for the second time`() async throws {
            try await TestProject.with { project in
                try writeLoopingClient(project)
                let first = try await project.stoker("warm", "--no-agent")
                #expect(first.status == 0, "\(first.stderr)")
                #expect(!first.stderr.contains("during each"))
                let second = try await project.stoker("warm", "--no-agent")
                #expect(second.status == 0)
                #expect(second.stderr.contains("warning: count changed during each of the last two builds"))
                #expect(project.builds == 2)
            }
        }

        /// As of somebody who saves all the time. Git's lock makes the time between two builds last.
        @Test func `edits during two builds and between them are no loop`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(".dockerignore", ".git\n")
                try #require(try await project.shell("git init -q .").status == 0)
                project.holdBuilds()
                let agent = try await TestAgent(project)
                try await agent.process.until("began the first build") { project.builds == 1 }
                try project.write("a", "during the first")
                try project.write(".git/index.lock", "")
                project.releaseBuilds()
                try await agent.untilImage("ended it") { $0.lastBuild != nil && $0.state == .settling }
                try project.write("a", "between the two")
                project.holdBuilds()
                #expect(unlink(project.path(".git/index.lock")) == 0)
                try await agent.process.until("began the second build") { project.builds == 2 }
                try project.write("a", "during the second")
                project.releaseBuilds()
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(try await project.contentOfA() == "during the second")
            }
        }

        @Test func `an edit during a build is no loop`() async throws {
            try await TestProject.with { project in
                try project.writeSlowImage(seconds: "1")
                let agent = try await TestAgent(project)
                try await agent.process.until("began the first build") { project.builds == 1 }
                try project.write("seconds", "0")
                let digest = try await project.digest()
                let image = try await agent.untilImage("built the edit") { $0.digest == digest }
                #expect(image.problem == nil)
                #expect(project.builds == 2)
            }
        }
    }
}
