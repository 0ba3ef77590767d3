import Foundation
import Glibc
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// What the agent makes of a project that changes its shape.
    @Suite struct AgentConfigurationTests {
        @Test func `a new tag in stoker.yaml counts for the next question`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                let other = "other\(project.id):dev"
                try project.write("stoker.yaml", "image: {tag: '\(other)'}\n")
                let answer = try await project.warm()
                #expect(answer.image == other)
                #expect(answer.via == "agent")
                #expect(try await project.imageID(other) == answer.imageID)
                try await agent.untilImage("told the new tag") { $0.tag == other && $0.state == .current }
            }
        }

        @Test func `images that come and go in stoker.yaml come and go in the agent`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try project.write("stoker.yaml", "images: {one: , two: }\n")
                let answer = try await project.warm("two")
                #expect(answer.via == "agent")
                #expect(answer.image == "p\(project.id)-test-two:latest")
                try await agent.process.until("kept both") {
                    let images = try await agent.status().projects[0].images
                    return images.map(\.name) == ["one", "two"] && images.allSatisfy { $0.state == .current }
                }
                try project.write("stoker.yaml", "images: {one: }\n")
                try await project.stoker("warm", "two").expectComplaint(64, "no image `two`", "one")
                try await agent.process.until("kept one") {
                    try await agent.status().projects[0].images.map(\.name) == ["one"]
                }
            }
        }

        @Test func `a mistake in stoker.yaml is told, and mending it goes on`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try project.write("stoker.yaml", "image: {taag: x}\n")
                try await project.stoker("warm").expectComplaint(65, "stoker.yaml:1:9", "taag")
                try await agent.process.until("told it") {
                    try await project.stoker("status").stdout.contains("stoker.yaml:1:9")
                }
                try project.write("stoker.yaml", "image: {}\n")
                try project.write("a", "mended")
                try await agent.untilCurrent(digest: try await project.digest())
                try await agent.process.until("forgot the mistake") {
                    try await agent.status().projects[0].problem == nil
                }
            }
        }

        @Test func `a folder that is no longer ignored is watched`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY . /\n"))
                try project.write("a", "first")
                try project.write("lib/deep/x", "1")
                try project.write(".dockerignore", "lib\n")
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(try await agent.status().projects[0].watches.map(\.directories) == [1])
                try project.write(".dockerignore", "nothing\n")
                try await agent.untilCurrent(digest: try await project.digest())
                try await agent.process.until("watched it") {
                    try await agent.status().projects[0].watches.map(\.directories) == [3]
                }
                try project.write("lib/deep/x", "2")
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(try await project.warm().outcome == "hit")
            }
        }

        @Test func `new and moved folders are watched`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY . /\n"))
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try project.write("new/deep/x", "1")
                try await agent.untilCurrent(digest: try await project.digest())
                rename(project.path("new"), project.path("moved"))
                try await agent.untilCurrent(digest: try await project.digest())
                try project.write("moved/deep/x", "2")
                try await agent.untilCurrent(digest: try await project.digest())
                chmod(project.path("moved/deep/x"), 0o755)
                try await agent.untilCurrent(digest: try await project.digest())
                try FileManager.default.removeItem(atPath: project.path("moved"))
                try await agent.untilCurrent(digest: try await project.digest())
            }
        }

        @Test func `a context outside the project's folder is watched`() async throws {
            try await TestProject.with { project in
                try project.write(".git/HEAD", "")
                try project.write("src/x", "1")
                try project.write("docker/Dockerfile", project.dockerfile("COPY x /a\n"))
                let folder = project.root + "/docker"
                try project.write(
                    "docker/stoker.yaml", "image: {context: ../src, dockerfile: ../docker/Dockerfile}\n")
                let agent = try await TestAgent(project, folder)
                func digest() async throws -> String {
                    try await project.stoker("inputs", "--digest", in: folder).stdout
                        .trimmingCharacters(in: .newlines)
                }
                try await agent.untilCurrent(digest: try await digest())
                try project.write("src/x", "2")
                try await agent.untilCurrent(digest: try await digest())
                try project.write("docker/Dockerfile", project.dockerfile("COPY x /b\n"))
                try await agent.untilCurrent(digest: try await digest())
            }
        }

        @Test func `a project that is removed and made again goes on`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                // Away at once: a folder that the agent still finds a file for is never empty.
                let gone = project.base + "/gone"
                try FileManager.default.moveItem(atPath: project.root, toPath: gone)
                try FileManager.default.removeItem(atPath: gone)
                try await agent.process.until("noticed") {
                    let status = try await project.stoker("status", in: project.base)
                    return status.stdout.contains("gone") || status.stdout.contains("no Dockerfile")
                }
                // Nothing spins while there is nothing to watch.
                let (before, started) = (try processorTime(agent.process.pid), ContinuousClock.now)
                try await Task.sleep(for: .seconds(1))
                let used = try processorTime(agent.process.pid) - before
                #expect(used / ((ContinuousClock.now - started) / .seconds(1)) < 0.5)
                try FileManager.default.createDirectory(
                    atPath: project.root, withIntermediateDirectories: false)
                try project.writeSmallImage()
                try project.write("a", "reborn")
                let answer = try await project.warm()
                #expect(answer.digest == (try await project.digest()))
                #expect(try await project.contentOfA() == "reborn")
                try project.write("a", "and edited")
                try await agent.untilCurrent(digest: try await project.digest())
            }
        }

        @Test func `one agent keeps several projects`() async throws {
            try await TestProject.with { project in
                for name in ["one", "two"] {
                    try project.write("\(name)/Dockerfile", project.dockerfile("COPY a /a\n"))
                    try project.write("\(name)/stoker.yaml", "image: {tag: '\(name)\(project.id):latest'}\n")
                    try project.write("\(name)/a", name)
                }
                let agent = try await TestAgent(project, "one", "two", "one")
                #expect(try await agent.status().projects.map(\.root) == ["one", "two"].map(project.path))
                for name in ["one", "two"] {
                    let outcome = try await project.stoker("warm", "--json", in: project.path(name))
                    let answer = try outcome.json(TestProject.WarmAnswer.self)
                    #expect(answer.via == "agent")
                    #expect(try await project.contentOfA(answer.image) == name)
                }
            }
        }

        /// Seconds that the process has used.
        private func processorTime(_ pid: Int32) throws -> Double {
            let text = String(
                decoding: FileManager.default.contents(atPath: "/proc/\(pid)/stat") ?? Data(), as: UTF8.self)
            // After the name in brackets, which may hold anything: utime and stime are the 12th and 13th.
            let fields = try #require(text.split(separator: ")").last).split(separator: " ")
            let ticks = try #require(Double(fields[11])) + (try #require(Double(fields[12])))
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }
}
