import Foundation
import Glibc
@testable import StokerCore
import TestSupport

extension LockScene {
    /// Another program that is on its way to the lock, and holds it from then on until it is told to let go.
    final class WaitingProgram: Sendable {
        struct Overdue: Error, CustomStringConvertible { let description: String }

        private let process: ChildProcess
        private let input = ChildPipe()
        private let output = ChildPipe()

        init(_ program: Program, _ scene: LockScene) throws {
            process = try ChildProcess(
                scene.words(program), input: .descriptor(input.reading.fileDescriptor),
                output: .descriptor(output.writing.fileDescriptor))
            try input.reading.close()
            try output.writing.close()
        }

        deinit { process.signal(SIGKILL, toGroup: true) }

        /// Returns when the kernel has it in the queue for a file's lock.
        ///
        /// - Parameter inode: the file's.
        func untilItWaits(forInode inode: UInt64) throws {
            let deadline = SuspendingClock.now + .seconds(600)
            while !WaitingProgram.isWaited(forInode: inode) {
                guard process.isRunning, SuspendingClock.now < deadline else {
                    throw Overdue(description: "nobody waits for the lock")
                }
                usleep(2000)
            }
        }

        /// A line of one that waits: `1: -> FLOCK  ADVISORY  WRITE 4711 fd:01:131 0 EOF`.
        private static func isWaited(forInode inode: UInt64) -> Bool {
            let locks = (try? HeldFile("/proc/locks", O_RDONLY).readAll(limit: 1 << 24)) ?? []
            return String(decoding: locks, as: UTF8.self).split(separator: "\n").contains {
                $0.contains("-> FLOCK") && $0.contains(":\(inode) ")
            }
        }

        /// Returns when it has the lock.
        func untilItHolds() throws {
            let answer = output.readLine()
            guard answer == "held\n" else { throw Unwilling(program: "a waiting one", answer: answer) }
        }

        func letGo() {
            try? input.writing.close()
            _ = process.wait()
        }
    }
}
