/// One build context as it was looked at: the tree, and its files' contents.
public struct LookedContext: Sendable {
    let tree: WalkedTree
    /// Of the files, in byte order of their paths.
    let digests: [ContentDigest]
    /// Of all entries.
    let count: Int

    /// Passes the entries in byte order of their paths, without ever holding all of them.
    func forEach(_ body: (InputEntry) -> Void) {
        var number = 0
        var links = HardLinks()
        var linked: [Int: BytePath] = [:]
        tree.forEach { entry in
            var digest: ContentDigest?
            if entry.status.kind == .file {
                digest = digests[number]
                number += 1
            }
            guard var input = InputEntry(entry.contextEntry, digest: digest) else { return }
            if entry.status.links > 1, entry.status.kind == .file {
                if let first = links.first(of: entry.status, at: number) {
                    input.link = linked[first]
                } else {
                    linked[number] = input.path
                }
            }
            body(input)
        }
    }

    /// In byte order of their paths.
    public var entries: [InputEntry] {
        var entries: [InputEntry] = []
        entries.reserveCapacity(count)
        forEach { entries.append($0) }
        return entries
    }

    /// The lines to add to the ignore file, as `ChurnWarning` has them.
    public var churnLines: [String] {
        var mayChurn = false
        tree.forEach { entry in
            if mayChurn { return }
            let start = entry.path.lastIndex(of: BytePath.slash).map { $0 + 1 } ?? 0
            mayChurn = ChurnWarning.mayConcern(UnsafeBufferPointer(rebasing: entry.path[start...]))
        }
        return mayChurn ? ChurnWarning(entries).ignoreLines : []
    }
}

/// Everything that can influence an image, as it was at one look, packed.
public struct LookedInputs: Sendable {
    public var digest: ContentDigest
    /// The Dockerfile's bytes.
    public var dockerfile: [UInt8]
    /// The build context.
    public var main: LookedContext
    /// The additional build contexts by name.
    public var contexts: [String: NamedContextInputs]

    /// One by one, for those who show or compare them.
    public var inputs: Inputs {
        Inputs(digest: digest, dockerfile: dockerfile, entries: main.entries, contexts: contexts)
    }
}
