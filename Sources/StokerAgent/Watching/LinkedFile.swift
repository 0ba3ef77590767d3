import StokerCore

/// A file with a watch of its own, since it is also written through names that no watched directory holds.
final class LinkedFile {
    unowned let tree: WatchedTree
    /// The name that it was asked for by, relative to the tree's root.
    let path: BytePath
    let watch: CInt

    init(tree: WatchedTree, path: BytePath, watch: CInt) {
        self.tree = tree
        self.path = path
        self.watch = watch
    }
}
