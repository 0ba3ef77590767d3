import Foundation
import StokerCore
@testable import StokerKit
import Synchronization

/// Containers as an engine tells of them on 2026-11-22 at 12:00, each a must-go unless a test changes it.
final class FakeContainers: Sendable {
    struct Container: Sendable {
        var id: String
        var name: String
        var status = "exited"
        var created = "2026-11-22T08:00:00.5Z"
        var started = "2026-11-22T08:00:01.25Z"
        var finished = "2026-11-22T09:00:00.125Z"
        var restart = "no"
        var execs: [String] = []

        /// 08:00:00 in whole seconds.
        var listed: String {
            #"{"Id":"\#(id)","Names":["/\#(name)"],"Image":"i","State":"\#(status)","Created":1795334400}"#
        }

        var inspected: String {
            """
            {"Id":"\(id)","Name":"/\(name)","Created":"\(created)","Config":{"Image":"i"},\
            "State":{"Status":"\(status)","StartedAt":"\(started)","FinishedAt":"\(finished)"},\
            "HostConfig":{"RestartPolicy":{"Name":"\(restart)"}},"ExecIDs":\(execs.isEmpty ? "null" : "\(execs)")}
            """
        }
    }

    /// What to answer instead of the truth, by request line; `nil` goes on to the truth.
    typealias Trouble = @Sendable (FakeContainers, FakeEngine.Request) -> FakeEngine.Answer?

    private let containers: Mutex<[Container]>
    private let trouble: Trouble
    private let load = Mutex((now: 0, most: 0))
    private let gathered = DispatchSemaphore(value: 0)
    private let gathering: Int

    /// - Parameter gathering: how many removals have to be in at once before the first of them is carried out.
    init(_ containers: [Container], gathering: Int = 1, trouble: @escaping Trouble = { _, _ in nil }) {
        self.containers = Mutex(containers)
        self.gathering = gathering
        self.trouble = trouble
    }

    static func id(_ number: Int) -> String { String(format: "%064x", number) }

    static func leaked(_ count: Int) -> [Container] {
        (0..<count).map { Container(id: id($0 + 1), name: "clud-a-" + String(format: "%07xf", $0)) }
    }

    var names: [String] { containers.withLock { $0.map(\.name) } }
    /// The most removals that went on at once.
    var mostRemovalsAtOnce: Int { load.withLock { $0.most } }

    func change(_ id: String, _ change: (inout Container) -> Void) {
        containers.withLock { all in
            for index in all.indices where all[index].id == id { change(&all[index]) }
        }
    }

    func remove(_ id: String) { containers.withLock { $0.removeAll { $0.id == id } } }

    func answer(_ request: FakeEngine.Request) -> FakeEngine.Answer? {
        if let answer = trouble(self, request) { return answer }
        let parts = request.resource.split(separator: "?")[0].split(separator: "/").map(String.init)
        switch (request.method, parts.first, parts.count) {
        case ("GET", "info", 1): return .json(#"{"ID":"E","SystemTime":"2026-11-22T12:00:00.5Z"}"#)
        case ("GET", "containers", 2) where request.line == "GET /containers/json?all=true":
            return .json("[" + containers.withLock { $0.map(\.listed) }.joined(separator: ",") + "]")
        case ("GET", "containers", 3):
            let found = containers.withLock { $0.first { $0.id == parts[1] } }
            return found.map { .json($0.inspected) } ?? .failure(404, "No such container")
        case ("GET", "exec", 3): return .json(#"{"Running":\#(parts[1].hasPrefix("live"))}"#)
        case ("DELETE", "containers", 2) where request.target.hasSuffix("?force=true&v=true"):
            let count = load.withLock { load in
                load = (load.now + 1, max(load.most, load.now + 1))
                return load.now
            }
            if count == gathering { gathered.signal() }
            // One that comes alone is let through in the end, and the measured width tells.
            _ = gathered.wait(timeout: .now() + .seconds(60))
            // For the next, which need not wait any more.
            gathered.signal()
            load.withLock { $0.now -= 1 }
            let isThere = containers.withLock { $0.contains { $0.id == parts[1] } }
            remove(parts[1])
            return isThere ? .answer(204, "") : .failure(404, "No such container")
        default: return nil
        }
    }
}
