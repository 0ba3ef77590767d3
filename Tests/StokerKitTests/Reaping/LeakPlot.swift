import Foundation

/// One of hundreds of containers: its name, how it comes to be, and whether it is leaked by then.
///
/// - `STOKER_LEAKS`: how many of the leaked ones of each state run or have run, which is what takes time. Default: 8.
struct LeakPlot: Sendable {
    typealias Making = @Sendable (RealContainers, String) async throws -> Void

    var name: String
    var isLeaked: Bool
    var make: Making

    static let started = ProcessInfo.processInfo.environment["STOKER_LEAKS"].flatMap { Int($0) } ?? 8
    private static let onlyCreated: Making = { try await $0.create($1) }

    /// 300 of them, of which most are only created.
    static func leaked(_ containers: RealContainers) -> [LeakPlot] {
        let states: [Making] = [
            { try await $0.start(try await $0.create($1)) },
            { containers, name in
                let id = try await containers.create(name)
                try await containers.start(id)
                try await containers.pause(id)
            },
            { containers, name in
                let id = try await containers.create(name, command: ["/bin/busybox", "true"])
                try await containers.start(id)
                try await containers.wait(id)
            },
        ]
        return (0..<300).map { number in
            let isStarted = number / states.count < started
            return LeakPlot(
                name: containers.name(number), isLeaked: true,
                make: isStarted ? states[number % states.count] : onlyCreated)
        }
    }

    /// 100 that are not, each for one reason or another.
    static func living(_ containers: RealContainers) -> [LeakPlot] {
        let prefix = containers.prefix
        let restarting = #""NetworkMode":"none","RestartPolicy":{"Name":"always"}"#
        return (0..<100).map { number in
            let digits = String(format: "%07xe", number)
            let ours = "\(prefix)-x-\(digits)"
            func plot(_ name: String, _ make: @escaping Making = LeakPlot.onlyCreated) -> LeakPlot {
                LeakPlot(name: name, isLeaked: false, make: make)
            }
            switch number {
            case 0..<2: return plot(ours) { try await $0.start(try await $0.create($1, host: restarting)) }
            case 2..<4:
                return plot(ours) {
                    try await $0.start(
                        try await $0.create($1, command: ["/bin/busybox", "false"], host: restarting))
                }
            case 4..<7:
                return plot(ours) { containers, name in
                    let id = try await containers.create(name)
                    try await containers.start(id)
                    try await containers.exec(id)
                }
            case 7..<9: return plot("\(ours)-db") { try await $0.start(try await $0.create($1)) }
            case 9..<20: return plot(ours) { try await $0.create($1, labels: ["dev.stoker.keep": "true"]) }
            case 20..<30: return plot(ours) { try await $0.create($1, host: restarting) }
            case 30..<40:
                return plot(ours) { try await $0.create($1, labels: ["org.testcontainers.hash": "abc"]) }
            case 40..<50: return plot("my-\(ours)")
            case 50..<60: return plot("\(ours)-db")
            case 60..<70: return plot("\(prefix)-x-\(digits.uppercased())")
            case 70..<80: return plot("\(prefix)-x-\(digits)0")
            case 80..<90: return plot("\(prefix)-x\(number)-202612\(number - 70)")
            default: return plot("\(prefix)-\(digits)")
            }
        }
    }
}
