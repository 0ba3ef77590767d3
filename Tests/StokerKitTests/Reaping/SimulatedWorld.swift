import Foundation
import StokerCore
@testable import StokerKit
import TestSupport

/// Containers that live, die and change as a seed wills, on an engine's clock.
///
/// What a container goes through, it goes through right before the engine tells of it: what happens between the
/// last look and the removal nobody can see.
struct SimulatedWorld: Sendable {
    private(set) var containers: [SimulatedContainer] = []
    /// Since the machine's boot.
    private(set) var elapsed = Duration.seconds(1000)
    private var clockOffset = Duration.zero
    /// Whether anything happens by itself.
    var isBusy = true
    private(set) var changes = 0
    /// The names that the engine tells of by itself.
    private var events: [String] = []
    private var generator: SeededGenerator
    private var nextID: Int

    /// 2026-11-22 12:00.
    private static let noon = EngineTime(unixSeconds: 1_795_348_800)!  // A year of four digits.

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        nextID = Int.random(in: 0..<1 << 30, using: &generator)
        clockOffset =
            [.zero, .seconds(-3600), .seconds(86_400 * 400)].randomElement(using: &generator) ?? .zero
        for _ in 0..<Int.random(in: 1...12, using: &generator) { create(before: randomAge()) }
    }

    /// The engine's clock.
    var now: EngineTime { SimulatedWorld.noon.advanced(by: elapsed + clockOffset) ?? SimulatedWorld.noon }

    mutating func pass(_ duration: Duration) { elapsed += duration }
    mutating func setClock(by duration: Duration) { clockOffset += duration }
    mutating func random(in range: Range<Int>) -> Int { Int.random(in: range, using: &generator) }
    private mutating func chance(_ percent: Int) -> Bool { random(in: 0..<100) < percent }
    func index(_ id: String) -> Int? { containers.firstIndex { $0.id == id } }
    subscript(id: String) -> SimulatedContainer? { containers.first { $0.id == id } }
    mutating func remove(_ id: String) { containers.removeAll { $0.id == id } }

    mutating func change(_ id: String, _ change: (inout SimulatedContainer) -> Void) {
        if let index = index(id) { change(&containers[index]) }
    }

    /// Everything works from now on, and nothing happens but what has been begun.
    mutating func calmDown() {
        isBusy = false
        for index in containers.indices { containers[index].stubbornness = 0 }
    }

    // MARK: What happens

    private mutating func randomAge() -> Duration {
        // Half of them beyond the limits, some right at them.
        let seconds = [0, 5, 7190, 7199, 7201, 7300, 40_000, 86_390, 86_410, 100_000, 400_000]
        return .seconds(seconds[random(in: 0..<seconds.count)]) + .milliseconds(random(in: 0..<1000))
    }

    private mutating func create(before age: Duration, name: SimulatedName? = nil) {
        nextID += 1
        let digits = String(nextID, radix: 16)
        let id = String(repeating: "0", count: 64 - digits.count) + digits
        let end = now.advanced(by: .zero - age) ?? now
        let start = end.advanced(by: .seconds(-random(in: 1..<50))) ?? end
        var container = SimulatedContainer(
            id: id, name: name ?? SimulatedName.random(using: &generator), created: start)
        switch random(in: 0..<10) {
        case 0..<4: (container.started, container.finished) = (start, end)
        case 4..<6: (container.state, container.started) = ("running", end)
        case 6: (container.state, container.started, container.finished) = ("paused", end, start)
        case 7: (container.state, container.started, container.finished) = ("dead", start, end)
        case 8: (container.state, container.created) = ("created", end)
        default: (container.state, container.started, container.restart) = ("restarting", end, "always")
        }
        if chance(10) { container.labels["dev.stoker.keep"] = "true" }
        if chance(5) { container.image = "moby/buildkit:v0.12" }
        if chance(5) { container.restart = "unless-stopped" }
        if chance(5) { container.created = EngineTime(unixSeconds: 100) ?? start }
        if container.state == "running", chance(25) { container.execs["e\(digits)"] = chance(60) }
        if chance(40) {
            container.lease = SimulatedLease.allCases[random(in: 0..<4)]
            container.isCopy = chance(20)
            if chance(50) { container.terminals = ["e\(digits)"] }
        }
        if chance(10) { container.stubbornness = random(in: 1..<4) }
        if chance(4) { container.removal = chance(70) ? .ending(random(in: 1..<8)) : .endless }
        containers.append(container)
        events.append(container.name.text)
    }

    /// One that nothing but its age keeps, made at this moment.
    mutating func createLeaked() -> String {
        let name = SimulatedName(
            text: "clud-new-\(String(format: "%07x", nextID & 0xfff_ffff))f", isOurs: true)
        nextID += 1
        let id = String(format: "%064x", nextID)
        containers.append(
            SimulatedContainer(id: id, name: name, created: now, started: now, finished: now))
        events.append(name.text)
        return id
    }

    mutating func takeEvents() -> [String] {
        defer { events = [] }
        return events
    }

    /// What happens to one before the engine tells of it.
    mutating func live(_ id: String) {
        if let index = index(id), case .ending(let looks) = containers[index].removal {
            if looks > 0 { containers[index].removal = .ending(looks - 1) } else { remove(id) }
        }
        guard isBusy, chance(12), let container = self[id], container.removal == nil else { return }
        changes += 1
        let now = now
        switch random(in: 0..<9) {
        case 0:
            let name = SimulatedName.random(using: &generator)
            change(id) { $0.name = name }
            events.append(name.text)
        case 1:
            change(id) { ($0.state, $0.started) = ("running", now) }
            events.append(container.name.text)
        case 2:
            change(id) { ($0.state, $0.started, $0.finished) = ("exited", now, now) }
            events.append(container.name.text)
        case 3: change(id) { $0.state = $0.state == "running" ? "paused" : $0.state }
        case 4:
            let hasTerminal = chance(50)
            change(id) {
                guard $0.state == "running" else { return }
                $0.execs["new-\(id)"] = true
                if hasTerminal { $0.terminals.insert("new-\(id)") }
            }
        case 5: change(id) { $0.restart = "on-failure" }
        case 6:
            remove(id)
            create(before: .zero, name: container.name)
        case 7: change(id) { $0.removal = .ending(3) }
        default: remove(id)
        }
    }

    /// What happens before the engine lists all.
    /// - Parameter spared: what stays as it is.
    mutating func live(sparing spared: Set<String> = []) {
        for id in containers.map(\.id) where !spared.contains(id) { live(id) }
        if isBusy, chance(30) { create(before: randomAge()) }
    }
}
