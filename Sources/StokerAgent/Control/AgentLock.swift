import Glibc
import StokerCore
public import SystemPackage

/// One agent a user: whoever holds this lock may take the control socket.
///
/// A socket file says nothing about a process behind it, so a stale one can only be told from a live one by
/// a lock that dies with its holder.
public final class AgentLock: Sendable {
    private let file: HeldFile

    /// - Throws: `StokerError` when another agent runs, naming it.
    ///
    /// - Parameter isStandard: whether the socket is in Stoker's own folder, and not where the person wants it.
    public init(beside socket: FilePath, isStandard: Bool) throws {
        guard socket.string.utf8.count <= SocketPath.limit else {
            throw StokerError(
                .badInput,
                "the path of the agent's socket, \(socket), is longer than \(SocketPath.limit) bytes",
                nextStep: "set XDG_RUNTIME_DIR to a folder with a shorter path")
        }
        try PrivateDirectory.create(socket.removingLastComponent(), isOurs: isStandard)
        let path = socket.string + ".lock"
        do {
            file = try HeldFile(path, O_RDWR | O_CREAT)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = (try? file.readAll(limit: 64)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let pid = holder.trimmingPrefix { $0.isWhitespace }.prefix { $0.isNumber }
            throw StokerError(
                .lockTimeout, "another agent runs already\(pid.isEmpty ? "" : " (process \(pid))")",
                nextStep: "see `stoker status`, or stop it first")
        }
        do {
            try file.truncate()
            try file.writeAll("\(getpid())\n".utf8)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
        guard unlink(socket.string) == 0 || errno == ENOENT else {
            throw SystemCallError.last("remove", socket.string).stokerError(.cannotWrite)
        }
    }

    // Not the close alone: see `unlock`.
    deinit { file.unlock() }
}
