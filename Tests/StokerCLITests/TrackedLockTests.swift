import Foundation
import Testing

extension WholeProgram.OnAnEngine {
    /// A lock or marker that somebody has committed.
    @Suite struct TrackedLockTests {
        private static func commit(_ names: String..., in project: TestProject) async throws {
            let git = "git -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false"
            let outcome = try await project.shell(
                """
                set -e
                \(git) init --quiet .
                \(git) add --force \(names.joined(separator: " "))
                \(git) commit --quiet --message=x
                """)
            try #require(outcome.status == 0, "\(outcome.stderr)")
        }

        @Test(arguments: [".docker_build.lock", ".docker_build.marker"])
        func `it is told when an image is built, and only then`(name: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(".dockerignore", ".git\n")
                try project.write(name, "")
                try await Self.commit(name, in: project)
                let built = try await project.warm()
                #expect(built.outcome == "built")
                #expect(
                    built.warnings == [
                        "git tracks \(name), so a checkout can bring back a lock that nobody holds; run "
                            + "`git rm --cached \(name)`, and add it to .gitignore"
                    ])
                let hit = try await project.warm()
                #expect(hit.outcome == "hit")
                #expect(hit.warnings.isEmpty)
            }
        }

        @Test func `several are told at once, below the repository's root too`() async throws {
            try await TestProject.with { project in
                try project.write("below/Dockerfile", project.dockerfile("COPY a /a\n"))
                try project.write("below/a", "first")
                try project.write("below/stoker.yaml", "image: {tag: \(project.tag), lock: my.lock}\n")
                for name in ["my.lock", ".docker_build.marker"] { try project.write("below/" + name, "") }
                try await Self.commit("below/my.lock", "below/.docker_build.marker", in: project)
                let outcome = try await project.stoker("warm", in: project.root + "/below")
                #expect(outcome.status == 0, "\(outcome.stderr)")
                let warnings = outcome.complaints.filter { $0.contains("warning:") }
                #expect(warnings.count == 1, "\(outcome.stderr)")
                #expect(
                    outcome.stderr.contains("git tracks .docker_build.marker my.lock,"), "\(outcome.stderr)")
            }
        }

        @Test func `what git does not track is no warning, nor is a lock that it cannot tell of`()
            async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(".dockerignore", ".git\n")
                #expect(try await project.warm().warnings.isEmpty, "no repository")
                try await Self.commit("a", in: project)
                try project.write(".docker_build.marker", "")
                try project.write("a", "second")
                #expect(try await project.warm().warnings.isEmpty, "nothing of ours is in the index")
                try project.write(".git/HEAD", "broken")
                try project.write("a", "third")
                #expect(try await project.warm().warnings.isEmpty, "no repository of git's")
            }
        }

        /// A repository says what git runs: what came with a clone must not run because somebody builds there.
        @Test func `git is never started, neither here nor by the client in the copy`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", project.dockerfile("COPY . /all\n"))
                try project.write(".docker_build.marker", "")
                try await Self.commit(".docker_build.marker", in: project)
                let program = "#!/bin/sh\necho \"$PWD: $*\" >>\(project.base)/git-was-run\n"
                try project.write(project.base + "/bin/git", program)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: project.base + "/bin/git")
                let path = project.environment["PATH"] ?? ""
                let outcome = try await project.stoker(
                    "warm",
                    environment: ["PATH": "\(project.base)/bin:\(path)", "BUILDX_GIT_LABELS": "full"])
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(outcome.stderr.contains("warning: git tracks .docker_build.marker,"))
                let calls = try? String(contentsOfFile: project.base + "/git-was-run", encoding: .utf8)
                #expect(calls == nil)
            }
        }

        /// A hook has them for its own repository.
        @Test func `git's own variables do not lead astray`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(".dockerignore", ".git\n")
                try project.write(".docker_build.marker", "")
                try await Self.commit(".docker_build.marker", in: project)
                let outcome = try await project.stoker(
                    "warm",
                    environment: [
                        "GIT_DIR": "/nonexistent", "GIT_INDEX_FILE": "/nonexistent", "GIT_WORK_TREE": "/",
                    ])
                #expect(outcome.status == 0, "\(outcome.stderr)")
                #expect(
                    outcome.stderr.contains("warning: git tracks .docker_build.marker,"), "\(outcome.stderr)")
            }
        }
    }
}
