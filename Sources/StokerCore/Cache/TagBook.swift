import Foundation
import Glibc
public import SystemPackage

/// Which project a tag is of, and which images Stoker has put there: a file for each tag, `<cache>/tags/<hash>`.
///
/// Of both the engine tells nothing, and what lies in a project may have come with it from anywhere.
public struct TagBook: Sendable, Equatable {
    private let folder: FilePath
    private static let sizeLimit = 1 << 16

    public init(cache: FilePath) { folder = cache.appending("tags") }

    /// `nil` where nothing is known of a tag, or nothing that can be understood.
    public func entry(of tag: String) -> TagEntry? {
        let name = TagBook.canonical(tag)
        return read(file(of: name)).flatMap { $0.tag == name ? $0 : nil }
    }

    /// Whether Stoker has put an image anywhere.
    public func knows(imageID: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        return names.contains { read(folder.appending($0))?.images.contains(imageID) == true }
    }

    private func read(_ path: FilePath) -> TagEntry? {
        guard let file = try? HeldFile(path.string, O_RDONLY), (try? file.status())?.kind == .file else {
            return nil
        }
        return (try? file.readAll(limit: TagBook.sizeLimit)).flatMap { TagEntry($0) }
    }

    private func file(of name: String) -> FilePath {
        var fields = FieldHasher()
        fields.add("stoker tag 1")
        fields.add(name)
        return folder.appending(String(fields.finish().hex.prefix(32)))
    }

    /// One for all ways of writing a tag; podman has `app` as `localhost/app`.
    private static func canonical(_ tag: String) -> String {
        let name = FamiliarName.reference(tag)
        return name.hasPrefix("localhost/") ? String(name.dropFirst("localhost/".count)) : name
    }

    // MARK: Default tags

    /// Which of its two default tags a project has: the plain one unless another project has it, which is there. One
    /// that has come to the other one stays with it, so that a tag does not change under those who use it.
    public func choice(_ tags: DefaultTags, for owner: TagOwner) -> String {
        let plain = entry(of: tags.plain)?.owner
        if let plain {
            if plain.isSame(as: owner) { return tags.plain }
            if !plain.isGone { return tags.own }
        }
        return entry(of: tags.own)?.owner.isSame(as: owner) == true ? tags.own : tags.plain
    }

    /// Whether a tag is this project's.
    public func isOwned(_ tag: String, by owner: TagOwner) -> Bool {
        entry(of: tag)?.owner.isSame(as: owner) == true
    }

    /// The same as `choice`, which nobody else gets from then on.
    ///
    /// Where nothing can be written, as on a full disk, it is a choice and no more.
    public func claim(_ tags: DefaultTags, for owner: TagOwner) -> String {
        let choice = choice(tags, for: owner)
        if isOwned(choice, by: owner) { return choice }
        let claimed = try? exclusively {
            let choice = self.choice(tags, for: owner)
            if !isOwned(choice, by: owner) {
                var entry = entry(of: choice) ?? TagEntry(tag: TagBook.canonical(choice), owner: owner)
                entry.owner = owner
                try write(entry)
            }
            return choice
        }
        return claimed ?? choice
    }

    // MARK: Images

    /// Notes that Stoker is about to put an image on a tag: a kill after the tag must not leave one that nobody knows.
    /// A tag that is no living project's becomes this one's.
    ///
    /// - Throws: `StokerError` (`cannotWrite`).
    public func note(imageID: String, on tag: String, by owner: TagOwner) throws {
        try exclusively {
            var entry = entry(of: tag) ?? TagEntry(tag: TagBook.canonical(tag), owner: owner)
            if entry.images.first == imageID, entry.owner.isSame(as: owner) { return }
            if entry.owner.isGone { entry.owner = owner }
            entry.note(imageID: imageID)
            try write(entry)
        }
    }

    /// Excludes others who take a tag from an image that has another one, for as long as they ask the engine.
    ///
    /// - Returns: `nil` when somebody else has it.
    /// - Throws: where no file can be made.
    public func lockForTaking() throws -> HeldFile? {
        let lock = try lockFile("taking")
        return flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 ? lock : nil
    }

    private func lockFile(_ name: String) throws -> HeldFile {
        try PrivateDirectory.create(folder)
        return try HeldFile(folder.appending(name).string, O_RDWR | O_CREAT)
    }

    private func write(_ entry: TagEntry) throws {
        do {
            try AtomicFile.write(entry.encoded(), to: file(of: entry.tag), mode: 0o600)
        } catch let error as SystemCallError {
            throw error.stokerError(.cannotWrite)
        }
    }

    /// Two who write at once, of whichever tags, exclude each other; it takes no time, and a lock ends with its holder.
    private func exclusively<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            let lock = try lockFile("lock")
            defer { lock.unlock() }
            while flock(lock.descriptor, LOCK_EX) != 0 {
                // A file system without locks has nothing better to offer.
                if errno != EINTR { break }
            }
            return try work()
        } catch let error as SystemCallError {
            throw error.stokerError(.cannotWrite)
        }
    }
}
