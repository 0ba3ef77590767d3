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
    /// How far the builder is, as it says itself: `3/7`, `tests 2/5`. `nil` before its first step.
    public var step: String?
    /// How long the last builds of the image took, seconds, the latest last.
    public var recent: [Double]?
    /// What its build has come to, if the builder refused the inputs: whoever has waited need not try the same.
    public var refusal: Refusal?
    /// Whether the file was there, empty, before somebody locked it, and so is not Stoker's to be removed.
    var isFound: Bool?

    /// What a builder would not build.
    public struct Refusal: Codable, Sendable, Equatable {
        /// Of the inputs: `sha256:…`.
        public var digest: String
        /// On which engine.
        public var engine: String
        /// As a `StokerError` has them.
        public var message: String
        public var cause: String?
        public var nextStep: String?
        /// How long the build took.
        public var seconds: Double
        /// Why it was begun.
        public var reason: String

        /// A builder's last lines may be long; those who wait read no more than that of a lock file.
        private static let causeLimit = 8_000

        public init(
            digest: String, engine: String, message: String, cause: String?, nextStep: String?,
            seconds: Double,
            reason: String
        ) {
            self.digest = digest
            self.engine = engine
            self.message = message
            self.cause = cause.map { String($0.suffix(Refusal.causeLimit)) }
            self.nextStep = nextStep
            self.seconds = seconds
            self.reason = reason
        }
    }

    /// Bytes of a lock file that are read.
    static let sizeLimit = 64 << 10

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

    var line: [UInt8] { JSONLine.bytes(self) }

    /// `nil` for a file that says nothing, such as one locked by a program that only knows `flock`.
    init?(line: [UInt8]) {
        guard let holder = JSONLine.value(LockHolder.self, line) else { return nil }
        self = holder
    }

    /// `stoker warm (process 4711 on build-3), which builds clud-test:latest`.
    public var sentence: String {
        "\(command) (process \(pid) on \(host)), which builds \(image)".plain()
    }

    /// The same and how far it is: `…, for 12 s, at step 3/7; its last builds took 31 s and 28 s`.
    ///
    /// - Parameter now: seconds since 1970.
    public func story(now: Double) -> String {
        var story = sentence
        if let progress = progress(now: now) { story += ", \(progress)" }
        if let usual { story += "; \(usual)" }
        return story
    }

    /// `for 12 s, at step 3/7`; `nil` when there is nothing to tell.
    public func progress(now: Double) -> String? {
        var parts: [String] = []
        // Clocks may have been set back, or the line be somebody's invention.
        if case let seconds = now - since, (1..<1e9).contains(seconds) {
            parts.append("for \(DurationText.format(.seconds(Int64(seconds))))")
        }
        if let step { parts.append("at step \(step)".plain()) }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    private var usual: String? {
        let times = (recent ?? []).filter { (0..<1e9).contains($0) }.suffix(CacheRecord.Proof.recentLimit)
            .map { DurationText.format(.milliseconds(Int64($0 * 1000))) }
        switch times.count {
        case 0: return nil
        case 1: return "its last build took \(times[0])"
        default:
            return
                "its last builds took \(times.dropLast().joined(separator: ", ")) and \(times[times.count - 1])"
        }
    }
}
