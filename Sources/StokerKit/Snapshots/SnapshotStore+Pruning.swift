import Foundation
import Glibc
import StokerCore
import SystemPackage

extension SnapshotStore {
    /// Removed homes, on their way out: whatever is killed on the way, the next pruning goes on with them.
    private static let removedPrefix = ".removed-"

    private var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    }

    private var homes: [(key: String, home: SnapshotHome)] {
        names.filter(SnapshotHome.isKey).map { ($0, SnapshotHome(folder: folder.appending($0))) }
    }

    private var removed: [FilePath] {
        names.filter { $0.hasPrefix(SnapshotStore.removedPrefix) }.map { folder.appending($0) }
    }

    /// Held shared while a snapshot is chosen, exclusively while some are taken away: between making a folder
    /// and locking it, a new generation looks like one that nobody wants.
    ///
    /// - Returns: `nil` when it is not to be had at once and `operation` says not to wait.
    func gate(_ operation: Int32) throws -> HeldFile? {
        do {
            let gate = try HeldFile(folder.appending("lock").string, O_RDWR | O_CREAT)
            while flock(gate.descriptor, operation) != 0 {
                if errno == EWOULDBLOCK { return nil }
                if errno != EINTR { throw SystemCallError.last("lock", gate.path) }
            }
            return gate
        } catch let error as SystemCallError {
            throw error.stokerError(.cannotWrite)
        }
    }

    /// How much all snapshots take on disk, bytes.
    public func size() async -> Int64 {
        let size = try? await BlockingWork.run { [self] in
            let sizes = homes.map(\.home.bytes) + removed.map { FileTree.size($0) }
            return sizes.reduce(Int64(0)) { $0.addingClamped($1) }
        }
        return size ?? 0
    }

    /// Removes the snapshots that are too many, too old or of projects that are gone, with their stat indexes;
    /// never one that is in use. Nothing is lost but time at the next build.
    ///
    /// - Returns: The keys of the removed, each with the reason.
    @discardableResult
    public func prune() async throws -> [String: String] {
        try await BlockingWork.run { [self] in
            try prune(now: WallClock.nanoseconds(), keeping: nil).mapValues(\.rawValue)
        }
    }

    /// - Parameters:
    ///   - now: Nanoseconds since 1970.
    ///   - key: Of one that stays whatever its size, since it has just been used.
    func prune(now: Int64, keeping key: String?) throws -> [String: SnapshotRetention.Reason] {
        guard try FileStatus.of(folder.string) != nil else { return [:] }
        // Whoever chooses a snapshot just now will prune after the build.
        guard let gate = try gate(LOCK_EX | LOCK_NB) else { return [:] }
        var removals: [String: SnapshotRetention.Reason] = [:]
        do {
            defer { gate.unlock() }
            var locks: [HeldFile] = []
            defer { locks.forEach { $0.unlock() } }
            var facts: [SnapshotRetention.Fact] = []
            for (name, home) in homes {
                let free = name == key ? nil : home.lockAll()
                locks += free ?? []
                facts.append(
                    SnapshotRetention.Fact(
                        key: name, isInUse: free == nil || !isSafe(home), hasProject: hasProject(home),
                        lastUse: home.lastUse, bytes: home.bytes))
            }
            removals = SnapshotRetention(limits: limits).removals(facts, now: now)
            for name in removals.keys where !takeAway(name) { removals[name] = nil }
        }
        // Openers need not wait for this.
        for folder in removed { FileTree.remove(folder) }
        return removals
    }

    private func hasProject(_ home: SnapshotHome) -> Bool {
        guard let project = home.project else { return true }
        // What cannot be looked at may well be there.
        guard let status = try? FileStatus.of(project.string) as FileStatus?? else { return true }
        return status != nil
    }

    private func isSafe(_ home: SnapshotHome) -> Bool {
        guard let status = try? FileStatus.of(home.folder.string) else { return false }
        return status.kind == .directory && status.owner == geteuid() && home.isOurs
    }

    /// One rename, so that a kill leaves all of it or nothing.
    private func takeAway(_ name: String) -> Bool {
        let target = SnapshotStore.removedPrefix + String(UInt64.random(in: .min ... .max), radix: 16)
        unlink(index(ofKey: name).string)
        return rename(folder.appending(name).string, folder.appending(target).string) == 0
    }
}
