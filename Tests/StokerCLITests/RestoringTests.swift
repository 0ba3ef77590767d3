import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// Going back to an earlier state is no build.
    @Suite struct RestoringTests {
        private static let reason = "the inputs are those of an image built before"

        @Test(arguments: TestEngine.clients, [false, true])
        func `an undone edit is restored without a build`(client: String, hasAgent: Bool) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                let agent = hasAgent ? try await TestAgent(project) : nil
                let first = try await project.warm()
                try project.write("a", "other")
                let second = try await project.warm()
                let builds = project.builds
                try project.write("a", "first")
                let third = try await project.warm()
                #expect([third.imageID, third.digest] == [first.imageID, first.digest])
                #expect(third.imageID != second.imageID)
                #expect(try await project.imageID() == first.imageID)
                #expect(try await project.contentOfA() == "first")
                if let agent {
                    #expect(["restored", "hit", "waited"].contains(third.outcome))
                    try await agent.untilCurrent(digest: first.digest)
                } else {
                    #expect(third.outcome == "restored")
                    #expect(third.reason == Self.reason)
                }
                #expect(project.builds == builds)
                #expect(try await project.warm().outcome == "hit")
            }
        }

        @Test func `a build that was restored is not told as the last build`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                let first = try await project.warm()
                try project.write("a", "other")
                let second = try await project.warm()
                try await agent.untilCurrent(digest: second.digest)
                let build = try await agent.image()?.lastBuild
                try project.write("a", "first")
                try await agent.untilCurrent(digest: first.digest)
                #expect(try await agent.image()?.lastBuild?.at == build?.at)
                #expect(project.builds == 2)
            }
        }

        @Test func `another worktree restores what was built in the first`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let first = try await project.warm()
                _ = try await project.shell("mkdir ../w && cp Dockerfile a ../w/")
                let outcome = try await project.stoker("warm", "--json", in: project.base + "/w")
                let other = try outcome.json(TestProject.WarmAnswer.self)
                #expect(other.outcome == "restored")
                #expect(other.image == "w-test:latest")
                #expect([other.imageID, other.digest] == [first.imageID, first.digest])
                #expect(project.builds == 1)
                #expect(outcome.stderr.isEmpty)
            }
        }

        @Test func `eight processes that find a branch switched back restore once`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let first = try await project.warm()
                try project.write("a", "other")
                _ = try await project.warm()
                try project.write("a", "first")
                let answers = try await project.warmAtOnce(8)
                #expect(project.builds == 2)
                #expect(Set(answers.map(\.imageID)) == [first.imageID])
                #expect(answers.filter { $0.outcome == "restored" }.count == 1)
                #expect(answers.allSatisfy { ["restored", "waited", "hit"].contains($0.outcome) })
                #expect(!project.exists(project.lock))
            }
        }

        @Test func `where the base is not certain nothing is kept`() async throws {
            try await TestProject.with { project in
                try project.write(
                    "Dockerfile",
                    "FROM ${no_proxy:-scratch}\nLABEL dev.stoker.test=\(project.id)\nCOPY a /a\n")
                for text in ["one", "two", "one"] {
                    try project.write("a", text)
                    let answer = try await project.warm()
                    #expect(answer.outcome == "built")
                    let tags = try await project.docker(
                        "image", "inspect", "--format", "{{.RepoTags}}", answer.imageID)
                    #expect(tags.stdout == "[\(project.tag)]\n")
                }
            }
        }

        @Test func `a tag of Stoker's own is refused with its place`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                for tag in ["stoker-kept:x", "docker.io/library/stoker-kept", "library/stoker-build:1"] {
                    try project.write("stoker.yaml", "image:\n  tag: \(tag)\n")
                    try await project.stoker("warm").expectComplaint(
                        65, "stoker.yaml:2:8", tag, "is Stoker's own")
                }
            }
        }
    }
}
