import Foundation
import Glibc
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// From which images a tag may be taken.
    @Suite struct TagTrustTests {
        /// An image that a person has built, under a tag that the project's configuration then names.
        private func makeGolden(_ project: TestProject, isNamed: Bool = true) async throws -> (
            tag: String, id: String
        ) {
            let tag = "golden\(project.id):1"
            try project.writeSmallImage()
            try project.write("\(project.base)/golden/Dockerfile", project.dockerfile("COPY a /golden\n"))
            try project.write("\(project.base)/golden/a", "golden")
            let build = try await project.docker("build", "-t", tag, "\(project.base)/golden")
            try #require(build.status == 0, "\(build.stderr)")
            if isNamed { try project.write("stoker.yaml", "image: {tag: '\(tag)'}\n") }
            return (tag, try #require(try await project.imageID(tag)))
        }

        @Test func `a person's image keeps its tag until the person gives it away`() async throws {
            try await TestProject.with { project in
                let golden = try await makeGolden(project)
                for _ in 0..<2 {
                    try await project.stoker("warm").expectComplaint(
                        65, "the tag \(golden.tag) is on the image \(golden.id.dropFirst(7).prefix(12))",
                        "`stoker warm --take-tag`")
                }
                #expect(try await project.imageID(golden.tag) == golden.id)
                #expect(project.builds == 0)
                #expect(!project.exists(".docker_test_cache.json"))
                let answer = try await project.warm("--take-tag")
                #expect(answer.outcome == "built")
                #expect(answer.warnings.count == 1 && answer.warnings[0].contains("has no tag now"))
                #expect(try await project.imageID(golden.tag) == answer.imageID)
                // From then on it is Stoker's.
                try project.write("a", "second")
                let next = try await project.warm()
                #expect(next.outcome == "built" && next.warnings == [])
                #expect(try await project.imageID(golden.tag) == next.imageID)
            }
        }

        @Test func `run takes no person's tag either, unless it is told to`() async throws {
            try await TestProject.with { project in
                let golden = try await makeGolden(project)
                let run = try await project.stoker("run", "--", "true")
                run.expectComplaint(65, golden.tag, "--take-tag")
                #expect(try await project.imageID(golden.tag) == golden.id)
                let taken = try await project.stoker("run", "--take-tag", "--", "true")
                #expect(taken.status == 0, "\(taken.stderr)")
                #expect(try await project.imageID(golden.tag) != golden.id)
            }
        }

        @Test func `an image with a second tag of the person's lets the first go`() async throws {
            try await TestProject.with { project in
                let golden = try await makeGolden(project)
                let second = "golden\(project.id):2"
                try await project.docker("tag", golden.tag, second)
                let answer = try await project.warm()
                #expect(answer.warnings.count == 1 && answer.warnings[0].contains("still there as \(second)"))
                #expect(try await project.imageID(second) == golden.id)
            }
        }

        /// A record can come with the repository.
        @Test func `a record in the project proves nothing`() async throws {
            try await TestProject.with { project in
                let golden = try await makeGolden(project, isNamed: false)
                _ = try await project.warm()
                // As a stranger would write it who knows the image.
                let record = project.text(".docker_test_cache.json")
                    .replacing(project.tag, with: golden.tag)
                    .replacing(
                        try #require(try await project.imageID()).dropFirst(7),
                        with: golden.id.dropFirst(7)
                    )
                    .replacing(
                        try #require(try await project.imageID()).dropFirst(7).prefix(12),
                        with: golden.id.dropFirst(7).prefix(12))
                try project.write(".docker_test_cache.json", record)
                try project.write("stoker.yaml", "image: {tag: '\(golden.tag)'}\n")
                try project.write("a", "edited")
                try await project.stoker("warm").expectComplaint(65, golden.tag, "--take-tag")
                #expect(try await project.imageID(golden.tag) == golden.id)
            }
        }

        /// As a person does who wants to keep one of Stoker's images.
        @Test(arguments: [true, false])
        func `a person's tag on an image of Stoker's stays theirs`(hasCache: Bool) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let first = try await project.warm()
                let saved = "saved\(project.id):1"
                try await project.docker("tag", project.tag, saved)
                try project.write("a", "second")
                _ = try await project.warm()
                try project.write("stoker.yaml", "image: {tag: '\(saved)'}\n")
                // Also where it is the image of these very inputs.
                if !hasCache { try project.write("a", "first") }
                try await project.stoker("warm").expectComplaint(65, saved, "--take-tag")
                #expect(try await project.imageID(saved) == first.imageID)
            }
        }

        /// What Stoker remembers of tags is younger than Stoker, and can be lost.
        @Test(arguments: ["tags", "tags kept", "", "tags kept record"])
        func `an image of Stoker's own is known without the book`(lost: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.warm()
                for name in lost.split(separator: " ") {
                    let path = name == "record" ? project.record : "\(project.base)/cache/stoker/\(name)"
                    try FileManager.default.removeItem(atPath: path)
                }
                try project.write("a", "second")
                let answer = try await project.warm()
                #expect(answer.outcome == "built" && answer.warnings == [])
                #expect(try await project.contentOfA() == "second")
            }
        }

        @Test func `an image that is not kept is known by the book alone`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {keep: 0}\n")
                for text in ["1", "2", "1"] {
                    try project.write("a", text)
                    #expect(try await project.warm().outcome == "built")
                }
                try FileManager.default.removeItem(atPath: "\(project.base)/cache/stoker/tags")
                try project.write("a", "3")
                try await project.stoker("warm").expectComplaint(65, project.tag, "--take-tag")
                #expect(try await project.warm("--take-tag").outcome == "built")
            }
        }

        @Test func `a tag that comes during the build is not taken`() async throws {
            try await TestProject.with { project in
                let golden = try await makeGolden(project)
                let aside = "aside\(project.id):1"
                try await project.docker("tag", golden.tag, aside)
                try await project.docker("rmi", golden.tag)
                project.holdBuilds()
                let warm = try project.stokerStarted("warm")
                try await warm.until("asked for a build") { project.builds == 1 }
                try await project.docker("tag", aside, golden.tag)
                try await project.docker("rmi", aside)
                project.releaseBuilds()
                try await warm.value().expectComplaint(65, golden.tag, "--take-tag", notes: ["building"])
                #expect(try await project.imageID(golden.tag) == golden.id)
                // What was built is not lost.
                let answer = try await project.warm("--take-tag")
                #expect(answer.outcome == "restored")
                #expect(project.builds == 1)
            }
        }

        @Test func `an agent tells it, and waits until something has changed`() async throws {
            try await TestProject.with { project in
                let golden = try await makeGolden(project)
                let agent = try await TestAgent(project)
                let image = try await agent.untilImage("refused") { $0.state == .failed }
                #expect(image.problem?.contains("the tag \(golden.tag) is on the image") == true)
                try await project.stoker("warm").expectComplaint(65, golden.tag, "--take-tag")
                // Whatever happens at the engine makes it look again.
                let aside = "aside\(project.id):1"
                try project.write("\(project.base)/golden/a", "aside")
                try await project.docker("build", "-t", aside, "\(project.base)/golden")
                for _ in 0..<3 {
                    try await project.docker("tag", aside, "other\(project.id):1")
                    try await project.docker("rmi", "other\(project.id):1")
                    try await agent.untilImage("refused again") { $0.state == .failed }
                }
                #expect(project.builds == 0)
                #expect(agent.process.stderr.ranges(of: "--take-tag").count == 1)
                #expect(try await project.imageID(golden.tag) == golden.id)
                try await project.docker("tag", golden.tag, "golden\(project.id):2")
                try await project.docker("rmi", golden.tag)
                try await agent.untilCurrent(digest: try await project.digest())
                // And the agent goes on with what a person has taken.
                #expect(try await project.warm().via == "agent")
            }
        }
    }
}
