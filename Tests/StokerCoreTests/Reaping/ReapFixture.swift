@testable import StokerCore

/// Containers as an engine would tell of them at 18:10, made old enough to go unless told otherwise.
enum ReapFixture {
    static let nowSeconds: Int64 = 1_795_371_000
    static let now = ago(0)
    static let hour: Int64 = 3600

    /// A moment that many seconds before now; negative after it.
    static func ago(_ seconds: Int64, nanoseconds: Int32 = 0) -> EngineTime {
        guard let time = EngineTime(unixSeconds: nowSeconds - seconds, nanoseconds: nanoseconds) else {
            preconditionFailure("\(seconds) s before now is no time")
        }
        return time
    }

    static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    /// Inspected, and a must-go unless an argument changes that: exited three hours ago.
    static func exited(_ name: String = "clud-a-deadbeef", _ seconds: Int64 = 3 * hour) -> ContainerFacts {
        ContainerFacts(
            id: id(1), names: ["/" + name], state: .exited, created: ago(seconds + 10),
            image: "clud-test:latest",
            details: ContainerFacts.Details(
                startedAt: ago(seconds + 9), finishedAt: ago(seconds), restartPolicy: .no, hasLiveExec: false)
        )
    }

    /// Inspected, and a must-go unless an argument changes that: created 25 hours ago and still running.
    static func running(_ state: ContainerState = .running, _ seconds: Int64 = 25 * hour) -> ContainerFacts {
        ContainerFacts(
            id: id(2), names: ["/clud-run-deadbeef"], state: state, created: ago(seconds),
            details: ContainerFacts.Details(
                startedAt: ago(seconds), finishedAt: nil, restartPolicy: .no, hasLiveExec: false))
    }

    /// Inspected, and a must-go unless an argument changes that: created three hours ago, never started.
    static func neverStarted(_ seconds: Int64 = 3 * hour) -> ContainerFacts {
        ContainerFacts(
            id: id(3), names: ["/clud-new-deadbeef"], state: .created, created: ago(seconds),
            details: ContainerFacts.Details(
                startedAt: nil, finishedAt: nil, restartPolicy: .no, hasLiveExec: false))
    }
}

extension ContainerFacts {
    func with(_ change: (inout ContainerFacts) -> Void) -> ContainerFacts {
        var copy = self
        change(&copy)
        return copy
    }

    /// As the list tells of it.
    var listed: ContainerFacts { with { $0.details = nil } }
}

extension ReapPolicy {
    /// Where nothing is leased.
    func decision(for facts: ContainerFacts, now: EngineTime) -> ReapDecision {
        decision(for: facts, now: Now(engine: now)) { _ in .unknown("nobody knows") }
    }

    func plan(
        containers: [ContainerFacts], now: EngineTime, isIncomplete: Bool = false
    ) -> ReapPlan {
        plan(
            containers: containers, now: Now(engine: now), fates: { _ in .unknown("nobody knows") },
            isIncomplete: isIncomplete)
    }

    func candidates(in listed: [ContainerFacts], now: EngineTime) -> [ContainerFacts] {
        candidates(in: listed, now: Now(engine: now)) { _ in .unknown("nobody knows") }
    }

    func secondLook(
        planned entry: ReapPlan.Entry, now facts: ContainerFacts, at now: EngineTime
    ) -> ReapDecision {
        secondLook(planned: entry, now: facts, at: Now(engine: now)) { _ in .unknown("nobody knows") }
    }
}
