import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// What test runs write into the context by themselves.
    @Suite struct ChurnTests {
        private func makeChurningProject(_ project: TestProject) throws {
            try project.write("Dockerfile", project.dockerfile("COPY . .\n"))
            try project.write("a", "first")
            try project.write(".git/HEAD", "ref: refs/heads/main\n")
            try project.write("src/__pycache__/app.cpython-313.pyc", "x")
        }

        @Test func `a context with .git and __pycache__ gets a warning with the lines to add`() async throws {
            try await TestProject.with { project in
                try makeChurningProject(project)
                let outcome = try await project.stoker("warm")
                #expect(outcome.status == 0)
                #expect(outcome.stdout == project.tag + "\n")
                #expect(outcome.stderr.contains("warning: "))
                #expect(
                    outcome.stderr.contains("\(project.root)/.dockerignore: **/__pycache__, .git"))
                // A hit says so as well: the next run will miss.
                #expect(try await project.warm().warnings.count == 1)
                #expect(try await project.stoker("warm").stderr.contains("**/__pycache__, .git"))

                try project.write(".dockerignore", "**/__pycache__\n.git\n")
                let clean = try await project.stoker("warm")
                #expect(clean.status == 0)
                #expect(!clean.stderr.contains("warning"))
                let first = try await project.warm()
                #expect(first.warnings.isEmpty)
                try project.write("src/__pycache__/app.cpython-313.pyc", "y")
                try project.write(".git/index", "y")
                #expect(try await project.warm().outcome == "hit")
            }
        }

        @Test func `the agent passes the warning on, until the lines are there`() async throws {
            try await TestProject.with { project in
                try makeChurningProject(project)
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                let answer = try await project.warm()
                #expect(answer.via == "agent")
                #expect(answer.warnings.count == 1)
                #expect(answer.warnings.first?.contains("**/__pycache__, .git") == true)
                #expect(try await project.stoker("status").stdout.contains("**/__pycache__, .git"))

                try project.write(".dockerignore", "**/__pycache__\n.git\n")
                let clean = try await project.warm()
                #expect(clean.via == "agent")
                #expect(clean.warnings.isEmpty)
                let builds = project.builds
                try project.write(".git/index", "y")
                #expect(try await project.warm().outcome == "hit")
                #expect(project.builds == builds)
            }
        }
    }
}
