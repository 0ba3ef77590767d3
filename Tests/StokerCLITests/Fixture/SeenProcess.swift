import CLinux
import Foundation
import Glibc
import Testing

/// A process that is not ours to wait for, by a descriptor: its number may become another's.
final class SeenProcess: Sendable {
    let pid: Int32
    private let descriptor: Int32

    /// - Throws: when there is none.
    init(_ pid: Int32) throws {
        self.pid = pid
        descriptor = stoker_pidfd_open(pid)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    var hasEnded: Bool {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&poller, 1, 0) > 0
    }

    func signal(_ number: Int32) { _ = stoker_pidfd_send_signal(descriptor, number) }

    func untilEnded() async throws {
        let deadline = SuspendingClock.now + .seconds(300)
        while !hasEnded {
            try #require(SuspendingClock.now < deadline, "process \(pid) is still there")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Those whose command line has a word, and, if it is given, whose environment has an entry.
    static func all(word: String? = nil, entry: String? = nil) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            (word.map { texts("/proc/\(pid)/cmdline").contains($0) } ?? true)
                && (entry.map { texts("/proc/\(pid)/environ").contains($0) } ?? true)
        }
    }

    /// What a file of `/proc` has, up to each zero.
    static func texts(_ path: String) -> [String] {
        let content = FileManager.default.contents(atPath: path) ?? Data()
        return content.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension TestProject {
    /// The processes whose numbers are in a file, once there are so many; `nil` before.
    func processes(_ file: String, _ count: Int = 1) throws -> [SeenProcess]? {
        let lines = text(file).split(separator: "\n", omittingEmptySubsequences: false)
        // The last one has no end of line yet, or is empty.
        let numbers = lines.dropLast().compactMap { Int32($0) }
        return numbers.count < count ? nil : try numbers.map(SeenProcess.init)
    }

    /// The guard of a `stoker run`; it is there before the command begins.
    func guardian(of run: Int32) throws -> SeenProcess {
        let parent = "PPid:\t\(run)"
        let pids = SeenProcess.all(word: "--guard-leased-command").filter {
            SeenProcess.texts("/proc/\($0)/status").joined().split(separator: "\n").contains { $0 == parent }
        }
        return try SeenProcess(try #require(pids.first, "run \(run) has no guard"))
    }
}
