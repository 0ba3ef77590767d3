public import SystemPackage

/// Which paths below one context's root can count: what a watcher has to know, without reading anything.
public struct InputScope: Sendable, Equatable {
    /// Absolute.
    public let root: FilePath
    public let matcher: IgnoreMatcher
    /// Stoker's own files below the root.
    public let ownFiles: Set<BytePath>
    /// What the Dockerfile can read of it.
    public let reads: ReadScope

    public init(
        root: FilePath, matcher: IgnoreMatcher = .none, ownFiles: Set<BytePath> = [],
        reads: ReadScope = .everything
    ) {
        self.root = root
        self.matcher = matcher
        self.ownFiles = ownFiles
        self.reads = reads
    }

    /// The same context, but other files of it are read.
    func reading(_ reads: ContextReads) -> InputScope {
        InputScope(root: root, matcher: matcher, ownFiles: ownFiles, reads: ReadScope(reads))
    }

    /// The scope for a watcher, which must know every place that counts before anything is there.
    ///
    /// Where sources lead through links now, everything is watched: what is behind them may lead on.
    public func forWatching() -> InputScope {
        if reads.widened != nil { return self }
        let walk = ContextWalk(
            root: root, matcher: matcher, ownFiles: ownFiles, reads: reads, onlyLinks: true)
        var followed = reads
        guard let found = try? walk.findings(), !followed.follow(found.links) else {
            return reading(.everything(ReadReason(line: nil, words: "sources lead through links")))
        }
        return self
    }

    /// Whether a link at this place would be followed, so that other places would count.
    public func followsLinks(at path: BytePath) -> Bool {
        let position = reads.position(of: path)
        return !position.live.isEmpty || !position.finished.isEmpty
    }

    /// What is on disk of it now, behind links too.
    public struct Look: Sendable {
        public var tree: WalkedTree
        /// With what the links led to.
        public var reads: ReadScope

        /// In byte order of their paths.
        public var entries: [ContextEntry] { tree.entries }
    }

    /// Lists the inputs. A link on the way to a source is followed inside the root, as the builders follow
    /// it; that may lead to another one, so it is walked until nothing more comes.
    ///
    /// - Throws: As `ContextWalk.findings`.
    public func look() throws -> Look {
        var reads = reads
        while true {
            let found = try ContextWalk(root: root, matcher: matcher, ownFiles: ownFiles, reads: reads)
                .findings()
            if !reads.follow(found.links) { return Look(tree: found.tree, reads: reads) }
        }
    }

    /// Whether the directory or something below it can be an input, so that it must be watched. `false` is
    /// certain; `true` may be too much.
    public func canHoldInput(directory: BytePath) -> Bool {
        !isOwn(directory) && reads.position(of: directory).canHoldRead
            && matcher.canContainIncluded(directory: directory)
    }

    /// Whether something at this path would be an input. A directory that is excluded becomes one only by
    /// what is brought back in below it.
    public func isInput(path: BytePath) -> Bool {
        // A folder on the way may become a link, or stop being one.
        !isOwn(path) && reads.position(of: path).canHoldRead && !matcher.excludes(path)
    }

    /// Whether the path is one of Stoker's own files or lies below one.
    func isOwn(_ path: BytePath) -> Bool {
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
