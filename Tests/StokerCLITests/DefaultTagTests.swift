import Foundation
import Glibc
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// Folders of one name.
    @Suite struct DefaultTagTests {
        /// Folders that have the name of the project's own, each with a file of other content.
        private func makeTwins(_ project: TestProject, _ count: Int) throws -> [String] {
            try (1...count).map { number in
                let folder = "\(project.base)/w\(number)/p\(project.id)"
                try project.write("\(folder)/Dockerfile", project.dockerfile("COPY a /a\n"))
                try project.write("\(folder)/a", "\(number)")
                return folder
            }
        }

        private func warm(
            _ project: TestProject, in folder: String, _ more: String...
        ) async throws -> TestProject.WarmAnswer {
            let outcome = try await project.start(
                [TestEngine.program, "warm", "--json"] + more, in: folder
            ).value()
            try #require(outcome.status == 0, "\(outcome.stderr)")
            return try outcome.json(TestProject.WarmAnswer.self)
        }

        @Test func `the second of two folders has a tag of its own`() async throws {
            try await TestProject.with { project in
                let twins = try makeTwins(project, 2)
                let first = try await warm(project, in: twins[0])
                let second = try await warm(project, in: twins[1])
                #expect(first.image == project.tag && first.warnings == [])
                #expect(second.image.hasPrefix("p\(project.id)-test-"))
                #expect(second.image.utf8.count == project.tag.utf8.count + 9)
                #expect(second.warnings.count == 1 && second.warnings[0].contains(twins[0]))
                // Neither takes anything from the other.
                for _ in 0..<2 {
                    for (folder, answer) in zip(twins, [first, second]) {
                        let again = try await warm(project, in: folder)
                        #expect(again.outcome == "hit" && again.image == answer.image)
                        #expect(again.warnings == [])
                        #expect(try await project.imageID(answer.image) == answer.imageID)
                    }
                }
                #expect(project.builds == 2)
            }
        }

        @Test func `all that begin at once have tags of their own`() async throws {
            try await TestProject.with { project in
                let twins = try makeTwins(project, 6)
                let running = try (twins + twins).map { folder in
                    try project.stokerStarted("warm", "--json", in: folder)
                }
                var answers: [TestProject.WarmAnswer] = []
                for process in running {
                    let outcome = try await process.value()
                    try #require(outcome.status == 0, "\(outcome.stderr)")
                    answers.append(try outcome.json(TestProject.WarmAnswer.self))
                }
                #expect(answers[..<6].map(\.image) == answers[6...].map(\.image))
                #expect(Set(answers.map(\.image)).count == 6)
                #expect(answers.contains { $0.image == project.tag })
                for (number, answer) in zip(1..., answers[..<6]) {
                    #expect(try await project.contentOfA(answer.image) == "\(number)")
                }
            }
        }

        @Test func `a project that is gone gives its tag up, and one that is moved has it`() async throws {
            try await TestProject.with { project in
                let twins = try makeTwins(project, 3)
                let first = try await warm(project, in: twins[0])
                let second = try await warm(project, in: twins[1])
                let moved = "\(project.base)/moved/p\(project.id)"
                _ = try await project.shell("mkdir ../moved && mv \(twins[0]) ../moved/")
                let again = try await warm(project, in: moved)
                #expect(again.outcome == "hit" && again.image == project.tag)
                #expect(again.imageID == first.imageID)
                // Who has come to another tag stays with it.
                try FileManager.default.removeItem(atPath: moved)
                #expect(try await warm(project, in: twins[1]).image == second.image)
                let third = try await warm(project, in: twins[2])
                #expect(third.image == project.tag && third.outcome == "built")
            }
        }

        @Test func `a tag that another project names is no default tag`() async throws {
            try await TestProject.with { project in
                let twins = try makeTwins(project, 1)
                try project.writeSmallImage()
                let other = "\(project.base)/other"
                try project.write("\(other)/Dockerfile", project.dockerfile("COPY a /a\n"))
                try project.write("\(other)/a", "other")
                try project.write("\(other)/stoker.yaml", "image: {tag: '\(project.tag)'}\n")
                _ = try await warm(project, in: other)
                let twin = try await warm(project, in: twins[0])
                #expect(twin.image != project.tag)
                // Two that name the same tag are told so when one takes it from the other.
                try project.write("stoker.yaml", "image: {tag: '\(project.tag)'}\n")
                let own = try await warm(project, in: project.root)
                #expect(own.warnings.count == 1 && own.warnings[0].contains(other))
            }
        }

        /// It would build on the other project's image.
        @Test func `a Dockerfile that names another project's tag as the own one is refused`() async throws {
            try await TestProject.with { project in
                let twins = try makeTwins(project, 2)
                for folder in twins {
                    try project.write("\(folder)/stoker.yaml", "images: {default: , b: {dockerfile: B}}\n")
                    try project.write(
                        "\(folder)/B", "FROM \(project.tag)\nLABEL dev.stoker.test=\(project.id)\n")
                }
                let first = try await project.stoker("warm", in: twins[0])
                #expect(first.status == 0, "\(first.stderr)")
                let second = try await project.stoker("warm", in: twins[1])
                #expect(second.status == 65)
                #expect(second.stderr.contains("builds on \(project.tag), which is another project's tag"))
            }
        }

        @Test func `an agent keeps the images of two folders of one name`() async throws {
            try await TestProject.with { project in
                let twins = try makeTwins(project, 2)
                let agent = try await TestAgent(project, twins[0], twins[1])
                try await agent.process.until("had both") {
                    try await agent.status().projects.allSatisfy { $0.images.first?.state == .current }
                }
                let answers = [
                    try await warm(project, in: twins[0]), try await warm(project, in: twins[1]),
                ]
                #expect(answers.map(\.via) == ["agent", "agent"])
                #expect(Set(answers.map(\.image)).count == 2)
                #expect(
                    try await agent.status().projects.flatMap(\.images).map(\.tag) == answers.map(\.image))
                #expect(project.builds == 2)
            }
        }
    }
}
