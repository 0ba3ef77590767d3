import Glibc
import StokerCore
import SystemPackage

/// The start of our own program in another role, with a connection between it and us that nobody else has: our end,
/// the gate, is ours alone, so that its end without a word is our death.
struct GatedStart {
    let pid: pid_t
    private let gate: Int32

    /// What is set for it as posix_spawn(3) has it.
    struct Settings {
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
    }

    /// - Parameters:
    ///   - program: its path.
    ///   - changes: to our environment; `nil` takes a variable away.
    ///   - words: made for the number that its end of the connection has here.
    ///   - adjust: sets attributes and actions. What does not keep its end open there closes it.
    /// - Throws: `StokerError`.
    init(
        _ program: String, changes: [String: String?], words: (Int32) -> [[UInt8]],
        adjust: (inout Settings, Int32) -> Void
    ) throws {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw SystemCallError.last("make", "a pair of sockets").stokerError(.cannotWrite)
        }
        defer { Glibc.close(ends[0]) }
        var settings = Settings()
        posix_spawnattr_init(&settings.attributes)
        posix_spawn_file_actions_init(&settings.actions)
        defer {
            posix_spawnattr_destroy(&settings.attributes)
            posix_spawn_file_actions_destroy(&settings.actions)
        }
        adjust(&settings, ends[0])
        var pid: pid_t = 0
        let failure = SpawnText.withCStrings(words(ends[0])) { words in
            SpawnText.withCStrings(SpawnText.environment(changes)) { variables in
                posix_spawn(&pid, program, &settings.actions, &settings.attributes, words, variables)
            }
        }
        guard failure == 0 else {
            Glibc.close(ends[1])
            throw SystemCallError("start", program, errno: Errno(rawValue: failure))
                .stokerError(.internalFault)
        }
        self.pid = pid
        gate = ends[1]
    }

    /// Says the one word that there is, and closes the gate. To be called once, or `close`.
    func sayAndClose() {
        var byte: UInt8 = 1
        _ = send(gate, &byte, 1, Int32(MSG_NOSIGNAL))
        close()
    }

    /// As our death would.
    func close() { Glibc.close(gate) }
}
