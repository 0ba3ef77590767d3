import Foundation
import Glibc
@testable import StokerCore
import Synchronization
import SystemPackage
import TestSupport

/// A folder with a lock in it, and other programs that want it.
final class LockScene: Sendable {
    let tree = ScratchTree()
    var lock: FilePath { tree.path(".docker_build.lock") }

    static func holder(_ pid: Int32 = 4711) -> LockHolder {
        LockHolder(pid: pid, host: "build-3", command: "stoker warm", since: 1_700_000_000.5, image: "t:1")
    }

    func tryAcquire(_ path: FilePath? = nil) throws -> BuildLock? {
        try BuildLock.tryAcquire(path ?? lock, holder: LockScene.holder())
    }

    /// The number under which this process has the lock file open.
    func openDescriptor() throws -> Int32? {
        let files = FileManager.default
        return try files.contentsOfDirectory(atPath: "/proc/self/fd").first {
            (try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == lock.string
        }.flatMap { Int32($0) }
    }

    func text(_ name: String = ".docker_build.lock") throws -> String {
        String(
            decoding: try HeldFile(tree.path(name).string, O_RDONLY).readAll(limit: 1 << 20), as: UTF8.self)
    }

    /// Another program, which says on its output that it holds the lock, and holds it until its input ends.
    final class Other: Sendable {
        private let process: ChildProcess
        private let input = ChildPipe()

        init(_ program: String, _ arguments: [String]) throws {
            let output = ChildPipe()
            process = try ChildProcess(
                [program] + arguments, input: .descriptor(input.reading.fileDescriptor),
                output: .descriptor(output.writing.fileDescriptor))
            try input.reading.close()
            try output.writing.close()
            let answer = output.readLine()
            guard answer == "held\n" else { throw Unwilling(program: program, answer: answer) }
        }

        var pid: Int32 { process.pid }

        func letGo() {
            try? input.writing.close()
            _ = process.wait()
        }

        func kill() {
            process.signal(SIGKILL)
            _ = process.wait()
        }
    }

    struct Unwilling: Error {
        var program: String
        var answer: String
    }

    enum Program: String, Sendable, CaseIterable {
        case flock, python3

        /// Those that are installed; flock always is.
        static let installed = allCases.filter { program in
            let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
            return program == .flock || folders.contains { access("\($0)/\(program)", X_OK) == 0 }
        }
    }

    func other(_ program: Program) throws -> Other {
        let words = words(program)
        return try Other(words[0], Array(words.dropFirst()))
    }

    /// What makes a program take the lock, say so, and hold it until its input ends.
    func words(_ program: Program) -> [String] {
        switch program {
        case .flock: ["flock", lock.string, "sh", "-c", "echo held; cat >/dev/null"]
        case .python3:
            [
                "python3", "-c",
                """
                import fcntl, sys
                file = open(sys.argv[1], 'a')
                fcntl.flock(file, fcntl.LOCK_EX)
                print('held', flush=True)
                sys.stdin.read()
                """, lock.string,
            ]
        }
    }

    /// Whether a program that only knows flock could have it now.
    func isFreeForOthers() throws -> Bool {
        try Command("flock", "-n", "-E", "99", lock.string, "true").status == 0
    }
}

/// Counts who is in, and how many were in at once at most.
final class Occupancy: Sendable {
    private let counts = Mutex((now: 0, most: 0, total: 0))

    func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.total + 1) } }
    func leave() { counts.withLock { $0.now -= 1 } }
    var most: Int { counts.withLock { $0.most } }
    var total: Int { counts.withLock { $0.total } }
}
