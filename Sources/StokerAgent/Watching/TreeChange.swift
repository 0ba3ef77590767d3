public import StokerCore

/// What has changed in a watched tree since the change before it.
///
/// Hints, of which there may be too many and never too few: the reader decides what they mean for its inputs.
public struct TreeChange: Sendable, Equatable {
    /// How many paths are told one by one; from there on it is `everything`.
    public static let pathLimit = 1_000

    /// Relative to the root. One that is or was a directory stands for all below it.
    public internal(set) var paths: Set<BytePath> = []
    /// Anything may have changed: the kernel's queue has overflowed, the root was replaced, or there were
    /// too many paths.
    public internal(set) var everything = false
    /// There is no directory at the root's path, or it cannot be read.
    public internal(set) var rootGone = false
    /// The watch's generation with this change in it.
    public internal(set) var generation: UInt64 = 0

    /// Whether there is anything to tell.
    var isEmpty: Bool { paths.isEmpty && !everything }

    mutating func add(_ path: @autoclosure () -> BytePath) {
        if everything { return }
        paths.insert(path())
        if paths.count > Self.pathLimit { addEverything() }
    }

    mutating func addEverything() {
        everything = true
        paths = []
    }

    /// Takes in a later change.
    mutating func merge(_ later: TreeChange) {
        if later.everything { addEverything() }
        for path in later.paths { add(path) }
        rootGone = later.rootGone
        generation = later.generation
    }
}
