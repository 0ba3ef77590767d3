import Foundation
import Glibc
import Testing

extension WholeProgram {
    /// An engine that is not there, or not for us. None is needed for that.
    @Suite struct EngineFailureTests {
        private static let start = "start it (`systemctl start docker`)"

        @Test(arguments: ["warm", "reap"])
        func `an engine whose socket is missing is told by its address`(command: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let host = "unix://\(project.base)/missing.sock"
                try await project.stoker(command, environment: ["DOCKER_HOST": host]).expectComplaint(
                    69, "cannot reach the engine at \(host): no such file or directory", Self.start)
                #expect(!project.exists(project.lock))
                #expect(!project.exists(project.record))
            }
        }

        @Test(arguments: ["warm", "reap"])
        func `an engine that has left its socket behind is told by its address`(command: String) async throws
        {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let path = project.base + "/stale.sock"
                try Self.leaveSocket(at: path)
                try await project.stoker(command, environment: ["DOCKER_HOST": "unix://\(path)"])
                    .expectComplaint(
                        69, "cannot reach the engine at unix://\(path): connection refused", Self.start)
                #expect(!project.exists(project.lock))
            }
        }

        @Test(.enabled(if: TestEngine.isRoot, TestEngine.rootNeeded), arguments: ["warm", "reap"])
        func `an engine that does not let us in is told with the group`(command: String) async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let path = project.base + "/engine-of-root.sock"
                try Self.leaveSocket(at: path)
                chmod(path, 0o600)
                _ = try await project.shell("chown -R 65534:65534 ../home ../run . && chmod 777 ..")
                let outcome = try await project.start(
                    Self.asNobody + [TestEngine.program, command],
                    environment: ["DOCKER_HOST": "unix://\(path)"]
                ).value()
                outcome.expectComplaint(
                    69, "cannot reach the engine at unix://\(path): permission denied", "group")
                #expect(!project.exists(project.lock))
            }
        }

        @Test func `without a docker client that is told with the package`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                try await project.stoker("warm", environment: ["PATH": project.base + "/home"])
                    .expectComplaint(
                        69, "docker or podman", "install")
            }
        }

        @Test func `a client that the kernel does not run is told with its words`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let client = project.base + "/client"
                try project.write(client, "no program")
                try #require(chmod(client, 0o755) == 0)
                try project.write(project.base + "/config/stoker/config.yaml", "client: \(client)\n")
                try await project.stoker("warm").expectComplaint(
                    69, "cannot run the client \(client): Exec format error")
            }
        }

        @Test func `an agent outlives an engine that is away, and says so`() async throws {
            try await TestProject.with { project in
                try project.writeSmallImage()
                let host = "unix://\(project.base)/missing.sock"
                let agent = try project.stokerStarted("agent", environment: ["DOCKER_HOST": host])
                try await agent.until("told in its status") {
                    try await project.stoker("status").stdout.contains("cannot reach the engine at \(host)")
                }
                try await project.stoker("warm", environment: ["DOCKER_HOST": host]).expectComplaint(
                    69, "cannot reach the engine at \(host)", Self.start)
                agent.signal(SIGTERM)
                #expect(try await agent.value().status == 0)
            }
        }

        static let asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

        /// A socket file that nobody listens at.
        private static func leaveSocket(at path: String) throws {
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            try RecordingSocket.bind(descriptor, to: path)
        }
    }
}
