import Glibc
import StokerCore
import SystemPackage
import TestSupport
import Testing

@testable import StokerAgent

/// What the agent takes away to put its socket in the place that a person named.
@Suite struct AgentLockTests {
    private func with(_ body: (_ folder: String) throws -> Void) rethrows {
        let tree = TemporaryTree()
        try withExtendedLifetime(tree) { try body(tree.path.string) }
    }

    private func write(_ text: String, to path: String) throws {
        try HeldFile(path, O_WRONLY | O_CREAT | O_TRUNC).writeAll(text.utf8)
    }

    private func content(_ path: String) throws -> String {
        String(decoding: try HeldFile(path, O_RDONLY).readAll(limit: 1 << 16), as: UTF8.self)
    }

    private func take(_ path: String, isStandard: Bool = false) throws {
        withExtendedLifetime(try AgentLock(beside: FilePath(path), isStandard: isStandard)) {}
    }

    private func isThere(_ path: String) -> Bool { (try? FileStatus.of(path)) != .some(nil) }

    @Test(arguments: [true, false]) func `what is no socket stays, and is told`(isStandard: Bool) throws {
        try with { folder in
            try write("mine", to: folder + "/thesis")
            symlink("thesis", folder + "/link")
            mkdir(folder + "/folder", 0o700)
            mkfifo(folder + "/pipe", 0o600)
            for name in ["thesis", "link", "folder", "pipe"] {
                let error = #expect(throws: StokerError.self) {
                    try take(folder + "/" + name, isStandard: isStandard)
                }
                #expect(error?.code == .cannotWrite, "\(name)")
                #expect(error?.message.contains("\(folder)/\(name) is not a socket") == true, "\(name)")
                #expect(error?.nextStep?.isEmpty == false)
            }
            #expect(try content(folder + "/thesis") == "mine")
            for name in ["link", "folder", "pipe"] { #expect(isThere(folder + "/" + name)) }
        }
    }

    @Test func `a socket that somebody listens on stays, and one that is not Stoker's`() {
        with { folder in
            let living = SocketFile(folder + "/living")
            defer { withExtendedLifetime(living) {} }
            SocketFile.leave(folder + "/foreign")
            for (name, words) in [
                ("living", "is another program's"), ("foreign", "is not known to be Stoker's"),
            ] {
                let error = #expect(throws: StokerError.self) { try take(folder + "/" + name) }
                #expect(error?.message.contains(words) == true, "\(String(describing: error))")
                #expect(error?.nextStep?.contains("agent: {socket: …}") == true)
                #expect(access(folder + "/" + name, F_OK) == 0)
            }
        }
    }

    @Test func `a socket that a killed agent has left is replaced`() throws {
        try with { folder in
            try take(folder + "/s")
            SocketFile.leave(folder + "/s")
            try take(folder + "/s")
            #expect(!isThere(folder + "/s") && isThere(folder + "/s.lock"))
            // In Stoker's own folder no lock need be beside it.
            SocketFile.leave(folder + "/t")
            try take(folder + "/t", isStandard: true)
            #expect(!isThere(folder + "/t") && isThere(folder + "/t.lock"))
        }
    }

    @Test(arguments: [
        "[[package]]\nname = \"app\"\n", "12 monkeys\n", "4711", "1\n2\n", String(repeating: "1", count: 99),
    ])
    func `a file of the person's beside the socket is no lock`(text: String) throws {
        try with { folder in
            try write(text, to: folder + "/poetry.lock")
            let error = #expect(throws: StokerError.self) { try take(folder + "/poetry") }
            #expect(error?.message.contains("poetry.lock is not a lock file of the agent's") == true)
            #expect(try content(folder + "/poetry.lock") == text)
        }
    }

    @Test func `a lock file that a killed agent has left serves again`() throws {
        try with { folder in
            for text in ["", "4711\n", "1\n"] {
                try write(text, to: folder + "/s.lock")
                try take(folder + "/s")
                #expect(try content(folder + "/s.lock") == "\(getpid())\n")
            }
        }
    }
}
