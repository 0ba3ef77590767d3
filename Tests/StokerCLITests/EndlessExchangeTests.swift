import Foundation
import Glibc
import StokerAgent
import SystemPackage
import Testing

extension WholeProgram {
    /// An agent, an engine or a client that goes on sending a byte now and then, or nothing, and an agent that is told to
    /// end meanwhile. Without a limit in all each of these goes on for as long as the other side does.
    @Suite struct EndlessExchangeTests {
        private static let ping = ["GET /_ping": "OK"]

        /// The host of an engine that drips; it lives as long as `body` runs.
        private func withEngine(
            answering answers: [String: String] = ping,
            _ body: (TestProject, DrippingServer, _ environment: [String: String]) async throws -> Void
        ) async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", "FROM scratch\nCOPY a /a\n")
                try project.write("a", "first")
                let path = project.base + "/drip.sock"
                let server = try DrippingServer(path, answers: answers)
                try await body(project, server, ["DOCKER_HOST": "unix://\(path)"])
                withExtendedLifetime(server) {}
            }
        }

        @Test(
            arguments: [EndlessExchangeTests.ping, [:]],
            [["--timeout", "1"], ["--timeout", "1", "--no-agent"]])
        func `warm does not wait for an engine that drips`(
            answers: [String: String], options: [String]
        ) async throws {
            try await withEngine(answering: answers) { project, _, environment in
                let outcome = try await project.start(
                    [TestEngine.program, "warm"] + options, environment: environment
                ).value(within: .seconds(60))
                #expect(outcome.status == 69, "\(outcome.stderr)")
                #expect(outcome.stderr.contains("it does not answer in time"), "\(outcome.stderr)")
                #expect(!project.exists(project.lock))
            }
        }

        @Test func `SIGINT ends a warm that waits for an engine that drips`() async throws {
            try await withEngine { project, server, environment in
                let warm = try project.start([TestEngine.program, "warm"], environment: environment)
                try await warm.until("waited for an answer") { server.hasDripped }
                warm.signal(SIGINT)
                #expect(try await warm.value(within: .seconds(10)).status == 130)
            }
        }

        @Test func `an agent that drips is left alone`() async throws {
            try await TestProject.with { project in
                try project.write("Dockerfile", "FROM scratch\nCOPY a /a\n")
                try project.write("a", "first")
                try FileManager.default.createDirectory(
                    atPath: project.base + "/run/stoker", withIntermediateDirectories: true)
                let agent = try DrippingServer(project.agentSocket)
                let environment = ["DOCKER_HOST": "unix://\(project.base)/missing.sock"]
                let warm = try await project.start(
                    [TestEngine.program, "warm", "--timeout", "1"], environment: environment
                ).value(within: .seconds(60))
                #expect(warm.stderr.contains("the agent does not answer any more"), "\(warm.stderr)")
                #expect(warm.status == 69)
                let status = try await project.start([TestEngine.program, "status"]).value(
                    within: .seconds(120))
                #expect(status.status == 75, "\(status.stderr)")
                withExtendedLifetime(agent) {}
            }
        }

        @Test func `SIGTERM ends an agent within ten seconds whatever its engine and its clients do`()
            async throws
        {
            try await withEngine { project, _, environment in
                let agent = try await TestAgent(project, project.root, environment: environment)
                // Half a question, and one whose answer nobody reads.
                let clients = try (0..<2).map { _ in try ControlConnection(project.agentSocket) }
                defer { clients.forEach { $0.close() } }
                clients[0].send("POST /v1/warm HTTP/1.1\r\nHost: s\r\nContent-Length: 100\r\n\r\n{")
                let question =
                    "{\"project\":\"\(project.root)\",\"image\":\"default\",\"timeout\":600,"
                    + "\"endpoint\":{\"address\":{\"unix\":{\"path\":\"\(project.base)/drip.sock\"}}}}"
                clients[1].send(
                    "POST /v1/warm HTTP/1.1\r\nHost: s\r\nContent-Length: \(question.utf8.count)\r\n\r\n\(question)"
                )
                _ = try await agent.status()
                let started = ContinuousClock.now
                agent.process.signal(SIGTERM)
                let outcome = try await agent.process.value(within: .seconds(60))
                #expect(ContinuousClock.now - started < .seconds(10), "\(outcome.stderr)")
                #expect(!project.exists(project.agentSocket))
            }
        }

        /// As an ignore file that a project brings along can be.
        @Test func `an agent with an expensive ignore file answers and ends`() async throws {
            try await withEngine { project, _, environment in
                try project.write("Dockerfile", "FROM scratch\nCOPY . /\n")
                let lines = ["*"] + Array(repeating: "!**/z?", count: 50_000)
                try project.write(".dockerignore", lines.joined(separator: "\n"))
                for number in 0..<300 { try project.write("folder-\(number)/file", "") }
                let agent = try await TestAgent(project, project.root, environment: environment)
                let asked = ContinuousClock.now
                _ = try await agent.status()
                let answered = ContinuousClock.now
                #expect(answered - asked < .seconds(30))
                agent.process.signal(SIGTERM)
                let outcome = try await agent.process.value(within: .seconds(60))
                #expect(ContinuousClock.now - answered < .seconds(10), "\(outcome.stderr)")
            }
        }
    }
}
