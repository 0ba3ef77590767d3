import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// The main job without an agent, with each client's builder.
    @Suite struct BuildTests {
        @Test(arguments: TestEngine.clients)
        func `a missing image is built, and its reference is all that is printed`(client: String) async throws
        {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                let outcome = try await project.stoker("warm")
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(outcome.stdout == project.tag + "\n")
                #expect(project.builds == 1)
                #expect(try await project.contentOfA() == "first")
                #expect(!project.exists(project.lock))
            }
        }

        @Test(arguments: TestEngine.clients)
        func `an image that is there is a hit, without a build and without a word`(client: String)
            async throws
        {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                _ = try await project.warm()
                let outcome = try await project.stoker("warm")
                #expect(outcome.status == 0)
                #expect(outcome.stdout == project.tag + "\n")
                #expect(outcome.stderr.isEmpty)
                #expect(try await project.warm().outcome == "hit")
                #expect(project.builds == 1)
            }
        }

        @Test(arguments: TestEngine.clients)
        func `an edit is built, and the reason names the file`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                let first = try await project.warm()
                #expect(first.outcome == "built")
                try project.write("a", "other")
                let second = try await project.warm()
                #expect(second.outcome == "built")
                #expect(second.reason == "a changed")
                #expect(second.digest != first.digest)
                #expect(try await project.contentOfA() == "other")
            }
        }

        @Test(arguments: TestEngine.clients)
        func `eight processes that find it cold build once and agree`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSlowImage(seconds: "1")
                let answers = try await project.warmAtOnce(8)
                #expect(project.builds == 1)
                #expect(Set(answers.map(\.image)) == [project.tag])
                #expect(Set(answers.map(\.imageID)).count == 1)
                #expect(answers.filter { $0.outcome == "built" }.count == 1)
                // One that was late to look may have hit.
                #expect(answers.allSatisfy { ["built", "waited", "hit"].contains($0.outcome) })
                #expect(!project.exists(project.lock))
            }
        }

        @Test(arguments: TestEngine.clients)
        func `the builder's last lines tell why a build failed`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeRunningImage("echo the pipes are cold >&2; exit 3")
                let outcome = try await project.stoker("warm")
                #expect(outcome.status == 1)
                #expect(outcome.stdout.isEmpty)
                #expect(outcome.stderr.contains("the build of \(project.tag) failed"))
                #expect(outcome.stderr.contains("the pipes are cold"))
                #expect(outcome.stderr.contains("mend \(project.root)/Dockerfile"))
                #expect(!project.exists(project.record))
                #expect(!project.exists(project.lock))
                #expect(try await project.imageID() == nil)
            }
        }

        @Test func `a failed build leaves the last good image and its record`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let good = try await project.warm()
                let record = project.text(project.record)
                try project.write("Dockerfile", project.dockerfile("COPY missing /a\n"))
                #expect(try await project.stoker("warm").status == 1)
                #expect(project.text(project.record) == record)
                #expect(try await project.imageID() == good.imageID)
                try project.writeSmallImage()
                #expect(try await project.warm().outcome == "hit")
            }
        }

        @Test func `an image that was removed is built again`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try await project.docker("rmi", "--force", try await project.warm().imageID)
                let answer = try await project.warm()
                #expect(answer.outcome == "built")
                #expect(answer.reason == "the image \(project.tag) is missing")
            }
        }

        @Test func `a tag that was given to another image is taken back`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let first = try await project.warm()
                let foreign = "FROM scratch\\nLABEL dev.stoker.test=\(project.id) foreign=1\\nCOPY a /b\\n"
                _ = try await project.shell(
                    "printf '\(foreign)' >../out/Dockerfile && DOCKER_BUILDKIT=1 docker build -q -f ../out/Dockerfile -t \(project.tag) -t other\(project.id):1 ."
                )
                let built = try await project.imageID()
                try #require(built != first.imageID)
                let answer = try await project.warm()
                #expect(answer.outcome == "restored")
                #expect(answer.imageID == first.imageID)
                #expect(try await project.contentOfA() == "first")
            }
        }
    }
}
