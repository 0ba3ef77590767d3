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
            while KernelLocks.waiters(forInode: inode) == 0 {
                guard process.isRunning, SuspendingClock.now < deadline else {
                    throw Overdue(description: "nobody waits for the lock")
                }
                usleep(2000)
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
