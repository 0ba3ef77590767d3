import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// Images that are built on other images of the engine's.
    @Suite struct BaseImageTests {
        /// Builds a base image whose file `from` has this text.
        private func makeBase(_ project: TestProject, _ text: String, _ more: String = "") async throws {
            try project.write(project.base + "/base/from", text)
            try project.write(
                project.base + "/base/Dockerfile", project.dockerfile("COPY from /from\n" + more))
            var outcome: Outcome
            repeat {
                outcome = try await project.start([
                    project.client, "build", "--quiet", "--tag", base(project), project.base + "/base",
                ]).value()
                // What becomes of a legacy build when another test removes an image meanwhile.
            } while outcome.stderr.contains("unable to find image \"sha256:")
            try #require(outcome.status == 0, "\(outcome.stderr)")
        }

        private func base(_ project: TestProject) -> String { "p\(project.id)-base:1" }

        @Test(arguments: TestEngine.clients)
        func `a base that is retagged is built on anew, and the reason is told`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                for dockerfile in [
                    "FROM BASE\nCOPY a /a\n",
                    project.dockerfile("COPY a /a\nCOPY --from=BASE /from /from\n"),
                ] {
                    try await makeBase(project, "one")
                    try project.write("a", "first")
                    try project.write(
                        "Dockerfile", dockerfile.replacingOccurrences(of: "BASE", with: base(project)))
                    _ = try await project.warm()
                    #expect(try await project.warm().outcome == "hit")
                    try await makeBase(project, "two")
                    let answer = try await project.warm()
                    #expect(answer.outcome == "built")
                    #expect(answer.reason == "the base image \(base(project)) is another image now")
                    #expect(try await project.content(of: "from") == "two")
                    #expect(try await project.warm().outcome == "hit")
                }
            }
        }

        @Test(arguments: TestEngine.clients)
        func `what a local base's ONBUILD copies is an input, and nothing else`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await makeBase(project, "one", "ONBUILD COPY data /data\n")
                try project.write("data", "first")
                try project.write("other", "first")
                try project.write("Dockerfile", "FROM \(base(project))\n")
                _ = try await project.warm()
                try project.write("other", "second")
                #expect(try await project.warm().outcome == "hit")
                try project.write("data", "second")
                #expect(try await project.warm().outcome == "built")
                #expect(try await project.content(of: "data") == "second")
                let why = try await project.stoker("inputs", "--why", "data")
                #expect(why.stdout.contains("ONBUILD COPY"))
                #expect(why.stdout.contains("Dockerfile:1"))
            }
        }

        /// The name depends on what the client passes on by itself, so no record can vouch for it.
        @Test(arguments: TestEngine.clients)
        func `where the base is not certain nothing hits, and why is told`(client: String) async throws {
            try await TestProject.with(client: client) { project in
                try await makeBase(project, "one")
                try project.write("Dockerfile", "FROM ${no_proxy:-\(base(project))}\n")
                _ = try await project.warm()
                try await makeBase(project, "two")
                let answer = try await project.warm()
                #expect(answer.outcome == "built")
                #expect(answer.reason?.contains("line 1 of") == true)
                #expect(answer.reason?.contains("$no_proxy") == true)
                #expect(try await project.content(of: "from") == "two")
                #expect(try await project.warm().outcome == "built")
            }
        }

        @Test func `of a base that is not in the store anything may be read`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", "FROM p\(project.id)-nowhere:1\nCOPY a /a\n")
                try project.write("a", "first")
                let why = try await project.stoker("inputs", "--why", "other")
                #expect(why.status == 0)
                #expect(why.stdout.contains("the whole build context counts"))
                #expect(why.stdout.contains("p\(project.id)-nowhere:1"))
                #expect(try await project.stoker("inputs").stdout == "Dockerfile\na\n")
            }
        }
    }
}
