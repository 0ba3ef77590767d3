import Foundation
import StokerCore
import TestSupport

/// A container as it really is, which an engine may tell of or not.
struct SimulatedContainer: Sendable {
    /// A removal that goes on.
    enum Removal: Sendable, Equatable {
        /// Gone after so many more looks.
        case ending(Int)
        case endless
    }

    var id: String
    var name: SimulatedName
    var state = "exited"
    /// On the engine's clock of that moment, as are all times.
    var created: EngineTime
    var started: EngineTime?
    var finished: EngineTime?
    var labels: [String: String] = [:]
    var image = "clud-test:latest"
    var restart = "no"
    /// Whether a command runs, by the exec's ID.
    var execs: [String: Bool] = [:]
    /// Which of them have a terminal.
    var terminals: Set<String> = []
    var lease: SimulatedLease?
    /// Whether it has the labels of another one of the same lease.
    var isCopy = false
    var removal: Removal?
    /// How often the engine will fail to remove it.
    var stubbornness = 0

    private static let exitedLimit = Duration.seconds(2 * 3600)
    private static let runningLimit = Duration.seconds(24 * 3600)
    /// 2013, before which there were no engines.
    private static let firstEngine = EngineTime(unixSeconds: 1_356_998_400)!  // A year of four digits.

    /// Whether it is leaked, by the rules that the README gives, put in other words than the policy's.
    func mayGo(at now: EngineTime) -> Bool {
        guard restart == "no", removal == nil else { return false }
        guard labels["dev.stoker.keep"] == nil, !image.hasPrefix("moby/buildkit") else { return false }
        switch lease {
        case .alive, .foreign: return false
        case .dead where !isCopy: return !terminals.contains { execs[$0] == true }
        case .dead, .unknown, nil: break
        }
        guard name.isOurs, !execs.values.contains(true) else { return false }
        let times = [created, started, finished].compactMap(\.self)
        guard let last = times.max(), last <= now, times.min()! > Self.firstEngine else { return false }
        switch state {
        case "exited", "dead": return now.since(last) > Self.exitedLimit
        case "created": return now.since(created) > Self.exitedLimit
        case "running", "paused":
            return started.map { now.since(max(created, $0)) > Self.runningLimit } ?? false
        default: return false
        }
    }

    /// What has to be as the last look saw it.
    var essence: [String] {
        [name.text, state, restart, "\(started?.rfc3339 ?? "")", "\(execs.values.contains(true))"]
    }

    /// Of one that it has failed to remove an engine lists what it was about to do.
    private var listedState: String { state == "dead" ? "removing" : shownState }
    private var shownState: String { removal == nil ? state : "removing" }
    private var leaseLabels: [String: String] {
        // Made of a number that fits.
        let number = Int(id, radix: 16)!
        return lease?.labels(creating: isCopy ? number + 1 << 40 : number) ?? [:]
    }
    private var labelText: String {
        SimulatedContainer.text(labels.merging(leaseLabels) { own, _ in own })
    }

    private static func text(_ labels: [String: String]) -> String {
        let members = labels.sorted { $0.key < $1.key }.map { #""\#($0)":"\#($1)""# }
        return "{\(members.joined(separator: ","))}"
    }

    var listed: String {
        """
        {"Id":"\(id)","Names":["/\(name.text)"],"Image":"\(image)","State":"\(listedState)",\
        "Created":\(created.seconds),"Labels":\(labelText)}
        """
    }

    var inspected: String {
        let ids = execs.keys.sorted().map { #""\#($0)""# }.joined(separator: ",")
        return """
            {"Id":"\(id)","Name":"/\(name.text)","Created":"\(created.rfc3339)",\
            "Config":{"Image":"\(image)","Labels":\(labelText)},"State":{"Status":"\(shownState)",\
            "StartedAt":"\(started?.rfc3339 ?? EngineTime.never)","FinishedAt":"\(finished?.rfc3339 ?? EngineTime.never)"},\
            "HostConfig":{"RestartPolicy":{"Name":"\(restart)"}},"ExecIDs":\(ids.isEmpty ? "null" : "[\(ids)]")}
            """
    }
}

/// A name, and whether it is one that tests give.
struct SimulatedName: Sendable, Equatable {
    var text: String
    var isOurs: Bool

    static func random(using generator: inout SeededGenerator) -> SimulatedName {
        let digits = (0..<7).map { _ in String(Int.random(in: 0..<16, using: &generator), radix: 16) }
            .joined()
        // With a letter at its end it is no date.
        let ours = "clud-t-\(digits)f"
        let foreign = [
            "my-\(ours)", "\(ours)-db", "clud-t-\(digits)F", "clud-t-\(digits)", "clud-\(digits)f",
            "clud-t-2026\(Int.random(in: 10...12, using: &generator))\(Int.random(in: 10...28, using: &generator))",
            "postgres-\(digits)",
        ]
        return Int.random(in: 0..<4, using: &generator) == 0
            ? SimulatedName(text: foreign.randomElement(using: &generator) ?? ours, isOurs: false)
            : SimulatedName(text: ours, isOurs: true)
    }
}

extension EngineTime {
    static let never = "0001-01-01T00:00:00Z"

    /// As the engine writes it.
    var rfc3339: String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = "\(number)"
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date =
            "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let hour = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(hour).\(padded(nanoseconds, 9))Z"
    }
}
