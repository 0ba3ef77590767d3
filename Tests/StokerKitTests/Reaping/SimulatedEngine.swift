import NIOCore
import NIOHTTP1
import StokerCore
@testable import StokerKit
import Synchronization
import TestSupport

/// One caller's view of an engine that misbehaves by a seed, without sockets and without waiting. It checks each
/// removal against what is true when it is asked for.
///
/// Which request goes wrong depends on the seed and on how often the same has been asked before, not on the
/// order of requests that go on at once.
final class SimulatedEngine: EngineRequests {
    struct State: Sendable {
        var world: SimulatedWorld
        var faultPercent: Int
        /// Requests that are left unanswered as long as the engine is away.
        var away = 0
        var asked: [String: Int] = [:]
        /// By the caller's last look, and not known any more once it has been used.
        var lastLooks: [String: (mayGo: Bool, essence: [String])] = [:]
        var violations: [String] = []
        var removed = 0
    }
    private let state: Mutex<State>
    private let seed: UInt64

    let endpoint = Endpoint(address: .unix(path: "/simulated"))

    init(seed: UInt64, faultPercent: Int) {
        self.seed = seed
        state = Mutex(State(world: SimulatedWorld(seed: seed), faultPercent: faultPercent))
    }

    var clock: BootClock {
        BootClock { [self] in
            with { $0.world.elapsed }
        } sleep: { [self] duration in
            with { $0.world.pass(duration) }
        }
    }

    func with<Value>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try state.withLock { try body(&$0) }
    }

    /// What the first looks saw is old now, and time has gone by.
    func betweenLooks() {
        with { state in
            state.lastLooks = [:]
            if state.world.isBusy { state.world.live() }
        }
    }

    func calmDown() {
        with { state in
            state.world.calmDown()
            (state.faultPercent, state.away) = (0, 0)
            // Whatever is dead has become old enough.
            state.world.pass(.seconds(30 * 3600))
        }
    }

    // MARK: Requests

    private func fault(_ line: String, _ state: inout State) -> SimulatedFault? {
        let count = state.asked[line, default: 0]
        state.asked[line] = count + 1
        // FNV-1a; `Hasher` differs from run to run.
        let hash = "\(line)#\(count)".utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
        }
        var generator = SeededGenerator(seed: hash)
        guard Int.random(in: 0..<100, using: &generator) < state.faultPercent else { return nil }
        return SimulatedFault.allCases.randomElement(using: &generator)
    }

    func request(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)], timeout: TimeAmount?
    ) async throws -> EngineClient.Answer {
        await Task.yield()
        try Task.checkCancellation()
        return try with { state in
            state.world.pass(.milliseconds(3))
            if state.away > 0 {
                state.away -= 1
                throw silence("connection refused")
            }
            let line = "\(method) \(path.joined(separator: "/"))"
            let fault = fault(line, &state)
            let patience = Duration.nanoseconds((timeout ?? .seconds(60)).nanoseconds)
            switch fault {
            case .hang:
                state.world.pass(patience)
                throw silence("it does not answer in time")
            case .cut: throw silence("it closed the connection")
            case .restart:
                state.away = state.world.random(in: 1..<30)
                throw silence("it closed the connection")
            case .serverError: return answer(500, #"{"message":"driver failed"}"#, &state)
            case .conflict: return answer(409, #"{"message":"cannot kill it"}"#, &state)
            case .notFound where path.first != "info" && path.count > 2 || method == .DELETE:
                return answer(404, #"{"message":"no such container"}"#, &state)
            case .clockStep where method == .GET && path.first != "info":
                state.world.setClock(
                    by: .seconds([-90_000, -7300, -40, -2, 2, 40, 7300][state.world.random(in: 0..<7)]))
            default: break
            }
            var answer = try carryOut(method, path, query, &state)
            switch fault {
            case .silentSuccess:
                state.world.pass(patience)
                throw silence("it does not answer in time")
            case .closedAfterwards: throw silence("it closed the connection")
            case .slow: state.world.pass(.seconds(30))
            case .torn:
                answer.body.removeLast(
                    answer.body.isEmpty ? 0 : 1 + state.world.random(in: 0..<answer.body.count))
            case .otherJSON: answer.body = Array("[{}]".utf8)
            default: break
            }
            return answer
        }
    }

    private func silence(_ cause: String) -> StokerError {
        StokerError(.engineUnavailable, "cannot reach the engine at \(endpoint)", cause: cause)
    }

    private func answer(_ status: Int, _ body: String, _ state: inout State) -> EngineClient.Answer {
        // Not every engine says it.
        let date = seed % 5 == 0 ? nil : EngineTime(unixSeconds: state.world.now.seconds)
        return EngineClient.Answer(status: status, body: Array(body.utf8), date: date)
    }

    private func carryOut(
        _ method: HTTPMethod, _ path: [String], _ query: [(String, String)], _ state: inout State
    ) throws -> EngineClient.Answer {
        let missing = #"{"message":"No such container"}"#
        switch (method, path.first, path.count, query.map { "\($0)=\($1)" }) {
        case (.GET, "info", 1, []):
            noteTime(&state)
            return answer(200, #"{"ID":"E","SystemTime":"\#(state.world.now.rfc3339)"}"#, &state)
        case (.GET, "containers", 2, ["all=true"]) where path[1] == "json":
            // No caller can know of what changes between its look at a container and the removal, and others that are
            // being removed at the same time ask for the list.
            state.world.live(sparing: Set(state.lastLooks.filter(\.value.mayGo).keys))
            var rows = state.world.containers.map(\.listed)
            // One that is listed and that nobody finds.
            if state.world.isBusy, seed % 3 == 0 {
                let ghost = String(repeating: "f", count: 64)
                rows.append(
                    #"{"Id":"\#(ghost)","Names":["/clud-t-0000000f"],"Image":"i","State":"exited","Created":1700000000}"#
                )
            }
            return answer(200, "[\(rows.joined(separator: ","))]", &state)
        case (.GET, "containers", 3, []) where path[2] == "json":
            state.world.live(path[1])
            guard let container = state.world[path[1]] else { return answer(404, missing, &state) }
            state.lastLooks[path[1]] = (container.mayGo(at: time(state)), container.essence)
            return answer(200, container.inspected, &state)
        case (.GET, "exec", 3, []) where path[2] == "json":
            guard let owner = state.world.containers.first(where: { $0.execs[path[1]] != nil }),
                let runs = owner.execs[path[1]]
            else { return answer(404, missing, &state) }
            let tty = owner.terminals.contains(path[1])
            return answer(200, #"{"Running":\#(runs),"ProcessConfig":{"tty":\#(tty)}}"#, &state)
        case (.DELETE, "containers", 2, ["force=true", "v=true"]):
            return remove(path[1], &state)
        default:
            state.violations.append("untold: \(method) \(path) \(query)")
            return answer(599, "", &state)
        }
    }

    /// A `Date` is in whole seconds, and so is what a caller can make of it.
    private func time(_ state: State) -> EngineTime {
        state.world.now.advanced(by: .seconds(1)) ?? state.world.now
    }

    /// Who is told the time judges by it what it has seen before.
    private func noteTime(_ state: inout State) {
        for (id, look) in state.lastLooks {
            guard let container = state.world[id], container.mayGo(at: time(state)) else { continue }
            state.lastLooks[id] = (true, look.essence)
        }
    }

    // MARK: Removal

    private func remove(_ id: String, _ state: inout State) -> EngineClient.Answer {
        guard let container = state.world[id] else {
            if id.utf8.count != 64 { state.violations.append("removes by \(id), which is no full ID") }
            return answer(404, #"{"message":"No such container"}"#, &state)
        }
        switch state.lastLooks.removeValue(forKey: id) {
        case nil: state.violations.append("\(id) is removed without a second look: \(container)")
        case (let mayGo, let essence)?:
            if !mayGo || essence != container.essence {
                state.violations.append("\(id) at \(state.world.now.rfc3339) is not to go: \(container)")
            }
        }
        if container.removal != nil {
            return answer(409, #"{"message":"removal of container \#(id) is already in progress"}"#, &state)
        }
        if container.stubbornness > 0 {
            let now = state.world.now
            state.world.change(id) {
                $0.stubbornness -= 1
                // The engine has killed it, and then its files were busy.
                if $0.state == "running" || $0.state == "paused" { $0.finished = now }
                $0.state = "dead"
            }
            return answer(
                500, #"{"message":"driver failed to remove root filesystem: device is busy"}"#, &state)
        }
        state.removed += 1
        if state.world.isBusy, state.world.random(in: 0..<10) == 0 {
            // Podman tells of a failure while it goes on.
            state.world.change(id) { $0.removal = .ending(2) }
            return answer(500, #"{"message":"still at it"}"#, &state)
        }
        state.world.remove(id)
        return answer(204, "", &state)
    }
}
