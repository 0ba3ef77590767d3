import Testing

extension WholeProgram.OnAnEngine {
    /// Where the options of `stoker run` end and the command begins.
    @Suite struct RunWordsTests {
        @Test(
            arguments: [
                "echo x --help", "--no-warm echo x --help", "echo -h --version", "--no-warm -- echo -- -h",
                "echo --no-warm -- --json", "--no-warm --timeout 5 echo --timeout x",
            ])
        func `the first word that is no option begins the command`(words: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let all = words.split(separator: " ").map(String.init)
                let outcome = try await project.start([TestEngine.program, "run"] + all).value()
                let start = try #require(all.firstIndex(of: "echo"))
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(outcome.stdout == all[(start + 1)...].joined(separator: " ") + "\n")
            }
        }

        @Test(arguments: [["--help"], ["-h"], ["--no-warm", "--help"], ["--timeout", "5", "-h"]])
        func `help in front of the command is our own`(words: [String]) async throws {
            try await TestProject.with { project in
                let outcome = try await project.start([TestEngine.program, "run"] + words).value()
                #expect(outcome.status == 0)
                #expect(outcome.stdout.contains("USAGE: stoker run"), "\(outcome.stderr)")
            }
        }
    }
}
