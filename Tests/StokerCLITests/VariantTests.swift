import Foundation
import StokerAgent
import StokerKit
import SystemPackage
import Testing

extension WholeProgram.OnAnEngine {
    /// Several images of one project.
    @Suite struct VariantTests {
        /// `top` is built on `base`; `alone` is not.
        private static func prepare(_ project: TestProject) throws {
            let base = "p\(project.id)-base"
            try project.write("Dockerfile.base", project.dockerfile("COPY a /a\n"))
            try project.write("Dockerfile.top", "FROM \(base)\nCOPY b /b\n")
            try project.write("Dockerfile.alone", project.dockerfile("COPY c /c\n"))
            for name in ["a", "b", "c"] { try project.write(name, "first \(name)") }
            try project.write(
                "stoker.yaml",
                """
                images:
                  top: {tag: "p\(project.id)-top", dockerfile: Dockerfile.top}
                  alone: {tag: "p\(project.id)-alone", dockerfile: Dockerfile.alone}
                  base: {tag: "\(base)", dockerfile: Dockerfile.base}

                """)
        }

        private static func reference(_ project: TestProject, _ name: String) -> String {
            "p\(project.id)-\(name):latest"
        }

        @Test(arguments: TestEngine.clients)
        func `each has its own record, and one comes after the one that it is built on`(client: String)
            async throws
        {
            try await TestProject.with(client: client) { project in
                try Self.prepare(project)
                let outcome = try await project.stoker("warm", "--no-agent")
                try #require(outcome.status == 0, "\(outcome.stderr)")
                let references = ["top", "alone", "base"].map { Self.reference(project, $0) }
                #expect(outcome.stdout == references.map { $0 + "\n" }.joined())
                #expect(try await project.content(of: "a", references[0]) == "first a")
                for name in ["top", "alone", "base"] {
                    #expect(project.exists(".docker_test_cache.\(name).json"))
                    #expect(!project.exists(".docker_build.\(name).lock"))
                }
                #expect(project.builds == 3)
                let again = try await project.stoker("warm", "--no-agent")
                #expect(again.stdout == outcome.stdout)
                #expect(again.stderr.isEmpty)
                #expect(project.builds == 3)
            }
        }

        @Test(arguments: [true, false])
        func `an image is the one for today's files of those that it is built on too`(hasAgent: Bool)
            async throws
        {
            try await TestProject.with { project in
                try Self.prepare(project)
                if hasAgent { _ = try await TestAgent(project, project.root) }
                #expect(try await project.stoker("warm").status == 0)
                for text in ["second", "third"] {
                    try project.write("a", text)
                    let outcome = try await project.stoker("warm", "top")
                    try #require(outcome.status == 0, "\(outcome.stderr)")
                    #expect(outcome.stdout == Self.reference(project, "top") + "\n")
                    #expect(try await project.content(of: "a", Self.reference(project, "top")) == text)
                }
                let hit = try await project.stoker("warm", "top")
                #expect(hit.stderr.isEmpty)
                #expect(hit.stdout == Self.reference(project, "top") + "\n")
            }
        }

        /// The command asks for both by itself; others may ask the agent for one.
        @Test func `whoever asks the agent for one image gets it on today's base`() async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                let agent = try await TestAgent(project, project.root)
                try await agent.process.until("had all images") {
                    try await agent.status().projects[0].images.map(\.state) == [
                        .current, .current, .current,
                    ]
                }
                let client = ControlClient(socket: FilePath(project.agentSocket))
                let question = WarmQuestion(
                    project: project.root, image: "top",
                    endpoint: try Endpoint(parsing: project.host, certificates: nil, from: "the test"),
                    timeout: 300)
                for number in 1...5 {
                    try project.write("a", "edit \(number)")
                    let answer = try #require(try await client.warm(question) { _ in })
                    #expect(try await project.content(of: "a", answer.imageID) == "edit \(number)")
                }
            }
        }

        @Test func `independent ones are built side by side`() async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                project.holdBuilds()
                let warm = try project.stokerStarted("warm", "--no-agent")
                // Neither has been answered.
                try await warm.until("asked for two builds") { project.builds == 2 }
                project.releaseBuilds()
                let outcome = try await warm.value()
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(project.builds == 3)
            }
        }

        @Test func `one that fails is told, and takes nothing from those that do not need it`() async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                try project.write("Dockerfile.base", project.dockerfile("COPY missing /a\n"))
                let outcome = try await project.stoker("warm", "--no-agent", "alone", "top")
                #expect(outcome.status == 1)
                #expect(outcome.stdout == Self.reference(project, "alone") + "\n")
                #expect(outcome.stderr.contains("top was not built, since it is built on base"))
                #expect(outcome.stderr.contains("missing"))
                #expect(try await project.imageID(Self.reference(project, "top")) == nil)
            }
        }

        @Test func `images that are built on each other are refused`() async throws {
            try await TestProject.with { project in
                try Self.prepare(project)
                try project.write("Dockerfile.base", "FROM p\(project.id)-top\n")
                for way in ["on", "off"] {
                    let outcome = try await project.stoker(
                        "warm", "--no-agent", environment: ["STOKER_SHORT_WAY": way])
                    outcome.expectComplaint(65, "top, which is built on base, which is built on top")
                }
                #expect(project.builds == 0)
            }
        }
    }
}
