import Foundation
import Glibc
import TestSupport
import Testing

extension WholeProgram.OnAnEngine {
    /// `protocol: marker`, for folders shared with systems on which a flock does not hold.
    @Suite struct MarkerTests {
        private static let name = ".docker_build.marker"

        private static func with(_ body: (TestProject) async throws -> Void) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write("stoker.yaml", "image: {lock: {protocol: marker}}\n")
                try await body(project)
            }
        }

        @Test func `a build holds the marker, and nothing else is left or made`() async throws {
            try await Self.with { project in
                project.holdBuilds()
                let warm = try project.stokerStarted("warm")
                try await warm.until("was building") { project.builds == 1 }
                let text = project.text(Self.name)
                #expect(text.contains("\"pid\":\(warm.pid),"))
                #expect(text.contains("\"image\":\"\(project.tag)\""))
                #expect(!project.exists(project.lock))
                project.releaseBuilds()
                #expect(try await warm.value().status == 0)
                #expect(!project.exists(Self.name))
                #expect(!project.exists(project.lock))
                #expect(try await project.warm().outcome == "hit")
            }
        }

        @Test func `many at once cause one build`() async throws {
            try await Self.with { project in
                let answers = try await project.warmAtOnce(8)
                #expect(answers.filter { $0.outcome == "built" }.count == 1)
                #expect(Set(answers.map(\.imageID)).count == 1)
                #expect(project.builds == 1)
                #expect(!project.exists(Self.name))
            }
        }

        @Test func `one that proves nothing is waited for, then named with what removes it`() async throws {
            try await Self.with { project in
                try project.write(Self.name, "")
                let outcome = try await project.stoker("warm", "--timeout", "0.5")
                outcome.expectComplaint(
                    75, project.path(Self.name), "it is empty", "`stoker unlock default`",
                    notes: ["waiting for"])
                #expect(project.builds == 0)
                #expect(project.exists(Self.name))
                let unlock = try await project.stoker("unlock")
                #expect(unlock.status == 0, "\(unlock.stderr)")
                #expect(unlock.stdout.hasPrefix("\(project.path(Self.name)) has been removed; "))
                #expect(try await project.warm("--timeout", "0").outcome == "built")
            }
        }

        @Test func `one that is removed by another program is waited for and then had`() async throws {
            try await Self.with { project in
                try project.write(Self.name, "")
                let warm = try project.stokerStarted("warm")
                try await warm.until("waited") { warm.stderr.contains("waiting for another program") }
                #expect(unlink(project.path(Self.name)) == 0)
                let outcome = try await warm.value()
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(project.builds == 1)
            }
        }

        @Test func `what a kill has left is taken over, by one of many`() async throws {
            try await Self.with { project in
                project.holdBuilds()
                let warm = try project.stokerStarted("warm")
                try await warm.until("was building") { project.builds == 1 }
                warm.signal(SIGKILL)
                _ = try await warm.value()
                #expect(project.exists(Self.name))
                project.releaseBuilds()
                let answers = try await project.warmAtOnce(6)
                #expect(answers.filter { $0.outcome == "built" }.count <= 1)
                #expect(Set(answers.map(\.imageID)).count == 1)
                #expect(!project.exists(Self.name))
                let names = try FileManager.default.contentsOfDirectory(atPath: project.root)
                #expect(names.filter { $0.hasPrefix(".stoker-tmp-") }.isEmpty)
            }
        }

        /// Which is how a process number that is merely invisible looks.
        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded))
        func `from another PID namespace a living holder is not taken for dead`() async throws {
            try await Self.with { project in
                project.holdBuilds()
                let warm = try project.stokerStarted("warm")
                try await warm.until("was building") { project.builds == 1 }
                let text = project.text(Self.name)
                let outcome = try await project.shell(
                    "exec $stoker warm --no-agent --timeout 0.2",
                    as: ["unshare", "--pid", "--fork", "--mount-proc"])
                outcome.expectComplaint(
                    75, "its process was in another container", "stoker unlock", notes: ["waiting for"])
                #expect(project.text(Self.name) == text)
                project.releaseBuilds()
                #expect(try await warm.value().status == 0)
            }
        }

        @Test func `one that is removed while it is held makes its holder begin anew`() async throws {
            try await Self.with { project in
                project.holdBuilds()
                let warm = try project.stokerStarted("warm")
                try await warm.until("was building") { project.builds == 1 }
                let held = try await project.stoker("unlock")
                #expect(held.status == 75)
                #expect(held.stdout.contains("is held by stoker warm (process \(warm.pid) on "))
                #expect(project.exists(Self.name))
                let forced = try await project.stoker("unlock", "--force")
                #expect(forced.status == 0, "\(forced.stderr)")
                #expect(!project.exists(Self.name))
                project.releaseBuilds()
                let outcome = try await warm.value()
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(outcome.stderr.contains("was removed during the build; starting over"))
                #expect(project.builds == 2)
                #expect(try await project.warm().outcome == "hit")
            }
        }
    }
}
