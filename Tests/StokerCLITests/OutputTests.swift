import Foundation
import Testing

extension WholeProgram {
    /// What the commands print that need no engine.
    @Suite struct OutputTests {
        @Test(arguments: ["warm", "agent", "status", "reap", "name", "inputs"])
        func `the help of each command has an example of it`(command: String) async throws {
            try await TestProject.with { project in
                let outcome = try await project.stoker(command, "--help")
                #expect(outcome.status == 0)
                #expect(outcome.stderr.isEmpty)
                let example = try #require(
                    outcome.stdout.components(separatedBy: "Example:\n").dropFirst().first)
                #expect(example.contains("stoker \(command)"))
            }
        }

        @Test func `the help as a whole names every command, and the version is a number`() async throws {
            try await TestProject.with { project in
                let help = try await project.stoker("--help")
                #expect(help.status == 0)
                for command in ["warm", "agent", "status", "reap", "name", "inputs"] {
                    #expect(help.stdout.contains("\n  \(command) "))
                }
                let version = try await project.stoker("--version")
                #expect(version.stdout.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
            }
        }

        @Test func `a name is made from the first pattern of the project, and never twice`() async throws {
            try await TestProject.with { project in
                try project.write(
                    "stoker.yaml", "reaping: {patterns: ['own-*-x-{hex:6}', 'other-*-{hex:8}']}\n")
                var names: Set<String> = []
                for _ in 0..<5 { names.insert(try await project.stoker("name", "a.b_c").stdout) }
                #expect(names.count == 5)
                #expect(names.allSatisfy { $0.wholeMatch(of: /own-a\.b_c-x-[0-9a-f]{6}\n/) != nil })
                let outside = try await project.stoker("name", "sync", in: project.base)
                #expect(outside.stdout.wholeMatch(of: /clud-sync-[0-9a-f]{8}\n/) != nil)
            }
        }

        @Test func `many names at once are all different`() async throws {
            try await TestProject.with { project in
                // Of six digits 10,000 names have a pair in 95 runs of 100 that is the same.
                try project.write("stoker.yaml", "reaping: {patterns: ['own-*-{hex:6}']}\n")
                let names = try await project.stoker("name", "sync", "--count", "10000").stdout
                    .split(separator: "\n")
                #expect(names.count == 10_000)
                #expect(Set(names).count == 10_000)
                #expect(names.allSatisfy { $0.wholeMatch(of: /own-sync-[0-9a-f]{6}/) != nil })
            }
        }

        @Test func `inputs are listed in byte order, without what the ignore file leaves out`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage("COPY . /\n")
                for name in ["B", "a.txt", "a/b", "Ä", "src/x y", "skipped/z", "~"] where name != "a/b" {
                    try project.write(name, name)
                }
                try project.write(".dockerignore", "skipped\n")
                let outcome = try await project.stoker("inputs")
                let expected = [".dockerignore", "B", "Dockerfile", "a", "a.txt", "src/x y", "~", "Ä"]
                #expect(outcome.stdout == expected.joined(separator: "\n") + "\n")
                #expect(outcome.stderr.isEmpty)
            }
        }

        @Test func `the digest of the inputs is the same in text, in JSON and in a clone`() async throws {
            struct Listing: Decodable {
                struct File: Decodable {
                    var path: String
                    var type: String
                    var mode: String
                    var size: Int
                    var digest: String?
                }
                var image: String
                var digest: String
                var files: [File]?
            }
            try await TestProject.with { project in
                try project.writeSmallImage("COPY src /src\n")
                try project.write("src/x", "x")
                let listing = try await project.stoker("inputs", "--json").json(Listing.self)
                #expect(listing.image == "default")
                #expect(listing.digest == (try await project.digest()))
                #expect(listing.files?.map(\.path) == ["Dockerfile", "a", "src", "src/x"])
                let file = try #require(listing.files?.last)
                #expect((file.type, file.mode, file.size) == ("file", "0644", 1))
                let short = try await project.stoker("inputs", "--digest", "--json").json(Listing.self)
                #expect(short.digest == listing.digest)
                #expect(short.files == nil)
                let clone = try await project.shell(
                    "cp -R . ../clone && cd ../clone && $stoker inputs --digest")
                #expect(clone.stdout == listing.digest + "\n")
            }
        }

        @Test func `without an agent the status says so, and JSON has no agent`() async throws {
            try await TestProject.with { project in
                let text = try await project.stoker("status")
                #expect(text.status == 0)
                #expect(text.stdout.contains("no agent runs"))
                #expect(text.stdout.contains("stoker agent"))
                let json = try await project.stoker("status", "--json")
                let object = try #require(
                    try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [String: Any])
                #expect(object["agent"] is NSNull)
                #expect((object["projects"] as? [Any])?.isEmpty == true)
            }
        }

        @Test func `a reader that goes away is no crash`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                for index in 0..<3000 {
                    try project.write("many/a-rather-long-name-for-a-file-\(index)", "x")
                }
                let outcome = try await project.shell("$stoker inputs | head -n 1")
                #expect(outcome.stdout == "Dockerfile\n")
                #expect(outcome.stderr.isEmpty)
            }
        }
    }
}
