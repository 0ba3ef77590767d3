import Foundation
import Glibc
import Testing

extension WholeProgram {
    /// `stoker unlock` needs no engine.
    @Suite struct UnlockTests {
        private struct Finding: Decodable, Equatable {
            var name: String
            var path: String
            var `protocol`: String
            var state: String
            var holder: Holder?
            var words: String

            struct Holder: Decodable, Equatable { var pid: Int32 }
        }

        private static let configuration = """
            images:
              default:
              slim: {lock: {protocol: marker}}

            """

        @Test func `nothing that is locked is status 0`() async throws {
            try await TestProject.with { project in
                try project.write("stoker.yaml", Self.configuration)
                let outcome = try await project.stoker("unlock")
                #expect(outcome.status == 0)
                #expect(outcome.stderr.isEmpty)
                #expect(
                    outcome.stdout == "\(project.lock) is not locked\n"
                        + "\(project.path(".docker_build.slim.marker")) is not locked\n")
            }
        }

        @Test func `a flock is told with its holder, and left alone`() async throws {
            try await TestProject.with { project in
                try project.write("stoker.yaml", Self.configuration)
                let holder = try project.start(["flock", project.lock, "sleep", "600"])
                try await holder.until("held the lock") {
                    try await project.start(["flock", "-n", project.lock, "true"]).value().status == 1
                }
                let outcome = try await project.stoker("unlock", "--json", "--force", "default")
                #expect(outcome.status == 75)
                let finding = try outcome.json(Finding.self)
                #expect(finding.name == "default")
                #expect(finding.path == project.lock)
                #expect(finding.protocol == "flock")
                #expect(finding.state == "held")
                #expect(finding.holder == nil)
                #expect(finding.words.contains("a flock ends with its holder"))
                #expect(
                    outcome.stderr
                        == "stoker: \(project.lock) is still locked; wait for its holder to end, or stop it\n"
                )
                #expect(try await project.start(["flock", "-n", project.lock, "true"]).value().status == 1)
                holder.signalGroup(SIGTERM)
                _ = try await holder.value()
                #expect(try await project.stoker("unlock", "default").status == 0)
            }
        }

        @Test func `only the images that are named are unlocked`() async throws {
            try await TestProject.with { project in
                try project.write(
                    "stoker.yaml",
                    "images: {a: {lock: {protocol: marker}}, b: {lock: {protocol: marker}}}\n")
                try project.write(".docker_build.a.marker", "")
                try project.write(".docker_build.b.marker", "4711\n")
                let outcome = try await project.stoker("unlock", "b", "--json")
                #expect(outcome.status == 0, "\(outcome.stderr)")
                let finding = try outcome.json(Finding.self)
                #expect(finding.state == "removed")
                #expect(finding.protocol == "marker")
                #expect(
                    finding.words
                        == "has been removed; it was a marker of which nothing is proved: it does not say whose it is"
                )
                #expect(project.exists(".docker_build.a.marker"))
                #expect(!project.exists(".docker_build.b.marker"))
            }
        }

        @Test func `an image that there is not is wrong usage`() async throws {
            try await TestProject.with { project in
                try project.write("stoker.yaml", Self.configuration)
                try project.write(".docker_build.slim.marker", "")
                try await project.stoker("unlock", "slim", "slum").expectComplaint(
                    64, "`slum`", "default, slim")
                #expect(project.exists(".docker_build.slim.marker"))
            }
        }

        @Test func `a file of the person's is never removed`() async throws {
            try await TestProject.with { project in
                try project.write("stoker.yaml", "image: {lock: {protocol: marker, path: thesis.tex}}\n")
                try project.write("thesis.tex", "mine")
                for words in [["unlock"], ["unlock", "--force"]] {
                    let outcome = try await project.start([TestEngine.program] + words).value()
                    outcome.expectComplaint(73, "thesis.tex is not a marker", "move it away")
                }
                #expect(project.text("thesis.tex") == "mine")
            }
        }

        @Test func `its help has an example`() async throws {
            try await TestProject.with { project in
                let outcome = try await project.stoker("help", "unlock")
                #expect(outcome.status == 0)
                #expect(outcome.stdout.contains("Example:"))
                #expect(outcome.stdout.contains("stoker unlock && stoker warm"))
            }
        }
    }
}
