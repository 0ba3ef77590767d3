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
        // Before anything is made beside it.
        let kind = try FileStatus.of(socket.string)?.kind
        guard kind == nil || kind == .socket else { throw AgentLock.refusal(socket, "is not a socket") }
        let path = socket.string + ".lock"
        do {
            file = try HeldFile(path, O_RDWR | O_CREAT)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
        let before = try AgentLock.pid(in: file)
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StokerError(
                .lockTimeout, "another agent runs already\(before.map { " (process \($0))" } ?? "")",
                nextStep: "see `stoker status`, or stop it first")
        }
        if kind != nil {
            guard StaleSocket.isAt(socket) else { throw AgentLock.refusal(socket, "is another program's") }
            // An agent that was killed has left its number beside it.
            guard isStandard || before != nil else {
                throw AgentLock.refusal(socket, "is not known to be Stoker's")
            }
        }
        do {
            try file.truncate()
            try file.writeAll("\(getpid())\n".utf8)
        } catch {
            throw error.stokerError(.cannotWrite)
        }
        guard kind == nil || unlink(socket.string) == 0 || errno == ENOENT else {
            throw SystemCallError.last("remove", socket.string).stokerError(.cannotWrite)
        }
    }

    private static func refusal(_ socket: FilePath, _ words: String) -> StokerError {
        StokerError(
            .cannotWrite, "\(socket) \(words), so the agent does not put its own in its place",
            nextStep: "move it away if nobody needs it, or name another path as `agent: {socket: …}` in your "
                + "config.yaml")
    }

    /// The number that an agent has left in its lock file; `nil` for an empty file.
    ///
    /// - Throws: `StokerError` (`cannotWrite`) for what is no lock file of an agent's: beside the socket that a person
    ///   named may be a file of theirs.
    private static func pid(in file: HeldFile) throws -> Int32? {
        let isFile = (try? file.status())?.kind == .file
        if isFile, let bytes = try? file.readAll(limit: 64) {
            if bytes.isEmpty { return nil }
            let text = String(decoding: bytes, as: UTF8.self)
            if text.last == "\n", let pid = Int32(text.dropLast()), pid > 0, "\(pid)\n" == text { return pid }
        }
        throw StokerError(
            .cannotWrite, "\(file.path) is not a lock file of the agent's",
            nextStep: "move it away, or name another path as `agent: {socket: …}` in your config.yaml")
    }

    // Not the close alone: see `unlock`.
    deinit { file.unlock() }
}
