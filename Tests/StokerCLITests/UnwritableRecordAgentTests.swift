import Testing

extension WholeProgram.OnAnEngine {
    /// A record that cannot be written, and an agent that would try it again at each event of its own doing.
    @Suite struct UnwritableRecordAgentTests {
        @Test func `the agent builds once, says why once, answers, and follows edits`() async throws {
            try await TestProject.with { project in
                // A file of the person's, which is not replaced.
                try project.write("stoker.yaml", "image: {keep: 0, record: data.json}\n")
                try project.write("data.json", #"{"build_hash": "mine"}"#)
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                for (number, text) in ["first", "second"].enumerated() {
                    try project.write("a", text)
                    try await agent.untilCurrent(digest: try await project.digest())
                    for _ in 0..<5 {
                        let answer = try await project.warm()
                        #expect(answer.via == "agent")
                        #expect(answer.outcome == "hit")
                        // What its own tag and record may have set off, it has heard of by now.
                        try await Task.sleep(for: .milliseconds(300))
                    }
                    #expect(try await project.contentOfA() == text)
                    #expect(project.builds <= number + 2, "the first file may have been built before")
                }
                let words = "other programs may take the image for outdated"
                #expect(try await project.stoker("status").stdout.contains("warning: \(words)"))
                let said = agent.process.stderr.split(separator: "\n").filter { $0.contains(words) }
                #expect(said.count == 1, "\(agent.process.stderr)")
                #expect(project.text("data.json") == #"{"build_hash": "mine"}"#)
            }
        }
    }
}
