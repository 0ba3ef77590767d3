public import SystemPackage

/// One build context as it was looked at: the tree, and its files' contents.
public struct LookedContext: Sendable {
    let tree: WalkedTree
    /// Of the files, in byte order of their paths.
    let digests: [ContentDigest]
    /// Of all entries.
    let count: Int

    /// Adds the entries as `InputDigester` wants them.
    func add(to fields: inout FieldHasher) {
        fields.add(count: count)
        forEach { entry, kind, link in
            InputDigester.add(
                entry.path, kind, permissions: entry.status.permissions, link: link,
                attributes: entry.attributes.digest, to: &fields)
        }
    }

    /// Passes the entries in byte order of their paths, without ever holding all of them, with the first path of
    /// a hard link.
    private func forEach(_ body: (WalkedTree.Entry, InputEntry.Kind, BytePath?) -> Void) {
        var number = 0
        var links = HardLinks()
        var linked: [Int: BytePath] = [:]
        tree.forEach { entry in
            var digest: ContentDigest?
            if entry.status.kind == .file {
                digest = digests[number]
                number += 1
            }
            let kind = InputEntry.Kind(entry.status, digest: digest, linkTarget: entry.linkTarget ?? [])
            guard let kind else { return }
            var link: BytePath?
            if entry.status.links > 1, entry.status.kind == .file {
                if let first = links.first(of: entry.status, at: number) {
                    link = linked[first]
                } else {
                    linked[number] = BytePath(bytes: Array(entry.path))
                }
            }
            body(entry, kind, link)
        }
    }

    /// In byte order of their paths.
    public var entries: [InputEntry] {
        var entries: [InputEntry] = []
        entries.reserveCapacity(count)
        forEach { entry, kind, link in
            entries.append(
                InputEntry(
                    path: BytePath(bytes: Array(entry.path)), kind: kind,
                    permissions: entry.status.permissions,
                    size: entry.status.kind == .file ? entry.status.size : 0, link: link,
                    attributes: entry.attributes.digest))
        }
        return entries
    }

    /// Files that have other names too, wherever those are: what is written by them sends no event here.
    public var linked: [BytePath] {
        var linked: [BytePath] = []
        for directory in tree.directories {
            for (number, item) in directory.items.enumerated()
            where item.status.links > 1 && item.status.kind == .file {
                linked.append(WalkedTree.FilePlace(directory: directory, number: number).path)
            }
        }
        return linked
    }

    /// The lines to add to the ignore file, as `ChurnWarning` has them.
    public var churnLines: [String] {
        tree.hasName(where: ChurnWarning.mayConcern) ? ChurnWarning(entries).ignoreLines : []
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
    /// Files that have several names, by the root of their context.
    public var linked: [FilePath: Set<BytePath>]

    /// One by one, for those who show or compare them.
    public var inputs: Inputs {
        Inputs(digest: digest, dockerfile: dockerfile, entries: main.entries, contexts: contexts)
    }
}
