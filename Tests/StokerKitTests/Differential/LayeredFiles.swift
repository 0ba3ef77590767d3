/// The files of an image: its layers, one on the other.
struct LayeredFiles {
    /// Each file once, however many names it has.
    private(set) var files: [ImageLayer.Change] = []
    /// By path, numbers of `files`.
    private(set) var names: [[UInt8]: Int] = [:]

    private static let slash = UInt8(ascii: "/")
    private static let whiteout = Array(".wh.".utf8)
    private static let opaque = Array(".wh..wh..opq".utf8)

    init(_ layers: [ImageLayer]) {
        for layer in layers { put(layer) }
    }

    private mutating func put(_ layer: ImageLayer) {
        // What a layer takes away is what lower ones have, wherever in its archive it says so.
        for change in layer.changes {
            let (folder, name) = LayeredFiles.parts(change.path)
            if name == LayeredFiles.opaque {
                removeContents(of: folder)
            } else if name.starts(with: LayeredFiles.whiteout) {
                let name = Array(name.dropFirst(LayeredFiles.whiteout.count))
                remove(folder.isEmpty ? name : folder + [LayeredFiles.slash] + name)
            }
        }
        for change in layer.changes
        where !LayeredFiles.parts(change.path).name.starts(with: LayeredFiles.whiteout) {
            if change.kind != UInt8(ascii: "5"), names[change.path] != nil { remove(change.path) }
            if change.kind == UInt8(ascii: "1") {
                // An archive names the file before its further names.
                names[change.path] = names[change.target]
            } else {
                names[change.path] = files.count
                files.append(change)
            }
        }
    }

    private static func parts(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8]) {
        guard let last = path.lastIndex(of: slash) else { return ([], path) }
        return (Array(path[..<last]), Array(path[(last + 1)...]))
    }

    private mutating func remove(_ path: [UInt8]) {
        removeContents(of: path)
        names[path] = nil
    }

    private mutating func removeContents(of folder: [UInt8]) {
        let start = folder.isEmpty ? [] : folder + [LayeredFiles.slash]
        for path in names.keys where path.starts(with: start) { names[path] = nil }
    }
}
