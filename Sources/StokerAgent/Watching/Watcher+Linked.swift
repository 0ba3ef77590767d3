public import StokerCore

extension Watcher {
    /// Gives these files watches of their own, and takes away those of the set before. A file with several
    /// hard links needs one: the watch of its directory does not hear of writes through names elsewhere.
    ///
    /// An event on one is a change of its path. A watch is on the file, not on the name: when another file
    /// takes the name, that is a change as any other, and the new one is watched from the next call on. So
    /// call again after each change that concerns one of them, above all after `everything`, and read the
    /// files after the call: what was written to them before it is not announced.
    ///
    /// - Parameter paths: regular files, relative to the root; no symbolic link as the last component.
    /// - Returns: those that are not watched, and have to be looked at before each answer: gone, not a regular
    ///   file, not permitted, out of watches. All of them, when another call for the same watch has come in
    ///   between, or when the watch has ended.
    public func watchLinked(_ paths: Set<BytePath>, in id: Watch.ID) async -> Set<BytePath> {
        guard let tree = watches[id]?.tree else { return paths }
        tree.linkings += 1
        let linking = tree.linkings
        tree.keepLinked(paths)
        var refused = paths
        for (directory, files) in Dictionary(grouping: paths, by: { $0.parent ?? .root }) {
            var rest = files[...]
            while !rest.isEmpty {
                // Others have had their turn since.
                guard watches[id] != nil, tree.linkings == linking else { return paths }
                let deadline = ContinuousClock.now + .milliseconds(20)
                refused.subtract(tree.link(&rest, in: directory, until: deadline))
                if ContinuousClock.now >= deadline { await Task.yield() }
            }
        }
        return refused
    }
}
