import Foundation
import Glibc
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// Edits while an image is built, again and again: no number of them is taken for the build's own doing.
    @Suite struct EditsDuringBuildsTests {
        @Test func `the same file saved once during each of several builds is built each time`() async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                project.holdBuilds()
                let agent = try await TestAgent(project)
                for number in 1...3 {
                    try await agent.process.until("began build \(number)") { project.builds == number }
                    try project.write("a", "during \(number)")
                    project.releaseBuilds()
                    if number < 3 { project.holdBuilds() }
                }
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(try await project.contentOfA() == "during 3")
            }
        }

        /// The build that goes on when a question comes is of the inputs of then: it is the answer, whatever is
        /// edited after that.
        @Test func `who asks during a build does not wait for another of later edits`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project, "--verbose")
                func changes() -> Int { agent.process.stderr.ranges(of: "changed in").count }
                try await agent.untilCurrent(digest: try await project.digest())
                project.holdBuilds()
                try project.write("a", "asked for")
                try await agent.process.until("began the build") { project.builds == 2 }
                let asked = try await project.digest()
                let question = try project.stokerStarted("warm", "--json", "--verbose")
                try await question.until("heard of the build") { question.stderr.contains("building") }
                let seen = changes()
                try project.write("a", "later")
                try await agent.process.until("saw the edit") { changes() > seen }
                project.releaseBuilds()
                let outcome = try await question.value()
                let answer = try outcome.json(TestProject.WarmAnswer.self)
                #expect(answer.digest == asked, "\(outcome.stderr)")
                #expect(answer.outcome == "waited")
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(try await project.contentOfA() == "later")
            }
        }

        /// As of somebody who saves all the time. Git's lock makes the time between two builds last.
        @Test func `edits during two builds and between them are built`() async throws {
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

        @Test func `an edit during a build is built`() async throws {
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
