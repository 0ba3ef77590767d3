import Foundation
import Glibc
@testable import StokerCore
import TestSupport
import Testing

@Suite struct ProcessFateTests {
    static let here = ProcessIdentity(
        machine: "m", boot: "b", pidNamespace: 10, timeNamespace: 20, pid: 1, started: 5)
    static let left = ProcessIdentity(
        machine: "m", boot: "b", pidNamespace: 10, timeNamespace: 20, pid: 4711, started: 100)

    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fate: ProcessFate
        var isOnLocalDisk = true
        var here: ProcessIdentity? = ProcessFateTests.here
        var sight = ProcessIdentity.Sight.none
        var change: @Sendable (inout ProcessIdentity) -> Void = { _ in }
    }

    static func seen(_ started: UInt64, hasEnded: Bool = false) -> ProcessIdentity.Sight {
        .process(ProcessStatus(started: started, hasEnded: hasEnded))
    }

    static let rows = [
        // Provably dead.
        Row(testDescription: "no such process", fate: .dead("its process has ended")),
        Row(
            testDescription: "no such process, on a share", fate: .dead("its process has ended"),
            isOnLocalDisk: false),
        Row(
            testDescription: "another start time",
            fate: .dead("its process has ended; the number is another's now"),
            sight: seen(101)),
        Row(
            testDescription: "ended, and its parent does not ask", fate: .dead("its process has ended"),
            sight: seen(100, hasEnded: true)),
        Row(
            testDescription: "another boot", fate: .dead("the machine has been started anew since"),
            sight: seen(100), change: { $0.boot = "c" }),
        Row(
            testDescription: "another boot and namespace",
            fate: .dead("the machine has been started anew since"),
            change: {
                $0.boot = "c"
                $0.pidNamespace = 11
            }),
        // Alive.
        Row(testDescription: "the same start time", fate: .alive, sight: seen(100)),
        Row(
            testDescription: "the same start time, on a share", fate: .alive, isOnLocalDisk: false,
            sight: seen(100)),
        // Nothing is proved.
        Row(
            testDescription: "another boot, on a share",
            fate: .unknown("its process was in another boot, or on a copy of this machine"),
            isOnLocalDisk: false, change: { $0.boot = "c" }),
        Row(
            testDescription: "another machine", fate: .unknown("its process was on another machine"),
            change: { $0.machine = "n" }),
        Row(
            testDescription: "another machine and boot", fate: .unknown("its process was on another machine"),
            change: {
                $0.machine = "n"
                $0.boot = "c"
            }),
        Row(
            testDescription: "another PID namespace", fate: .unknown("its process was in another container"),
            change: { $0.pidNamespace = 11 }),
        Row(
            testDescription: "another time namespace, so another clock",
            fate: .unknown("its process was in another container"), sight: seen(101),
            change: { $0.timeNamespace = 21 }),
        Row(
            testDescription: "a hidden process",
            fate: .unknown("its process number is in use, by whom cannot be seen"), sight: .hidden),
        Row(
            testDescription: "we do not know ourselves",
            fate: .unknown("this system does not tell enough of its processes"), here: nil),
        Row(testDescription: "number 0", fate: .unknown("it names no process"), change: { $0.pid = 0 }),
        Row(
            testDescription: "a negative number", fate: .unknown("it names no process"),
            change: { $0.pid = -1 }),
    ]

    @Test(arguments: rows) func deathIsProvedOrNot(row: Row) {
        var left = ProcessFateTests.left
        row.change(&left)
        #expect(left.fate(from: row.here, isOnLocalDisk: row.isOnLocalDisk) { _ in row.sight } == row.fate)
    }

    @Test func oneselfIsAlive() throws {
        let own = try #require(ProcessIdentity.current, "no machine ID here")
        #expect(own.pid == getpid())
        #expect(own.fate(isOnLocalDisk: false) == .alive)
    }

    @Test func anotherProcessIsAliveUntilItEnds() throws {
        let child = try ChildProcess(["sleep", "600"])
        let left = try ProcessIdentity.ofChild(child.pid)
        #expect(left.fate(isOnLocalDisk: false) == .alive)
        child.signal(SIGKILL)
        _ = child.wait()
        guard case .dead = left.fate(isOnLocalDisk: false) else {
            Issue.record("\(left.fate(isOnLocalDisk: false))")
            return
        }
    }

    /// As with what runs as process 1 in many containers.
    @Test func oneWhoseParentNeverAsksIsDead() throws {
        let output = ChildPipe()
        let parent = try ChildProcess(
            ["sh", "-c", "sleep 600 & echo $!; exec sleep 600"],
            output: .descriptor(output.writing.fileDescriptor))
        defer { parent.signal(SIGKILL, toGroup: true) }
        let pid = try #require(Int32(output.readLine().dropLast()))
        let left = try ProcessIdentity.ofChild(pid)
        #expect(left.fate(isOnLocalDisk: false) == .alive)
        let deadline = SuspendingClock.now + .seconds(600)
        // A shell may ask; what it becomes does not.
        func parentsName() -> [UInt8] {
            (try? HeldFile("/proc/\(parent.pid)/comm", O_RDONLY).readAll(limit: 100)) ?? []
        }
        while parentsName() != Array("sleep\n".utf8), SuspendingClock.now < deadline { usleep(1000) }
        #expect(kill(pid, SIGKILL) == 0)
        while left.fate(isOnLocalDisk: false) == .alive, SuspendingClock.now < deadline { usleep(1000) }
        #expect(left.fate(isOnLocalDisk: false) == .dead("its process has ended"))
        #expect(kill(pid, 0) == 0, "it still has its number")
    }

    @Test func theMachineIDItselfIsNotHandedOut() throws {
        let own = try #require(ProcessIdentity.current, "no machine ID here")
        let text = try #require(MachineID.text)
        #expect(own.machine.utf8.count == 64)
        #expect(!own.machine.contains(text))
    }
}

extension ProcessIdentity {
    /// Of another process of this machine and namespace, as it would tell of itself.
    static func ofChild(_ pid: Int32) throws -> ProcessIdentity {
        var identity = try #require(ProcessIdentity.current, "no machine ID here")
        let status = try #require(ProcessStatus(ofProcess: pid))
        identity.pid = pid
        identity.started = status.started
        return identity
    }
}
