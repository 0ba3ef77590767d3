import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// What a cloned `stoker.yaml` may not do to containers of others.
    @Suite struct ReapTrustTests {
        /// One that runs, and one that was never started, of somebody else's.
        private func createOthers(_ project: TestProject, _ prefix: String) async throws -> [String] {
            try project.writeRunningImage("true")
            _ = try await project.warm("--no-agent")
            let names = ["\(prefix)-runs-3f9a01bc", "\(prefix)-waits-3f9a01bd"]
            try await project.createContainer(
                names[0], "--network", "none", project.tag, "/bin/busybox", "sleep", "600")
            try await project.docker("start", names[0])
            try await project.createContainer(names[1], project.tag, "true")
            return names
        }

        /// Writes into the project what a stranger would, beside its image.
        private func clone(_ project: TestProject, _ wishes: String) throws {
            try project.write("stoker.yaml", "image: {network: none}\nreaping: {\(wishes)}\n")
        }

        @Test func `a clone's pattern ends no container until the person admits it`() async throws {
            try await TestProject.with { project in
                let names = try await createOthers(project, "prod\(project.id)")
                let pattern = "prod\(project.id)-*-{hex:8}"
                try clone(project, "patterns: ['\(pattern)'], older-than: 0s, running-older-than: 0s")
                let reap = try await project.stoker("reap")
                #expect(reap.status == 0, "\(reap.stderr)")
                #expect(try await project.containers() == names)
                // One sentence says so, with the file and the line, and what would admit it.
                #expect(reap.stderr.hasPrefix("stoker: \(project.root)/stoker.yaml:2:21: "), "\(reap.stderr)")
                #expect(reap.stderr.split(separator: "\n").count == 1)
                let line = try #require(reap.stderr.firstRange(of: "projects: {"))
                try project.writeUserConfiguration(String(reap.stderr[line.lowerBound...]))
                let admitted = try await project.stoker("reap")
                #expect(admitted.status == 0 && admitted.stderr == "", "\(admitted.stderr)")
                #expect(try await project.containers() == [])
            }
        }

        @Test func `a clone's limits end no container of the default pattern`() async throws {
            try await TestProject.with { project in
                let names = try await createOthers(project, "clud-\(project.id)")
                try clone(project, "older-than: 0s, running-older-than: 0s")
                let reap = try await project.stoker("reap")
                #expect(reap.status == 0, "\(reap.stderr)")
                #expect(try await project.containers() == names)
                #expect(
                    reap.stderr.contains("older-than: 0s (2h counts), running-older-than: 0s (1d counts)"))
                // What a person says on the command line counts for what they name.
                let other = try await project.stoker(
                    "reap", "--older-than", "0s", "--pattern", "clud-\(project.id)-waits-{hex:8}")
                #expect(other.status == 0 && other.stderr == "", "\(other.stderr)")
                #expect(try await project.containers() == [names[0]])
                // And their limits stay theirs where they name others.
                _ = try await project.stoker("reap", "--pattern", "clud-\(project.id)-*-{hex:8}")
                #expect(try await project.containers() == [names[0]])
            }
        }

        @Test func `an agent does not do it either, and says so once`() async throws {
            try await TestProject.with { project in
                let others = try await createOthers(project, "prod\(project.id)")
                let prefix = "t\(project.id)"
                try clone(
                    project,
                    "patterns: ['prod\(project.id)-*-{hex:8}'], older-than: 0s, running-older-than: 0s, every: 1s"
                )
                try project.writeUserConfiguration(
                    "reaping: {patterns: ['\(prefix)-*-{hex:8}'], older-than: 0s, every: 1s}\n")
                let agent = try await TestAgent(project)
                // What it removes shows that it has looked, twice.
                for digit in ["c", "d"] {
                    try await project.createContainer("\(prefix)-own-3f9a01b\(digit)", project.tag, "true")
                    try await agent.process.until("reaped") { try await project.containers() == others }
                }
                let warning = try #require(try await agent.status().projects[0].warnings?.first)
                #expect(warning.hasPrefix("\(project.root)/stoker.yaml:2:21: reaping by patterns: "))
                #expect(warning.hasSuffix(" and start the agent anew"))
                #expect(agent.process.stderr.ranges(of: "does not count").count == 1)
                let text = try await project.stoker("status").stdout
                #expect(text.contains("  warning: \(warning)\n"), "\(text)")
            }
        }

        @Test func `the projects of one agent do not decide about each other`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.warm("--no-agent")
                let (id, other) = (project.id, project.base + "/q\(project.id)")
                try project.write("\(other)/Dockerfile", "FROM scratch\nCOPY a /a\n")
                let shared = "t\(id)-*-{hex:8}"
                try project.write(
                    "stoker.yaml",
                    "reaping: {patterns: ['a\(id)-*-{hex:8}', '\(shared)'], older-than: 1s, exempt: [b\(id)-x-3f9a01b1]}\n"
                )
                try project.write(
                    "\(other)/stoker.yaml",
                    "reaping: {patterns: ['b\(id)-*-{hex:8}', '\(shared)'], older-than: 1h, exempt: [a\(id)-x-3f9a01b1]}\n"
                )
                try project.writeUserConfiguration(
                    """
                    reaping: {every: 1s}
                    projects:
                      \(project.root): {reaping: {patterns: ['a\(id)-*-{hex:8}', '\(shared)'], older-than: 1s}}
                      \(other): {reaping: {patterns: ['b\(id)-*-{hex:8}', '\(shared)'], older-than: 1s}}

                    """)
                // Each for itself would let it go.
                let stay = ["b\(id)-y-3f9a01b1", "t\(id)-y-3f9a01b1"]
                for name in stay + ["a\(id)-x-3f9a01b1"] {
                    try await project.createContainer(name, project.tag, "true")
                }
                let agent = try await TestAgent(project)
                try await agent.process.until("reaped") { try await project.containers() == stay }
                try await project.createContainer("a\(id)-z-3f9a01b2", project.tag, "true")
                try await agent.process.until("reaped once more") { try await project.containers() == stay }
                // One reap is told of both, one after the other.
                try await agent.process.until("told the same of both") {
                    let reaps = try await agent.status().projects.map(\.lastReap)
                    return reaps.count == 2 && reaps[0] == reaps[1]
                }

                // Nor is anything removed that may be of one whose configuration cannot be read.
                try await agent.stop()
                try project.write("\(other)/stoker.yaml", "reaping: {\n")
                let next = try await TestAgent(project)
                try await project.createContainer("a\(id)-z-3f9a01b3", project.tag, "true")
                try await next.process.until("reaped") { try await project.containers() == stay }
            }
        }

        /// Kills a run in each folder, which leaves the container `NAME-ID`.
        private func leaveBehind(_ project: TestProject, _ names: [String: String]) async throws {
            for (name, folder) in names {
                let run = try project.start(
                    [
                        TestEngine.program, "run", "--no-warm", "--", "sh", "-c",
                        "docker create --name $1-$0 --label dev.stoker.test=$0 $2 none && touch $1 && exec sleep 600",
                        project.id, name, project.tag,
                    ], in: folder)
                try await run.until("began") { project.exists("\(folder)/\(name)") }
                run.signal(SIGKILL)
                _ = try await run.value()
            }
        }

        @Test(arguments: ["reap", "agent"])
        func `a project's exemption keeps no leftover of another's dead run`(by command: String) async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.warm("--no-agent")
                let (id, other) = (project.id, project.base + "/q\(project.id)")
                try project.write("\(other)/Dockerfile", "FROM scratch\n")
                try project.write("stoker.yaml", "reaping: {exempt: [own-\(id), other-\(id)]}\n")
                try project.writeUserConfiguration("reaping: {exempt: [any-\(id)]}\n")
                try await leaveBehind(project, ["own": project.root, "other": other, "any": other])
                if command == "reap" {
                    let reap = try await project.stoker("reap")
                    #expect(reap.status == 0, "\(reap.stderr)")
                } else {
                    let agent = try await TestAgent(project)
                    // By the death, and by time.
                    try await agent.process.until("looked") {
                        try await agent.status().projects[0].lastReap != nil
                    }
                    try await agent.process.until("cleaned up") {
                        try await !project.containers().contains("other-\(id)")
                    }
                    try await leaveBehind(project, ["next": project.root])
                    try await agent.process.until("cleaned up once more") {
                        try await !project.containers().contains("next-\(id)")
                    }
                }
                #expect(try await project.containers() == ["any-\(id)", "own-\(id)"])
            }
        }
    }
}
