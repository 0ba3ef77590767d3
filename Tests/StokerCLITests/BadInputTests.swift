import Foundation
import Testing

extension WholeProgram {
    /// What a person can get wrong before an engine is even asked.
    @Suite struct BadInputTests {
        @Test(arguments: ["warm", "inputs"])
        func `a folder without a Dockerfile is told by its path`(command: String) async throws {
            try await TestProject.with { project in
                let outcome = try await project.stoker(command, "-C", project.root)
                outcome.expectComplaint(
                    65, "there is no Dockerfile at \(project.root)/Dockerfile", "create it")
                #expect(try FileManager.default.contentsOfDirectory(atPath: project.root).isEmpty)
            }
        }

        @Test(arguments: ["warm", "inputs", "agent"])
        func `a folder outside of any project is told with what would make it one`(
            command: String
        ) async throws {
            try await TestProject.with { project in
                let outcome = try await project.stoker(command)
                outcome.expectComplaint(
                    65, "found neither a stoker.yaml nor a Dockerfile in \(project.root)", "-C DIR")
            }
        }

        @Test func `a project that does not exist is told by its path`() async throws {
            try await TestProject.with { project in
                for command in ["warm", "inputs", "agent", "reap", "name"] {
                    let words = [command, "-C", "gone"] + (command == "name" ? ["x"] : [])
                    let outcome = try await project.start([TestEngine.program] + words).value()
                    outcome.expectComplaint(65, "gone", "existing directory")
                }
            }
        }

        @Test(arguments: [
            ("image: {taag: x}\n", 1, 9, "expected"), ("image:\n  pull: maybe\n", 2, 9, "expected"),
            ("images:\n  app:\n    tag: 'UPPER:case'\n", 3, 10, "expected"),
            ("reaping:\n  older-than: 2 weeks\n", 2, 15, "as in 90s"), ("image: [\n", 2, 1, "expected"),
        ])
        func `a mistake in stoker.yaml is told with file, line and column`(
            yaml: String, line: Int, column: Int, word: String
        ) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", yaml)
                for words in [["warm"], ["inputs"], ["reap"], ["name", "x"]] {
                    let outcome = try await project.start([TestEngine.program] + words).value()
                    outcome.expectComplaint(
                        65, "\(project.root)/stoker.yaml:\(line):\(column): ", word)
                }
            }
        }

        @Test func `an image that stoker.yaml does not have is told with those that it has`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "images: {app: , tools: }\n")
                try await project.stoker("warm", "app", "nope").expectComplaint(
                    64, "no image `nope`", "app, tools")
                try await project.stoker("inputs", "nope").expectComplaint(
                    64, "no image `nope`", "app, tools")
            }
        }

        @Test(arguments: [
            (["reap", "--dry-run", "--yes"], "contradict"), (["agent", ".", "-C", "."], "not both"),
            (["warm", "--timeout=-1"], "--timeout"), (["warm", "--timeout", "soon"], "--timeout"),
            (["warm", "--timeout", "nan"], "--timeout"), (["warm", "--nope"], "--nope"),
            (["inputs", "one", "two"], "two"), (["name"], "stem"), (["nope"], "nope"),
            (["name", "x", "--count", "0"], "--count"), (["name", "x", "--count", "10001"], "--count"),
        ])
        func `a command line that makes no sense is refused`(words: [String], word: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try await project.start([TestEngine.program] + words).value().expectUsage(word)
            }
        }

        @Test(arguments: [
            (["reap", "--older-than", "3"], "--older-than", "unit"),
            (["reap", "--older-than=-1h"], "--older-than", "-"),
            (["reap", "--pattern", "*"], "--pattern", "literal"),
            (["reap", "--pattern", "clud-*"], "--pattern", "{hex:8}"), (["name", ""], "empty", "say what"),
            (["name", "a b"], "\" \"", "letters"), (["name", "a/b"], "\"/\"", "letters"),
            (["name", "ä"], "\"ä\"", "letters"),
            (["name", String(repeating: "x", count: 64)], "63", "shorten"),
        ])
        func `a value that cannot be used is told in one sentence`(
            words: [String], first: String, second: String
        ) async throws {
            try await TestProject.with { project in
                try await project.start([TestEngine.program] + words).value().expectComplaint(
                    64, first, second)
            }
        }

        @Test(arguments: [
            ("ssh://host", "ssh"), ("unix://relative", "absolute"), ("nonsense", "unix:///PATH"),
        ])
        func `an engine's address that cannot be used is told`(host: String, word: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                for command in ["warm", "reap", "agent"] {
                    try await project.stoker(command, environment: ["DOCKER_HOST": host]).expectComplaint(
                        65, "DOCKER_HOST", word)
                }
            }
        }

        @Test func `a place at which no socket can be is told`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let folder = project.base + "/" + String(repeating: "x", count: 100)
                try await project.stoker("agent", environment: ["XDG_RUNTIME_DIR": folder]).expectComplaint(
                    65, "\(folder)/stoker/agent.sock", "longer than 107 bytes", "XDG_RUNTIME_DIR")
            }
        }

        @Test func `a Dockerfile that is missing is told before an engine that is away`() async throws {
            try await TestProject.with { project in
                let outcome = try await project.stoker(
                    "warm", "-C", project.root,
                    environment: ["DOCKER_HOST": "unix:///nonexistent/docker.sock"])
                outcome.expectComplaint(65, "there is no Dockerfile at \(project.root)/Dockerfile")
            }
        }
    }
}
