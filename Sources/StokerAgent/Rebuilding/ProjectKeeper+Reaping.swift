import StokerCore

extension ProjectKeeper {
    /// What the project says of reaping at this moment, or what it said last; `nil` if that was never to be read.
    func reapSettings() -> ReapSettings? {
        (try? ProjectSettings.load(root: root, user: user))?.reaping ?? settings?.reaping
    }

    /// The containers have been looked at, for all projects.
    func reaped(_ reap: StatusReport.Reap) { lastReap = reap }
}
