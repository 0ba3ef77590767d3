import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// Only what the Dockerfile can read counts, and it is said why.
    @Suite struct ExactInputsTests {
        @Test(arguments: TestEngine.clients)
        func `a file that nothing reads changes nothing`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.writeSmallImage()
                try project.write("unread", "first")
                let first = try await project.warm()
                try project.write("unread", "second")
                try project.write("more/unread", "new")
                let second = try await project.warm()
                #expect(second.outcome == "hit")
                #expect(second.digest == first.digest)
                #expect(try await project.stoker("inputs").stdout == "Dockerfile\na\n")
            }
        }

        /// The legacy builder builds it nevertheless, and must find its files.
        @Test(arguments: TestEngine.clients)
        func `a stage that the image does not need does not count`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.write(
                    "Dockerfile",
                    "FROM scratch AS lint\nCOPY lint.cfg /\n" + project.dockerfile("COPY a /a\n"))
                try project.write("a", "first")
                try project.write("lint.cfg", "first")
                _ = try await project.warm()
                try project.write("lint.cfg", "second")
                #expect(try await project.warm().outcome == "hit")
                try project.write("a", "second")
                #expect(try await project.warm().outcome == "built")
                #expect(try await project.contentOfA() == "second")
            }
        }

        @Test(arguments: TestEngine.clients)
        func `what a link in a source leads to counts`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try project.write("Dockerfile", project.dockerfile("COPY current/a /a\n"))
                try project.write("v1/a", "first")
                try project.write("v2/a", "other")
                symlink("v1", project.path("current"))
                _ = try await project.warm()
                #expect(try await project.contentOfA() == "first")
                try project.write("v1/a", "second")
                #expect(try await project.warm().outcome == "built")
                #expect(try await project.contentOfA() == "second")
                try project.write("v2/a", "unread")
                #expect(try await project.warm().outcome == "hit")
                unlink(project.path("current"))
                symlink("v2", project.path("current"))
                #expect(try await project.warm().outcome == "built")
                #expect(try await project.contentOfA() == "unread")
            }
        }
    }
}

extension WholeProgram {
    /// `stoker inputs --why`.
    @Suite struct WhyTests {
        private func why(_ path: String, _ project: TestProject) async throws -> String {
            let outcome = try await project.stoker("inputs", "--why", path)
            #expect(outcome.status == 0, "\(outcome.stderr)")
            #expect(outcome.stderr.isEmpty)
            return outcome.stdout
        }

        @Test func `each kind of answer names file and line`() async throws {
            try await TestProject.with { project in
                try project.write(
                    "Dockerfile",
                    """
                    FROM scratch AS lint
                    COPY lint.cfg /
                    FROM scratch
                    ARG DIR=src
                    COPY ${DIR}/*.py /app/
                    ADD deep/er/file /
                    COPY here /here

                    """)
                try project.write(".dockerignore", "# comment\n**/*.md\nsrc/old*\n!src/old_but_kept.py\n")
                for name in [
                    "lint.cfg", "src/a.py", "src/b.txt", "src/old.py", "src/old_but_kept.py", "deep/er/file",
                    "there",
                ] {
                    try project.write(name, "x")
                }
                symlink("there", project.path("here"))
                let answers = [
                    "src/a.py": "src/a.py is an input: COPY of `src/*.py` reads it (Dockerfile:5)\n",
                    "src/b.txt": "src/b.txt is no input: no instruction of Dockerfile that counts reads it\n",
                    "lint.cfg": "lint.cfg is no input: no instruction of Dockerfile that counts reads it\n",
                    "src/old.py": "src/old.py is no input: .dockerignore:3 (`src/old*`) leaves it out\n",
                    "src/old_but_kept.py":
                        "src/old_but_kept.py is an input: COPY of `src/*.py` reads it (Dockerfile:5); "
                        + ".dockerignore:4 (`!src/old_but_kept.py`) brings it back\n",
                    "src/c.py":
                        "src/c.py (nothing is there now) is an input: COPY of `src/*.py` reads it (Dockerfile:5)\n",
                    "deep/er":
                        "deep/er is no input: it is only on the way to `deep/er/file` (Dockerfile:6), which must "
                        + "find it there; nothing else of it counts\n",
                    "deep/er/file":
                        "deep/er/file is an input: ADD of `deep/er/file` reads it (Dockerfile:6)\n",
                    "there":
                        "there is an input: COPY of `there` reads it through the link here (Dockerfile:7)\n",
                    "Dockerfile":
                        "Dockerfile is an input: it is the Dockerfile, whose bytes always count\n",
                    ".docker_build.lock":
                        ".docker_build.lock (nothing is there now) is no input: it is Stoker's own file, which "
                        + "never counts\n",
                    "/etc/passwd":
                        "/etc/passwd is no input: it lies in no build context of the image default\n",
                ]
                for (path, answer) in answers.sorted(by: { $0.key < $1.key }) {
                    #expect(try await why(path, project) == answer)
                }
            }
        }

        @Test func `an unknown front end is the reason for everything`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", "# syntax=example.com/own:1\nFROM scratch\nCOPY a /a\n")
                try project.write("a", "x")
                try project.write("b", "x")
                let answer = try await why("b", project)
                #expect(answer.hasPrefix("b is an input: the whole build context counts, since "))
                #expect(answer.contains("example.com/own:1"))
                #expect(answer.contains("(Dockerfile:1)"))
            }
        }

        @Test func `in JSON a script finds the same`() async throws {
            struct Answer: Decodable {
                struct Reason: Decodable {
                    var code: String
                    var file: String?
                    var line: Int?
                }
                var path: String
                var input: Bool
                var exists: Bool
                var reasons: [Reason]
            }
            try await TestProject.with { project in
                try project.write("Dockerfile", "FROM scratch\nCOPY a /a\n")
                try project.write("a", "x")
                let outcome = try await project.stoker("inputs", "--why", "a", "--json")
                let answer = try outcome.json(Answer.self)
                #expect(answer.path == "a")
                #expect(answer.input && answer.exists)
                #expect(answer.reasons.map(\.code) == ["read"])
                #expect(answer.reasons[0].file == "Dockerfile")
                #expect(answer.reasons[0].line == 2)
            }
        }
    }
}
