import Foundation
import Glibc
import Testing

extension WholeProgram.OnAnEngine {
    /// Another user has taken the place where the agent's socket would be.
    @Suite(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded)) struct ForeignAgentTests {
        @Test func `a foreign socket is told, and everything is done without it`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try project.write(project.agentSocket, "")
                let folder = (project.agentSocket as NSString).deletingLastPathComponent
                for place in [folder, project.agentSocket] { #expect(chown(place, 65_534, 0) == 0) }
                let sentence = "the agent's socket \(project.agentSocket) belongs to another user (id 65534)"
                let warm = try await project.stoker("warm")
                #expect(warm.status == 0, "\(warm.stderr)")
                #expect(warm.stderr.contains("warning: \(sentence); going on without it"), "\(warm.stderr)")
                let status = try await project.stoker("status")
                #expect(status.status == 0, "\(status.stderr)")
                #expect(status.stdout.contains("no agent runs"))
                #expect(status.stderr.contains("warning: \(sentence)"), "\(status.stderr)")
                #expect(access(project.agentSocket, F_OK) == 0)
            }
        }

        @Test func `a foreign folder in the temporary directory is no obstacle`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let folder = project.base + "/tmp/stoker-\(getuid())"
                try project.write(folder + "/agent.sock", "")
                for place in [folder, folder + "/agent.sock"] { #expect(chown(place, 65_534, 0) == 0) }
                let environment = ["XDG_RUNTIME_DIR": "", "TMPDIR": project.base + "/tmp"]
                for arguments in [["warm"], ["status"], ["run", "--no-warm", "--", "true"]] {
                    let outcome = try await project.start(
                        [TestEngine.program] + arguments, environment: environment
                    ).value()
                    #expect(outcome.status == 0, "\(arguments): \(outcome.stderr)")
                    #expect(!outcome.stderr.contains("another user"), "\(outcome.stderr)")
                }
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["agent.sock"])
            }
        }
    }
}
