import Foundation
import Glibc
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// Edits against questions: the race that every answer has to win.
    @Suite struct EditTests {
        /// As often as fits into half a minute or so: each of them is a build.
        private static let savesThenAsks = 50

        @Test func `a question right after a save is answered for what was saved`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                for index in 0..<Self.savesThenAsks {
                    // Of one size, as the most deceptive edits are.
                    try project.write("a", "edit \(1000 + index)")
                    let answer = try await project.warm()
                    #expect(answer.via == "agent")
                    #expect(answer.digest == (try await project.digest()))
                }
                #expect(try await project.contentOfA() == "edit \(1000 + Self.savesThenAsks - 1)")
            }
        }

        @Test(arguments: TestEngine.clients)
        func `edits without end still yield images, and the last state is the one that stays`(
            client: String
        ) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                let before = project.builds
                let writer = try project.start(
                    ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >a; sleep 0.02; done"])
                var ends: Set<Double> = []
                try await agent.process.until("built while it was edited", within: .seconds(300)) {
                    if let build = try await agent.image()?.lastBuild, build.succeeded {
                        ends.insert(build.at)
                    }
                    return ends.count >= 3
                }
                #expect(writer.isRunning)
                #expect(project.builds >= before + 2)
                writer.signalGroup(SIGKILL)
                _ = try await writer.value()
                let last = project.text("a")
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(try await project.contentOfA() == last)
                #expect(try await project.warm().outcome == "hit")
            }
        }

        @Test func `a question in the middle of endless edits is answered for some state after it`()
            async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await TestAgent(project)
                let writer = try project.start(
                    ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >a; sleep 0.02; done"])
                for _ in 0..<5 {
                    let before = Int(project.text("a").trimmingCharacters(in: .newlines)) ?? 0
                    let answer = try await project.warm()
                    #expect(["built", "waited", "hit", "restored"].contains(answer.outcome))
                    // By its ID, since the tag may have moved on; an empty file is one that is being written.
                    let content = try await project.contentOfA(answer.imageID)
                        .trimmingCharacters(in: .newlines)
                    #expect(content.isEmpty || (Int(content) ?? 0) >= before, "\(content)")
                }
                writer.signalGroup(SIGKILL)
                _ = try await writer.value()
            }
        }

        @Test func `an edit in mid-build is not lost`() async throws {
            try await TestProject.with { project in
                try project.writeSlowImage(seconds: "1")
                let agent = try await TestAgent(project)
                try await agent.process.until("began the first build") { project.builds == 1 }
                try project.write("seconds", "0.1")
                let digest = try await project.digest()
                let answer = try await project.warm()
                #expect(answer.digest == digest)
                try await agent.untilCurrent(digest: digest)
            }
        }
    }
}
