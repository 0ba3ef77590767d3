import StokerCore

extension WatchedTree {
    /// What is mounted below the root.
    struct Mounts {
        /// Of the table that they were last taken from.
        var revision = 0
        var lines: [ArraySlice<UInt8>] = []
        var trust = FileSystemTrust.trusted
    }

    /// - Returns: whether something else is mounted below the root than before.
    func updateMounts() -> Bool {
        table.mounts.refresh()
        guard mounts.revision != table.mounts.revision else { return false }
        mounts.revision = table.mounts.revision
        guard let content = table.mounts.content else {
            mounts.trust = .untrusted("/proc/self/mountinfo cannot be read")
            return false
        }
        let below = BytePath(absolute: path)
        let lines = FileSystemTrust.mounts(below: below, mountInfo: content)
        mounts.trust = FileSystemTrust.ofMounts(below: below, mountInfo: content)
        if mounts.lines == lines { return false }
        mounts.lines = lines
        return true
    }

    /// A mount covers directories that are watched, and uncovers them when it goes, and no event says so.
    func hintMounts() {
        guard updateMounts(), let top else { return }
        change.addEverything()
        markAll(below: top, .init(whole: true))
    }
}
