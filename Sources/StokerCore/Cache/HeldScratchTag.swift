import Glibc
import Synchronization
public import SystemPackage

/// A temporary tag in the hands of the process that builds under it: a file that is locked from before it has its
/// name until the build is over or its process dead, whatever ends it.
public final class HeldScratchTag: Sendable {
    public let tag: ScratchTag
    private let file: HeldFile
    private let path: FilePath
    private let notes: Mutex<Notes>

    private struct Notes {
        /// Of the file.
        var bytes: Int
        /// What is there as far as is known.
        var left: Set<BuildNote> = []
    }

    /// - Parameters:
    ///   - folder: of a `ScratchTagBook`; made where it is missing.
    ///   - engine: the host of the endpoint at which it builds.
    ///   - began: when its build began, in seconds since 1970.
    public init(
        _ tag: ScratchTag, in folder: FilePath, engine: String? = nil,
        began: Int64 = WallClock.nanoseconds() / 1_000_000_000
    ) throws {
        self.tag = tag
        path = folder.appending(tag.name)
        let line = ScratchTagBook.line(for: .current, engine: engine, began: began)
        file = try OwnersFile.make(tag.name, in: folder, line)
        notes = Mutex(Notes(bytes: line.count))
    }

    /// Writes down what the builder has made, for whoever finds the build dead. What cannot be written is merely not
    /// found then.
    public func note(_ word: BuilderWord) {
        let now = WallClock.nanoseconds() / 1_000_000_000
        notes.withLock { notes in
            if case .removed(let id) = word.note { notes.left.remove(.container(id)) }
            guard let line = ScratchTagBook.line(for: word, at: now) else { return }
            notes.left.insert(word.note)
            // Of a file that is too long nothing is believed, not even that its build is dead.
            guard notes.bytes + line.count + ScratchTagBook.endLine.count <= ScratchTagBook.sizeLimit else {
                return
            }
            notes.bytes += line.count
            try? file.writeAll(line)
        }
    }

    /// The build is over, and its tag gone.
    ///
    /// - Parameter isPublished: whether its image is. The steps of one that is not are left to who reaps; as long as the
    ///   process lives, the file alone tells that they are nobody's.
    public func end(isPublished: Bool) {
        let isLeft = notes.withLock { !$0.left.isEmpty }
        // Without its last line the file would say that the build lives.
        if isPublished || !isLeft || (try? file.writeAll(ScratchTagBook.endLine)) == nil { remove() }
    }

    /// The build is over, and nothing is left of it.
    public func remove() { unlink(path.string) }

    deinit { file.unlock() }
}
