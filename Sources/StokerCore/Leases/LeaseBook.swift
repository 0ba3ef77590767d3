import Foundation
import Glibc
public import SystemPackage

/// The leases of a user, by their files. Whoever finds leased things at the engine asks it whether their owner lives.
public struct LeaseBook: Sendable {
    public let folder: FilePath
    /// Leases that are over although their owner still lives: it asks this book itself, to clean up.
    public let ended: Set<LeaseID>

    private let readCreation: @Sendable (CreationMark, LeaseID) -> CreationRecord?

    private static let suffix = ".json"

    public init(folder: FilePath, ended: Set<LeaseID> = []) {
        self.init(folder: folder, ended: ended) { CreationJournal.record($0, of: $1, in: folder) }
    }

    /// - Parameter creations: reads from somewhere else than the folder.
    package init(
        folder: FilePath, ended: Set<LeaseID>,
        creations: @escaping @Sendable (CreationMark, LeaseID) -> CreationRecord?
    ) {
        self.folder = folder
        self.ended = ended
        readCreation = creations
    }

    static func fileName(_ id: LeaseID) -> String { id.text + suffix }

    /// One that has a file.
    public struct Entry: Sendable, Equatable {
        public var lease: Lease
        public var fate: LeaseFate

        /// Whether its owner is dead, and what it left is, or was, on this engine.
        public func isDead(on engine: String) -> Bool { fate.isDead && lease.engine == engine }
    }

    /// All that have a file, the oldest first. What cannot be read is left out.
    public func entries() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        let entries = names.filter { $0.hasSuffix(LeaseBook.suffix) }.compactMap {
            LeaseID(text: String($0.dropLast(LeaseBook.suffix.count))).flatMap(entry)
        }
        return entries.sorted { ($0.lease.since, $0.lease.id.text) < ($1.lease.since, $1.lease.id.text) }
    }

    /// As its file says; `nil` when it has none, or one that cannot be believed.
    func lease(_ id: LeaseID) -> Lease? {
        guard let file = OwnersFile.find(LeaseBook.fileName(id), in: folder) else { return nil }
        return lease(id, file)
    }

    private func lease(_ id: LeaseID, _ file: HeldFile) -> Lease? {
        guard let lease = (try? file.readAll(limit: Lease.sizeLimit)).flatMap({ Lease(line: $0) }),
            lease.id == id
        else { return nil }
        return lease
    }

    /// `nil` when it has no file, or one that cannot be believed.
    public func entry(_ id: LeaseID) -> Entry? {
        guard let file = OwnersFile.find(LeaseBook.fileName(id), in: folder) else { return nil }
        // Asked before it is read: an owner that is dead by then has written its last word. One that cannot be asked is
        // taken to be held.
        let isLocked = (try? file.isLockedByOthers()) ?? true
        guard let lease = lease(id, file) else { return nil }
        if isLocked { return Entry(lease: lease, fate: .alive) }
        let fate = LeaseFate.of(owner: lease.owner, command: lease.command) {
            $0.fate(isOnLocalDisk: lease.isOnLocalEngine && LocalDisk.holds(file))
        }
        return Entry(lease: lease, fate: fate)
    }

    /// What the lease's journal says of one creation; `nil` when it says nothing that can be believed.
    func creation(_ mark: CreationMark, of lease: LeaseID) -> CreationRecord? {
        readCreation(mark, lease)
    }

    /// Of what carries these labels, if it is that lease's: see `LeaseEvidence`.
    public func fate(of labels: LeaseLabels) -> LeaseFate {
        if ended.contains(labels.id) { return .dead("its command has ended") }
        let here = ProcessIdentity.current
        if let user = labels.user, user != geteuid(), labels.owner?.machine == here?.machine {
            return .foreign(user)
        }
        if let entry = entry(labels.id) { return entry.fate }
        // The file may have been removed by somebody. Labels come from an engine, which several machines may use.
        return LeaseFate.of(owner: labels.owner, command: labels.command) { $0.fate(isOnLocalDisk: false) }
    }

    /// Forgets a lease of which nothing is left, and its socket with it; never one that may live.
    public func remove(_ entry: Entry) {
        guard self.entry(entry.lease.id)?.fate.isDead == true else { return }
        if LeaseBook.isOwnStaleSocket(of: entry.lease) { unlink(entry.lease.socket) }
        unlink(CreationJournal.path(entry.lease.id, in: folder).string)
        unlink(folder.appending(LeaseBook.fileName(entry.lease.id)).string)
    }

    /// Whether the socket that a lease names is one that `stoker run` made for it and left behind. A lease's file may
    /// name any path.
    ///
    /// The folder is not compared with ours: the run may have had another XDG_RUNTIME_DIR.
    private static func isOwnStaleSocket(of lease: Lease) -> Bool {
        let path = FilePath(lease.socket)
        let folder = path.removingLastComponent()
        guard path.isAbsolute, path.isLexicallyNormal, path.string == lease.socket,
            path.lastComponent?.string == Lease.socketName(lease.id),
            StokerPaths.isRuntimeName(folder.lastComponent?.string ?? ""),
            let status = try? FileStatus.of(folder.string), status.kind == .directory,
            status.owner == geteuid(), status.permissions & 0o077 == 0
        else { return false }
        return StaleSocket.isAt(path)
    }

    /// Those of dead owners whose things are, or were, on one engine.
    public func dead(on engine: String) -> [Entry] {
        entries().filter { $0.isDead(on: engine) }
    }
}
