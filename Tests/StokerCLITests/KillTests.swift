import Foundation
import Glibc
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// Kills that nobody can see coming, at whatever point of building and publishing they meet the agent.
    @Suite struct KillTests {
        /// As many as fit into a test run; `STOKER_KILLS` asks for more.
        private static let kills =
            ProcessInfo.processInfo.environment["STOKER_KILLS"].flatMap { Int($0) } ?? 12

        @Test(arguments: TestEngine.clients)
        func `no record ever vouches for a wrong image, whenever the agent is killed`(
            client: String
        ) async throws {
            var random = SeededGenerator(seed: 4)
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                var agent = try await TestAgent(project)
                // How long an edit takes to become an image, as the span in which to kill.
                let started = ContinuousClock.now
                try await agent.untilCurrent(digest: try await project.digest())
                let span = ContinuousClock.now - started
                for round in 0..<Self.kills {
                    let text = "round \(1000 + round)"
                    try project.write("a", text)
                    try await Task.sleep(for: span * Double.random(in: 0...1.2, using: &random))
                    agent.process.signal(SIGKILL)
                    _ = try await agent.process.value()
                    if round.isMultiple(of: 2) {
                        let answer = try await project.warm()
                        #expect(answer.via == "local")
                        #expect(answer.digest == (try await project.digest()))
                        #expect(try await project.contentOfA() == text)
                    }
                    agent = try await TestAgent(project)
                    try await agent.untilCurrent(digest: try await project.digest())
                    #expect(try await project.contentOfA() == text)
                }
                _ = try await agent.stop()
                // A client that has outlived its agent may still tag what it built.
                try await project.untilNobodyIsLeft()
                // The next build clears away what the kills have left.
                try project.write("a", "last")
                #expect(try await project.warm().outcome == "built")
                #expect(!project.exists(project.lock))
                let left = try await project.docker(
                    "images", "--quiet", "--filter", "label=dev.stoker.test=\(project.id)", "--filter",
                    "reference=stoker-build")
                #expect(left.stdout.isEmpty)
            }
        }
    }
}
