import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// A shared folder above a private one, in which somebody else has put a Dockerfile.
    @Suite(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded)) struct ForeignProjectTests {
        private static let other: uid_t = 4711

        /// - Returns: the shared folder, and the private one below it.
        private func makeShared(_ project: TestProject) throws -> (shared: String, own: String) {
            let shared = project.base + "/shared"
            let own = shared + "/p\(project.id)"
            try project.write(shared + "/Dockerfile", project.dockerfile("COPY . /\n"))
            #expect(chown(shared + "/Dockerfile", Self.other, Self.other) == 0)
            try project.write(own + "/key", "secret")
            #expect(chmod(own, 0o700) == 0)
            #expect(chmod(shared, 0o1777) == 0)
            return (shared, own)
        }

        @Test func `another user's Dockerfile above takes nothing into an image`() async throws {
            try await TestProject.with { project in
                let (shared, own) = try makeShared(project)
                let commands = [
                    ["warm"], ["inputs"], ["inputs", "--digest"], ["run", "--", "true"], ["agent"],
                ]
                for command in commands {
                    let outcome = try await project.start([TestEngine.program] + command, in: own).value()
                    outcome.expectComplaint(
                        65, "\(shared)/Dockerfile does not count", "belongs to another user (id 4711)",
                        "`-C \(shared)`")
                }
                #expect(project.builds == 0)
                // What needs no project does without.
                #expect(try await project.stoker("reap", "--dry-run", in: own).status == 0)
                #expect(try await project.stoker("run", "--no-warm", "--", "true", in: own).status == 0)
                // Who names it means it, and who has a project in the private folder has that.
                let listed = try await project.stoker("inputs", "-C", shared, in: own)
                #expect(listed.stdout.contains("p\(project.id)/key\n"))
                try project.write(own + "/Dockerfile", project.dockerfile("COPY key /key\n"))
                let warm = try await project.stoker("warm", in: own)
                #expect(warm.status == 0, "\(warm.stderr)")
            }
        }

        @Test func `another user's repository above opens nothing to a project`() async throws {
            try await TestProject.with { project in
                let (shared, own) = try makeShared(project)
                try project.write(shared + "/.git/HEAD", "ref: refs/heads/main\n")
                try project.write(shared + "/theirs", "private")
                try project.write(own + "/stoker.yaml", "image: {context: ..}\n")
                let outcome = try await project.stoker("inputs", in: own)
                outcome.expectComplaint(65, "\(shared) lies outside of \(own)")
            }
        }
    }
}
