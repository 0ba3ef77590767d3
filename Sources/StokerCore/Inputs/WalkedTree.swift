/// What a walk found, packed: a hundred thousand files take some ten megabytes.
public struct WalkedTree: Sendable {
    /// The root first, the others in no order.
    let directories: [WalkedDirectory]

    /// One entry while it is passed.
    struct Entry {
        /// The whole path, only as long as the entry is passed.
        let path: UnsafeBufferPointer<UInt8>
        let status: FileStatus
        fileprivate let directory: WalkedDirectory
        /// `nil` for the directory itself.
        fileprivate let number: UInt32?

        /// The target's bytes, for symbolic links alone.
        var linkTarget: [UInt8]? {
            guard status.kind == .symbolicLink, let number else { return nil }
            let item = directory.items[Int(number)]
            return Array(directory.bytes[Int(item.targetStart)..<Int(item.targetStart + item.targetCount)])
        }

        /// Of directories alone.
        var attributes: ExtendedAttributes { number == nil ? directory.attributes : .none }

        /// - Precondition: It is a file.
        var place: FilePlace { FilePlace(directory: directory, number: Int(number ?? 0)) }

        var contextEntry: ContextEntry {
            ContextEntry(
                path: BytePath(bytes: Array(path)), status: status, linkTarget: linkTarget,
                attributes: attributes)
        }
    }

    /// Where a file stands in the tree.
    struct FilePlace: Sendable {
        let directory: WalkedDirectory
        let number: Int

        var status: FileStatus { directory.items[number].status }

        func withName<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
            let item = directory.items[number]
            return try directory.bytes.withUnsafeBufferPointer {
                try body(UnsafeBufferPointer(rebasing: $0[Int(item.start)..<Int(item.start + item.count)]))
            }
        }

        var path: BytePath { withName { directory.path.appending(name: $0) } }

        /// Corrects what was seen of the file. Nobody else may look at the tree meanwhile.
        func update(_ status: FileStatus) { directory.items[number].status = status }
    }

    /// Passes all entries in byte order of their whole paths.
    func forEach(_ body: (Entry) throws -> Void) rethrows {
        guard let root = directories.first else { return }
        var way: [(directory: WalkedDirectory, next: Int, length: Int)] = [(root, 0, 0)]
        var path: [UInt8] = []
        while let (directory, next, length) = way.last {
            path.removeLast(path.count - length)
            guard next < directory.steps.count else {
                way.removeLast()
                continue
            }
            way[way.count - 1].next = next + 1
            let step = directory.steps[next]
            if length > 0 { path.append(BytePath.slash) }
            directory.bytes.withUnsafeBufferPointer {
                path.append(contentsOf: $0[Int(step.start)..<Int(step.start + step.count)])
            }
            switch step.kind {
            case .subtree:
                way.append((directory.directory(step.number), 0, path.count))
            case .directory:
                let child = directory.directory(step.number)
                guard child.isListed else { continue }
                try path.withUnsafeBufferPointer {
                    try body(Entry(path: $0, status: child.status, directory: child, number: nil))
                }
            case .item:
                try path.withUnsafeBufferPointer {
                    try body(
                        Entry(
                            path: $0, status: directory.items[Int(step.number)].status,
                            directory: directory, number: step.number))
                }
            }
        }
    }

    /// Whether the last component of some entry's path is such a name; may be `true` for what is no entry.
    func hasName(where isWanted: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        directories.contains { directory in
            if directory.isListed,
                Array(directory.path.name).withUnsafeBufferPointer({ isWanted($0) })
            {
                return true
            }
            return directory.bytes.withUnsafeBufferPointer { bytes in
                directory.items.contains {
                    isWanted(
                        UnsafeBufferPointer(rebasing: bytes[Int($0.start)..<Int($0.start + $0.count)]))
                }
            }
        }
    }

    /// Folders on the way to a source, which are no entries: a builder that finds nothing in them for
    /// `COPY lib/*` goes on, and one that does not find them stops.
    public var passed: [BytePath] {
        directories.dropFirst().filter { !$0.isListed && !$0.isExcluded && $0.status.kind == .directory }
            .map(\.path).sorted()
    }

    /// In byte order of their whole paths, one by one.
    public var entries: [ContextEntry] {
        var entries: [ContextEntry] = []
        entries.reserveCapacity(directories.reduce(0) { $0 + $1.items.count + 1 })
        forEach { entries.append($0.contextEntry) }
        return entries
    }
}
