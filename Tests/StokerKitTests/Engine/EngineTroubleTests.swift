import Foundation
import Glibc
import NIOCore
import StokerCore
@testable import StokerKit
import SystemPackage
import Testing

/// Engines that are not there, lie, or fall silent.
@Suite(.timeLimit(.minutes(30))) struct EngineTroubleTests {
    func failure(
        _ script: @escaping FakeEngine.Script, timeout: TimeAmount = EngineClient.Patience.ofTests.query
    ) async throws -> StokerError? {
        try await FakeEngine.with(timeout: timeout, script) { _, client in
            await #expect(throws: StokerError.self) { try await client.info() }
        }
    }

    func failure(_ endpoint: Endpoint) async throws -> StokerError? {
        let error = try await EngineClient.with(endpoint, patience: .ofTests) { client in
            await #expect(throws: StokerError.self) { try await client.info() }
        }
        #expect(error?.code == .engineUnavailable)
        #expect(error?.nextStep?.contains("DOCKER_HOST") == true)
        return error
    }

    @Test func aMissingSocketIsSaidSo() async throws {
        let project = TestProject()
        let path = project.folder.appending("none").string
        let error = try await failure(Endpoint(address: .unix(path: path)))
        #expect(error?.message == "cannot reach the engine at unix://\(path)")
        #expect(error?.cause == "no such file or directory")
    }

    @Test func aSocketWithoutAnEngineIsSaidSo() async throws {
        let project = TestProject()
        let path = project.folder.appending("s").string
        FakeEngine(path: path) { _ in nil }.close()
        // The file of a listener that is gone: bound anew, and never listened on.
        let orphan = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(orphan) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(orphan, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        #expect(try await failure(Endpoint(address: .unix(path: path)))?.cause == "connection refused")
        #expect(
            try await failure(Endpoint(address: .tcp(host: "127.0.0.1", port: 1)))?.cause
                == "connection refused")
    }

    @Test(.enabled(if: geteuid() != 0, "root may open every socket"))
    func aSocketOfOthersIsSaidSo() async throws {
        let project = TestProject()
        let path = project.folder.appending("s")
        let engine = FakeEngine(path: path.string) { _ in nil }
        defer { engine.close() }
        try #require(Glibc.chmod(path.string, 0) == 0)
        let error = try await failure(engine.endpoint)
        #expect(error?.cause == "permission denied")
        #expect(error?.nextStep?.contains("group") == true)
    }

    @Test func anAnswerThatIsNotUnderstoodIsSaidSo() async throws {
        for body in ["garbage", "", "[]", "{}", #"{"ID":1}"#] {
            let error = try await failure { $0.resource == "/info" ? .json(body) : nil }
            #expect(error?.code == .engineUnavailable)
            #expect(error?.message == "the engine's answer when asked to say who it is is not understood")
        }
    }

    @Test func whatIsNoEngineAtAllIsSaidSo() async throws {
        #expect(try await failure { _ in .raw("SSH-2.0-OpenSSH_9\r\n") }?.code == .engineUnavailable)
        #expect(try await failure { _ in .answer(403, "no") }?.message.contains("403") == true)
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ID\""])
    func oneThatClosesInMidAnswerIsSaidSo(beginning: String) async throws {
        let error = try await failure { $0.resource == "/info" ? .raw(beginning) : nil }
        #expect(error?.code == .engineUnavailable)
        #expect(error?.cause == "it closed the connection")
    }

    /// Without the time-out it would never end; how long it takes on a busy machine says nothing.
    @Test(
        .timeLimit(.minutes(30)),
        arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ID\""])
    func oneThatFallsSilentDoesNotHangUs(beginning: String) async throws {
        let error = try await failure(
            { $0.resource == "/info" ? .hang(beginning) : nil }, timeout: .milliseconds(300))
        #expect(error?.code == .engineUnavailable)
        #expect(error?.cause == "it does not answer in time")
    }

    @Test func anAnswerThatDripsIsReadWhole() async throws {
        try await FakeEngine.with {
            $0.resource == "/info" ? .drip(EngineClientTests.info) : nil
        } _: { engine, client in
            let info = try await client.info()
            #expect(info.serverVersion == "20")
            // The connection goes on.
            let again = try await client.info()
            #expect(again == info)
            #expect(engine.lines == ["GET /info", "GET /info"])
        }
    }

    @Test func oneThatDripsWithoutAnEndDoesNotHangUs() async throws {
        let error = try await failure(
            { $0.resource == "/info" ? .drip(String(repeating: " ", count: 20_000)) : nil },
            timeout: .milliseconds(300))
        #expect(error?.cause == "it does not answer in time")
    }

    @Test func oneThatNeverSaysItsVersionDoesNotHangUs() async throws {
        let error = try await failure({ _ in .hang("") }, timeout: .milliseconds(300))
        #expect(error?.cause == "it does not answer in time")
    }

    @Test func aCancelledQuestionIsNoFailureOfTheEngine() async throws {
        try await FakeEngine.with {
            $0.resource == "/info" ? .hang("") : nil
        } _: { engine, client in
            let question = Task { try await client.info() }
            while engine.lines.isEmpty { await Task.yield() }
            question.cancel()
            await #expect(throws: CancellationError.self) { try await question.value }
        }
    }
}
