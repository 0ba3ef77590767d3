import Foundation
import Glibc

/// Who holds a build lock, as the holder says in the lock file: one JSON line.
public struct LockHolder: Codable, Sendable, Equatable {
    public var pid: Int32
    public var host: String
    /// What it runs, for people: `stoker warm`.
    public var command: String
    /// Seconds since 1970.
    public var since: Double
    /// The image that it builds.
    public var image: String

    public init(pid: Int32, host: String, command: String, since: Double, image: String) {
        self.pid = pid
        self.host = host
        self.command = command
        self.since = since
        self.image = image
    }

    /// This process.
    public static func current(command: String, image: String) -> LockHolder {
        LockHolder(
            pid: getpid(), host: hostName, command: command,
            since: Date().timeIntervalSince1970, image: image)
    }

    /// The kernel's own word. Foundation's would ask the name servers, who may take their time.
    public static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "an unknown host" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    var line: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Only a non-finite `since` could make this fail, and a clock gives none.
        return Array((try? encoder.encode(self)) ?? Data()) + [UInt8(ascii: "\n")]
    }

    /// `nil` for a file that says nothing, such as one locked by a program that only knows `flock`.
    init?(line: [UInt8]) {
        guard let holder = try? JSONDecoder().decode(LockHolder.self, from: Data(line)) else { return nil }
        self = holder
    }

    /// `stoker warm (process 4711 on build-3), which builds clud-test:latest`.
    public var sentence: String {
        "\(command) (process \(pid) on \(host)), which builds \(image)".plain()
    }
}
