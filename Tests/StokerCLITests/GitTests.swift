import Foundation
import StokerAgent
import Testing

extension WholeProgram.OnAnEngine {
    /// A checkout is one change, however long it takes.
    @Suite struct GitTests {
        /// - Parameter isWorktree: whether `.git` is a file that names the folder.
        @Test(arguments: [false, true])
        func `nothing is built while git holds its index, and then once`(isWorktree: Bool) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(".dockerignore", ".git\n")
                let lock =
                    isWorktree ? project.base + "/trees/x/index.lock" : project.root + "/.git/index.lock"
                if isWorktree {
                    try project.write(project.base + "/trees/x/HEAD", "")
                    try project.write(".git", "gitdir: ../trees/x\n")
                } else {
                    try project.write(".git/HEAD", "")
                }
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                // What the build itself has set off at the engine is looked at for a while.
                var quietSince = ContinuousClock.now
                try await agent.process.until("came to rest") {
                    if try await agent.image()?.state != .current { quietSince = .now }
                    return quietSince.duration(to: .now) > .seconds(1)
                }
                let before = project.builds
                try project.write(lock, "")
                for index in 0..<3 {
                    try project.write("a", "step \(index)")
                    // Far longer than a burst takes to settle.
                    let end = ContinuousClock.now + .milliseconds(300)
                    while ContinuousClock.now < end {
                        let image = try await agent.image()
                        try #require(image?.state == .settling, "\(image as Any)")
                    }
                }
                #expect(project.builds == before)
                try FileManager.default.removeItem(atPath: lock)
                try await agent.untilCurrent(digest: try await project.digest())
                #expect(project.builds == before + 1)
                #expect(try await project.contentOfA() == "step 2")
            }
        }

        @Test func `a question does not wait for git`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(".dockerignore", ".git\n")
                try project.write(".git/HEAD", "")
                let agent = try await TestAgent(project)
                try await agent.untilCurrent(digest: try await project.digest())
                try project.write(".git/index.lock", "")
                try project.write("a", "now")
                let answer = try await project.warm()
                #expect(answer.digest == (try await project.digest()))
                #expect(try await project.contentOfA() == "now")
            }
        }
    }
}
