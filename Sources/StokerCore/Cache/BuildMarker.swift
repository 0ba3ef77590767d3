import Glibc
import Synchronization
public import SystemPackage

/// The lock of `protocol: marker`, for folders that are shared with systems on which a `flock` does not hold: whoever
/// has made the marker file holds it until the file is removed.
///
/// Other programs make the same file by exclusive creation. Unlike a `flock` it does not end with its holder, so it says
/// what proves the holder's death; one whose holder is dead is taken away by the next who wants it.
public final class BuildMarker: Sendable {
    public let path: FilePath
    /// What the holder before said when it was looked for last, for who has waited for it. What it said last of all
    /// may be missed: it goes with the marker.
    public let before: LockHolder?
    private let process: ProcessIdentity?
    private let state: Mutex<State?>

    private struct State {
        /// Held, so that no other file can get its inode.
        var file: HeldFile
        var content: [UInt8]
    }

    private init(
        _ file: HeldFile, path: FilePath, _ line: MarkerLine, before: LockHolder?
    ) throws(SystemCallError) {
        self.path = path
        self.before = before
        process = line.process
        state = Mutex(State(file: file, content: line.bytes))
        try file.writeAll(line.bytes)
        // After a power cut an empty one would lock everybody out.
        try? file.synchronize()
    }

    // Nobody could prove that it means nothing as long as this process lives.
    deinit { release() }

    public enum Attempt: Sendable {
        case taken(BuildMarker)
        /// There is one that is not provably a dead process's.
        case inTheWay(FoundMarker)
    }

    /// Makes the marker if there is none at this moment, or one whose holder is provably dead.
    ///
    /// - Parameters:
    ///   - process: us, as others are to know us.
    ///   - before: what a holder who has just been waited for has said.
    public static func attempt(
        _ path: FilePath, holder: LockHolder, process: ProcessIdentity? = .current, before: LockHolder? = nil
    ) throws -> Attempt {
        while true {
            if let marker = try create(
                path, MarkerLine(holder: holder, process: process), before: before)
            {
                return .taken(marker)
            }
            // Or it has been removed since.
            guard let found = try FoundMarker(path) else { continue }
            guard case .dead = found.fate, try found.remove() else { return .inTheWay(found) }
        }
    }

    /// - Returns: `nil` when there is one.
    private static func create(
        _ path: FilePath, _ line: MarkerLine, before: LockHolder?
    ) throws -> BuildMarker? {
        do throws(SystemCallError) {
            let file = try HeldFile(resolved: path, O_RDWR | O_CREAT | O_EXCL, mode: 0o644)
            do throws(SystemCallError) {
                return try BuildMarker(file, path: path, line, before: before)
            } catch {
                // An empty one would lock everybody out.
                if let made = try? file.status() { ResolvedPath.remove(path) { $0.isSameFile(as: made) } }
                throw error
            }
        } catch {
            if error.errno == .fileExists { return nil }
            throw StokerError(
                .cannotWrite, "cannot make the marker \(path)", cause: error.errno.description,
                nextStep: "make its folder writable, or name another place as the image's lock in stoker.yaml"
            )
        }
    }

    /// Whether the file that has the name is the one that we made, and says what we wrote.
    public var isStillOurs: Bool { state.withLock { $0.map(isThere) ?? false } }

    private func isThere(_ own: State) -> Bool {
        guard let named = try? HeldFile(resolved: path, O_RDONLY), let other = try? named.status(),
            let status = try? own.file.status(), status.isSameFile(as: other)
        else { return false }
        return (try? named.readAll(limit: FoundMarker.sizeLimit)) == own.content
    }

    /// Says something else to those who wait, as how far the build is.
    public func tell(_ holder: LockHolder) {
        state.withLock { state in
            guard let own = state else { return }
            // Over the old line at one stroke: between an emptied file and a new line a kill would leave one that
            // proves nothing.
            var line = MarkerLine(holder: holder, process: process).bytes.dropLast()
            line += Array(repeating: UInt8(ascii: " "), count: max(0, own.content.count - 1 - line.count))
            line.append(UInt8(ascii: "\n"))
            guard line.count <= FoundMarker.sizeLimit, lseek(own.file.descriptor, 0, SEEK_SET) == 0,
                (try? own.file.writeAll(line)) != nil
            else { return }
            state?.content = Array(line)
        }
    }

    /// Removes the marker, if it still is the one that we made. Only the first call does something.
    public func release() {
        let made = state.withLock { state -> FileStatus? in
            // Closed before it is removed: some systems that share the folder remove no file that is open.
            defer { state = nil }
            return state.flatMap { isThere($0) ? try? $0.file.status() : nil }
        }
        if let made { ResolvedPath.remove(path) { $0.isSameFile(as: made) } }
    }
}
