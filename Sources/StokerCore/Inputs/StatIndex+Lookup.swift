extension StatIndex {
    /// Looks up a whole walk at once: both are in byte order, so one pass over both does.
    ///
    /// - Returns: For each entry its digest, where the index knows it, and how many it knew.
    public func digests(of entries: [ContextEntry], context: String, root: [UInt8]) -> (
        [ContentDigest?], known: Int
    ) {
        var digests = [ContentDigest?](repeating: nil, count: entries.count)
        guard let section = sections[context], section.root == root else { return (digests, 0) }
        var known = 0
        var number = 0
        for (index, entry) in entries.enumerated() where entry.status.kind == .file {
            var order = -1
            while number < section.records.count {
                order = section.compare(number, entry.path)
                if order >= 0 { break }
                number += 1
            }
            guard order == 0 else { continue }
            let record = section.records[number]
            number += 1
            if record.holds(for: entry.status) {
                digests[index] = record.digest
                known += 1
            }
        }
        return (digests, known)
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
            if let digest = settled[index] { section.append(entry.path, entry.status, digest) }
        }
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
