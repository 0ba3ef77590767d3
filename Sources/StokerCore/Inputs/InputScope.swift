public import SystemPackage

/// Which paths below one context's root can count: what a watcher has to know, without reading anything.
public struct InputScope: Sendable, Equatable {
    /// Absolute.
    public let root: FilePath
    public let matcher: IgnoreMatcher
    /// Stoker's own files below the root.
    public let ownFiles: Set<BytePath>

    public init(root: FilePath, matcher: IgnoreMatcher = .none, ownFiles: Set<BytePath> = []) {
        self.root = root
        self.matcher = matcher
        self.ownFiles = ownFiles
    }

    /// Whether the directory or something below it can be an input, so that it must be watched. `false` is
    /// certain; `true` may be too much.
    public func canHoldInput(directory: BytePath) -> Bool {
        !isOwn(directory) && matcher.canContainIncluded(directory: directory)
    }

    /// Whether something at this path would be an input. A directory that is excluded becomes one only by
    /// what is brought back in below it.
    public func isInput(path: BytePath) -> Bool { !isOwn(path) && !matcher.excludes(path) }

    /// Whether the path is one of Stoker's own files or lies below one.
    private func isOwn(_ path: BytePath) -> Bool {
        var ancestor: BytePath? = path
        while let current = ancestor {
            if ownFiles.contains(current) || current.name.starts(with: ContextWalk.temporaryPrefix) {
                return true
            }
            ancestor = current.parent
        }
        return false
    }
}
