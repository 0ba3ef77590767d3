import StokerCore

extension SnapshotUpdate {
    /// Makes new folders, and those in which something will change writable.
    func openFolders(_ sources: [SnapshotSource], _ isTouched: inout [Bool]) throws {
        for (index, source) in sources.enumerated() where source.entry.status.kind == .directory {
            if previous[index] < 0 {
                isTouched[index] = true
                try tree.makeFolder(source.destination)
            } else if isTouched[index] {
                let before = old[Int(previous[index])]
                if before.mode & 0o700 != 0o700 { try tree.setMode(source.destination, 0o700) }
                if before.hiddenAttributes != 0 { try tree.removeAttributes(source.destination) }
            }
        }
    }

    /// Gives folders their modes, attributes and times. Deepest first, since giving a folder its mode or filling it would
    /// undo the one above.
    mutating func finishFolders(_ sources: [SnapshotSource], _ isTouched: [Bool]) throws {
        for index in sources.indices.reversed() where sources[index].entry.status.kind == .directory {
            let source = sources[index]
            var entry = SnapshotManifest.Entry(source)
            if !isTouched[index], previous[index] >= 0 {
                let before = old[Int(previous[index])]
                if before.mode == entry.mode, before.modified == entry.modified,
                    before.content == entry.content
                {
                    continue
                }
            }
            let attributes = source.entry.attributes
            if attributes.isEmpty, previous[index] < 0 || old[Int(previous[index])].content == .zero {
                try tree.setMode(source.destination, entry.mode)
            } else {
                try tree.setMode(source.destination, entry.mode, attributes)
            }
            try tree.setTime(source.destination, entry.modified)
            entry.note(try tree.status(source.destination))
            new[index] = entry
        }
    }
}
