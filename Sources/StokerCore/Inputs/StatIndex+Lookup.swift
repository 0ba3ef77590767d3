extension StatIndex {
    /// Looks up a whole walk at once: both are in byte order, so one pass over both does.
    ///
    /// - Returns: For each entry its digest, where the index knows it, and how many it knew.
    public func digests(of entries: [ContextEntry], context: String, root: [UInt8]) -> (
        [ContentDigest?], known: Int
    ) {
        var digests = [ContentDigest?](repeating: nil, count: entries.count)
        var known = 0
        var reading = reading(context: context, root: root)
        for (index, entry) in entries.enumerated() where entry.status.kind == .file {
            digests[index] = entry.path.bytes.withUnsafeBufferPointer {
                reading.digest(of: $0, status: entry.status)
            }
            if digests[index] != nil { known += 1 }
        }
        return (digests, known)
    }

    /// One pass over a context's files, which are asked for in byte order of their paths.
    struct Reading {
        fileprivate let section: Section?
        private var number = 0

        fileprivate init(_ section: Section?) { self.section = section }

        mutating func digest(
            of path: UnsafeBufferPointer<UInt8>, status: FileStatus
        ) -> ContentDigest? {
            guard let section else { return nil }
            var order = -1
            while number < section.records.count {
                order = section.compare(number, path)
                if order >= 0 { break }
                number += 1
            }
            guard order == 0 else { return nil }
            let record = section.records[number]
            number += 1
            return record.holds(for: status) ? record.digest : nil
        }
    }

    func reading(context: String, root: [UInt8]) -> Reading {
        Reading(sections[context].flatMap { $0.root == root ? $0 : nil })
    }

    /// Puts what one look at a context found in place of what was known of it.
    ///
    /// - Parameter entries: In byte order; those that are not to be remembered have no digest.
    public mutating func replace(
        context: String, root: [UInt8], entries: [ContextEntry], settled: [ContentDigest?], capacity: Int
    ) {
        var section = Section(root: root)
        section.records.reserveCapacity(capacity)
        for (index, entry) in entries.enumerated() {
            guard let digest = settled[index] else { continue }
            entry.path.bytes.withUnsafeBufferPointer { section.append($0, entry.status, digest) }
        }
        replace(context: context, by: section)
    }

    mutating func replace(context: String, by section: Section) {
        if sections[context] == section { return }
        sections[context] = section
        isChanged = true
    }

    /// Forgets the contexts that an image does not have any more.
    public mutating func keepOnly(contexts: Set<String>) {
        for name in sections.keys where !contexts.contains(name) {
            sections[name] = nil
            isChanged = true
        }
    }
}
