import Foundation
import StokerCore
@testable import StokerKit
import Testing

/// Containers of a test's own on a real engine. All go with the test.
struct RealContainers: Sendable {
    struct Failure: Error, CustomStringConvertible { var description: String }

    /// The engine's address.
    let address: String
    let image: String
    /// With which all that may be reaped begins: no other test's names do.
    let prefix = "t" + String(UInt32.random(in: 1 << 28 ... .max), radix: 16)

    static func with<Value: Sendable>(
        at address: String, image: String, _ body: (RealContainers) async throws -> Value
    ) async throws -> Value {
        let containers = RealContainers(address: address, image: image)
        let result: Result<Value, any Error>
        do { result = .success(try await body(containers)) } catch { result = .failure(error) }
        try await containers.removeAll()
        return try result.get()
    }

    var policy: ReapPolicy {
        get throws {
            // Of what a test has made nothing is older than some seconds.
            ReapPolicy(
                patterns: [try ContainerPattern(parsing: "\(prefix)-*-{hex:8}")], olderThan: .zero,
                runningOlderThan: .zero)
        }
    }

    func name(_ number: Int) -> String { "\(prefix)-n-" + String(format: "%07xf", number) }

    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String = "", expecting statuses: Set<Int>) async throws
        -> EngineSocket.Answer
    {
        let answer = try await BlockingWork.run {
            try EngineSocket.ask(method, path, body: body, at: address)
        }
        guard statuses.contains(answer.status) else {
            throw Failure(
                description:
                    "\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return answer
    }

    /// - Parameters:
    ///   - host: members of its `HostConfig`.
    ///   - labels: beside the one by which `removeAll` finds it.
    /// - Returns: Its ID.
    @discardableResult
    func create(
        _ name: String, command: [String] = ["/bin/busybox", "sleep", "3600"],
        host: String = #""NetworkMode":"none""#,
        labels: [String: String] = [:]
    ) async throws -> String {
        var labels = labels
        labels["dev.stoker.test"] = prefix
        let settings = """
            {"Image":"\(image)","Cmd":\(try RealContainers.json(command)),"Labels":\(try RealContainers.json(labels)),
            "HostConfig":{\(host)}}
            """
        let answer = try await ask("POST", "/containers/create?name=\(name)", settings, expecting: [201])
        guard let id = (try answer.json() as? [String: Any])?["Id"] as? String else {
            throw Failure(description: "no ID")
        }
        return id
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    func start(_ id: String) async throws {
        try await ask("POST", "/containers/\(id)/start", expecting: [204])
    }
    func pause(_ id: String) async throws {
        try await ask("POST", "/containers/\(id)/pause", expecting: [204])
    }
    func wait(_ id: String) async throws { try await ask("POST", "/containers/\(id)/wait", expecting: [200]) }
    func remove(_ id: String) async throws {
        // 409: somebody else is at it.
        try await ask("DELETE", "/containers/\(id)?force=1&v=1", expecting: [204, 404, 409])
    }

    /// Runs a command in it that does not end.
    func exec(_ id: String) async throws {
        let answer = try await ask(
            "POST", "/containers/\(id)/exec", #"{"Cmd":["/bin/busybox","sleep","3600"]}"#, expecting: [201])
        guard let exec = (try answer.json() as? [String: Any])?["Id"] as? String else {
            throw Failure(description: "no ID")
        }
        try await ask("POST", "/exec/\(exec)/start", #"{"Detach":true}"#, expecting: [200])
    }

    /// The names of all that are there, sorted.
    func names() async throws -> [String] { try await all().flatMap(\.names).sorted() }

    func state(_ id: String) async throws -> String? {
        let answer = try await ask("GET", "/containers/\(id)/json", expecting: [200])
        return ((try answer.json() as? [String: Any])?["State"] as? [String: Any])?["Status"] as? String
    }

    private func all() async throws -> [(id: String, names: [String])] {
        let answer = try await ask(
            "GET", "/containers/json?all=1&filters=%7B%22label%22:%5B%22dev.stoker.test=\(prefix)%22%5D%7D",
            expecting: [200])
        return (try answer.json() as? [[String: Any]] ?? []).map {
            (
                $0["Id"] as? String ?? "",
                ($0["Names"] as? [String] ?? []).map { String($0.dropFirst()) }
            )
        }
    }

    /// A few at a time.
    func inParallel<Element: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        let results = await elements.inParallel(width: 8) { element in
            await Result { () async throws -> Void in try await body(element) }
        }
        for result in results { try result.get() }
    }

    private func removeAll() async throws {
        try await inParallel(try await all().map(\.id)) { try await remove($0) }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
