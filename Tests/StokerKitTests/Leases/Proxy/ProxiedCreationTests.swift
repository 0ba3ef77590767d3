import Foundation
import StokerCore
@testable import StokerKit
import TestSupport
import Testing

/// Creations of a real engine: whatever it makes has the labels.
@Suite(.enabled(if: TestEngine.isThere, "\(TestEngine.skipped)"), .timeLimit(.minutes(60)))
struct ProxiedCreationTests {
    private struct Volume: Decodable {
        var labels: [String: String]?

        enum CodingKeys: String, CodingKey { case labels = "Labels" }
    }
    private struct Container: Decodable {
        struct Config: Decodable {
            var labels: [String: String]?

            enum CodingKeys: String, CodingKey { case labels = "Labels" }
        }
        var config: Config

        enum CodingKeys: String, CodingKey { case config = "Config" }
    }

    /// The labels that go in beside ours, as Go's decoder understands them; `nil` where the engine refuses.
    static let bodies: [(String, [String: String]?)] = [
        ("{#}", [:]),
        (#"{#,"Labels":{"a":"b"}}"#, ["a": "b"]),
        (#"{"labels":{"a":"b"},#}"#, ["a": "b"]),
        (#"{#,"LABELS":null}"#, [:]),
        (#"{#,"Labels":{"dev.stoker.test":"none"}}"#, [:]),
        (#"{#,"Labels":{"a":"b"},"labels":{"c":"d"}}"#, ["a": "b", "c": "d"]),
        (#"{#,"Labels":{"a":"b"},"lAbels":null}"#, [:]),
        (#"{#,"lAbels":null,"Labels":{"a":"b"}}"#, ["a": "b"]),
        (#"{#,"\u004cabels":{"a":"b"}}"#, ["a": "b"]),
        (#"{#,"label\u017f":{"a":"b"}}"#, ["a": "b"]),
        (#"{#,"labelſ":null,"Label\u0053":{"dev.stoker.test":"none"}}"#, [:]),
        (#"{#,"Labels":{"a":"1","a":"2"}}"#, ["a": "2"]),
        (#"{#,"Labels":{"a":"}\\\""}}"#, ["a": "}\\\""]),
        (#"{#,"X":{"Labels":null},"Y":[{"Labels":1}],"Z":-1.5e300}"#, [:]),
        (" \n{#}\n", [:]),
        (#"{#,"Labels":1}"#, nil),
        (#"{#,"Labels":[]}"#, nil),
        (#"{#,"Labels":{"a":1}}"#, nil),
        (#"{#,"Labels":{"a":"b",}}"#, nil),
        (#"{#,}"#, nil),
        (#"{#"#, nil),
        (#"[]"#, nil),
        (#"#"#, nil),
    ]

    @Test func whateverTheEngineTakesIsLabelledAndNothingIsLost() async throws {
        try await ProxiedEngine.with { engine in
            for (text, labels) in Self.bodies {
                let wanted = labels?.merging(["dev.stoker.test": engine.owner]) { $1 }
                let (volume, container) = (TestEngine.unique("v"), TestEngine.unique("c"))
                let made = try engine.post(
                    "/volumes/create", text.replacing("#", with: "\"Name\":\"\(engine.owner)-\(volume)\""))
                #expect((made.status == 201) == (wanted != nil), "\(text): \(made.body)")
                if let wanted {
                    let volume = try JSONDecoder().decode(Volume.self, from: Data(made.body.utf8))
                    #expect(volume.labels == wanted, "\(text)")
                }
                let name = "\(engine.owner)-\(container)"
                let created = try engine.post(
                    "/containers/create?name=\(name)",
                    text.replacing("#", with: "\"Image\":\"\(TestEngine.base)\",\"Cmd\":[\"true\"]"))
                #expect((created.status == 201) == (wanted != nil), "\(text): \(created.body)")
                if let wanted {
                    let seen = try engine.direct(["inspect", "--format", "{{json .}}", name])
                    let container = try JSONDecoder().decode(Container.self, from: Data(seen.utf8))
                    #expect(container.config.labels == wanted, "\(text)")
                }
            }
        }
    }

    @Test func theWaysToWriteAPathAreTheEngines() async throws {
        try await ProxiedEngine.with { engine in
            for path in [
                "/volumes/create", "/v1.41/volumes/create", "/%76olumes/create", "/volumes%2Fcreate",
                "/volumes/create?x=%2f",
            ] {
                try Self.expect(engine.post(path, "{}").status == 201, path)
            }
            for path in [
                "/volumes/create/", "//volumes/create", "/./volumes/create", "/Volumes/create",
                "/volumes/create%2f",
            ] {
                try Self.expect(engine.post(path, "{}").status != 201, path)
            }
            for body in ["null", ""] {
                try Self.expect(engine.post("/volumes/create", body).status == 201)
            }
            // Newer engines refuse it.
            let isTaken = try engine.post("/volumes/create", "{}garbage").status == 201
            #expect(try engine.owned("volume").count == (isTaken ? 8 : 7))
        }
    }

    private static func expect(
        _ isRight: Bool, _ path: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(isRight, "\(path)", sourceLocation: sourceLocation)
    }

    /// `STOKER_PROXY_CONTAINERS` asks for more or fewer.
    @Test func manyClientsAtOnceGetTheirContainersLabelled() async throws {
        let total = ProcessInfo.processInfo.environment["STOKER_PROXY_CONTAINERS"].flatMap { Int($0) } ?? 1000
        let journal = try JournalFixture()
        defer { journal.remove() }
        try await ProxiedEngine.with(ledger: journal.ledger) { engine in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<16 {
                    group.addTask {
                        try await Self.blocking {
                            try Self.create(total / 16, caller, over: TestSocket(connectingTo: engine.socket))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let listed = try engine.direct([
                "ps", "-a", "--no-trunc", "--filter", "label=dev.stoker.test=\(engine.owner)", "--format",
                "{{.Label \"caller\"}}",
            ]).split(separator: "\n")
            #expect(listed.count == total / 16 * 16)
            for caller in 0..<16 { #expect(listed.count { $0 == "\(caller)" } == total / 16) }
            let ids = try engine.owned("container")
            // Each is known by its ID, and by no other.
            let known = try engine.direct([
                "ps", "-a", "--no-trunc", "--filter", "label=dev.stoker.test=\(engine.owner)", "--format",
                "{{.ID}} {{.Label \"dev.stoker.creation\"}}",
            ]).split(separator: "\n")
            for line in known {
                let words = line.split(separator: " ").map(String.init)
                let mark = try #require(CreationMark(text: words.last ?? ""))
                #expect(journal.record(mark)?.id == words[0])
            }
            _ = try engine.direct(["rm", "-f", "-v"] + ids)
        }
    }

    private static func create(_ count: Int, _ caller: Int, over connection: TestSocket) throws {
        let body = #"{"Image":"\#(TestEngine.base)","Cmd":["true"],"Labels":{"caller":"\#(caller)"}}"#
        for _ in 0..<count {
            try connection.send(
                "POST /v1.41/containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            let (head, answer) = try connection.receiveMessage()
            #expect(head.hasPrefix("HTTP/1.1 201"), "\(answer)")
        }
    }

    /// Not on the threads of the tasks, which are as few as there are cores.
    static func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws
        -> Value
    {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }
}
