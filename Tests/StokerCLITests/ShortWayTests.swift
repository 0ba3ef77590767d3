import Foundation
@testable import StokerCLI
import Testing

@Suite struct ShortWayOptionTests {
    @Test func itKnowsTheOptionsOfAPlainQuestion() throws {
        let options = try #require(
            ShortWay.Options(["warm", "--json", "-C", "/p", "a", "--no-agent", "--timeout", "5", "b"]))
        #expect(options.folder == "/p")
        #expect(options.images == ["a", "b"])
        #expect(options.isJSON && options.isWithoutAgent)
    }

    @Test(arguments: [
        [], ["status"], ["--version"], ["warm", "--help"], ["warm", "-v"], ["warm", "--secret", "id=a"],
        ["warm", "-C"], ["warm", "-C", "--json"], ["warm", "-C/p"], ["warm", "-C", "a", "-C", "b"],
        ["warm", "--timeout"], ["warm", "--timeout", "x"], ["warm", "--timeout", "-1"],
        ["warm", "--timeout", "nan"], ["warm", "--timeout=5"], ["warm", "--", "a"], ["warm", ""],
        ["warm", "--json", "--json"], ["warm", "--digest"], ["inputs"], ["inputs", "--digest", "--json"],
        ["inputs", "--digest", "--why", "a"], ["inputs", "--digest", "a", "b"],
        ["inputs", "--digest", "--no-agent", "--no-agent"],
    ])
    func everythingElseGoesTheFullWay(_ arguments: [String]) {
        #expect(ShortWay.Options(arguments) == nil)
    }
}

extension WholeProgram.OnAnEngine {
    @Suite struct ShortWayTests {
        @Test(arguments: [
            ["warm"], ["warm", "--no-agent"], ["warm", "--json"], ["warm", "--no-agent", "--json"],
            ["warm", "-C", "."], ["warm", "default"], ["warm", "none"], ["warm", "-v"],
            ["warm", "--timeout", "5", "--no-agent"], ["warm", "--timeout", "x"], ["warm", "-C", "missing"],
            ["warm", "default", "default"], ["warm", "--json", "-C", ".", "default"], ["warm", "--verbose"],
            ["warm", "--timeout", "0"], ["warm", "--secret", "id=a,src=a"], ["warm", "--ssh", "default=a"],
            ["warm", "--help"], ["inputs", "--digest", "--no-agent"],
            ["inputs", "--digest"], ["inputs", "--digest", "-C", "."], ["inputs", "--digest", "default"],
            ["inputs", "--digest", "none"], ["inputs", "--digest", "-C", "missing"],
        ])
        func bothWaysSayTheSame(_ arguments: [String]) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let built = try await project.stoker("warm")
                #expect(built.status == 0, "\(built.stderr)")
                try await expectTheSame(arguments, project)
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try await expectTheSame(arguments, project)
            }
        }

        private func expectTheSame(_ arguments: [String], _ project: TestProject) async throws {
            let short = try await project.start([TestEngine.program] + arguments).value()
            let full = try await project.start(
                [TestEngine.program] + arguments, environment: ["STOKER_SHORT_WAY": "off"]
            ).value()
            #expect(short.status == full.status)
            #expect(short.stderr == full.stderr)
            let seconds = /"seconds":[0-9.e-]+/
            #expect(
                short.stdout.replacing(seconds, with: "") == full.stdout.replacing(seconds, with: ""))
            #expect(project.builds == 1)
        }

        /// It has to ask the engine about them.
        @Test func bothWaysSayTheSameOfBaseImages() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                _ = try await project.stoker("warm")
                let base = "p\(project.id)-base:1"
                try await project.docker("tag", project.tag, base)
                try project.write("Dockerfile", "FROM \(base)\nCOPY a /b\n")
                #expect(try await project.stoker("warm").status == 0)
                for words in [["warm", "--no-agent"], ["inputs", "--digest"]] {
                    let command = [TestEngine.program] + words
                    let short = try await project.start(command).value()
                    let full = try await project.start(command, environment: ["STOKER_SHORT_WAY": "off"])
                        .value()
                    #expect(short.stdout == full.stdout)
                    #expect(short.status == 0 && short.stderr.isEmpty)
                }
                #expect(project.builds == 2)
                try await project.docker("rmi", "--no-prune", base)
                let without = try await project.stoker("inputs", "--digest")
                let full = try await project.stoker(
                    "inputs", "--digest", environment: ["STOKER_SHORT_WAY": "off"])
                #expect(without.stdout == full.stdout)
            }
        }

        @Test func whatIsNoHitIsBuiltAndWarnedOfAsEver() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage("COPY . /all/\n")
                _ = try await project.stoker("warm")
                try project.write("a", "second")
                let edited = try await project.stoker("warm", "--no-agent")
                #expect(edited.stderr.contains("a changed"))
                #expect(project.builds == 2)
                try project.write(".coverage", "x")
                _ = try await project.stoker("warm", "--no-agent")
                #expect(try await project.stoker("warm", "--no-agent").stderr.contains("**/.coverage"))
                try project.write(".docker_test_cache.json", "{")
                #expect(try await project.stoker("warm", "--no-agent").stderr.contains("could not be used"))
            }
        }
    }
}
