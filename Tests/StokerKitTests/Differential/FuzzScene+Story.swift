import StokerCore
import SystemPackage

extension FuzzScene {
    /// Without what no two builds have alike: the legacy builder's client puts a Dockerfile from outside the
    /// context into it under a random name, and that name into the ignore file.
    func withoutItsOwnFiles(_ content: ImageContent) -> ImageContent {
        guard isLegacy, dockerfile.place == .outside else { return content }
        return content.without { path in
            let name = BytePath(bytes: path).name
            return name.elementsEqual(".dockerignore".utf8) || name.starts(with: ".dockerfile.".utf8)
        }
    }

    /// What the image has that a tally counts.
    var features: Set<String> {
        let text = String(decoding: dockerfile.bytes, as: UTF8.self)
        var features: Set<String> = []
        if tree.isUniform { features.insert("one size and time") }
        if text.contains("<<") { features.insert("here-documents") }
        if ["TARGET", "BUILDPLATFORM", "BUILDARCH"].contains(where: text.contains) || image.platform != nil {
            features.insert("platform arguments")
        }
        if !named.isEmpty { features.insert("additional build contexts") }
        if ignoreFile != nil { features.insert("ignore files") }
        let entries = tree.entries
        if entries.contains(where: { $0.status.kind == .file && $0.status.links > 1 }) {
            features.insert("hard links")
        }
        if entries.contains(where: { $0.status.kind == .fifo }) { features.insert("FIFOs") }
        if hasAttributes { features.insert("extended attributes") }
        if hasSockets { features.insert("sockets") }
        if entries.contains(where: { $0.status.owner != 0 }) { features.insert("other owners") }
        return features
    }

    /// Everything that it takes to see what was built.
    var story: String {
        var text = "\(place.image) of \(place.project.lastComponent?.string ?? ""), \(image.dockerfile)"
        text += ", target \(dockerfile.target ?? "none"), platform \(dockerfile.platform ?? "none")"
        text += ", \(dockerfile.arguments):\n" + String(decoding: dockerfile.bytes, as: UTF8.self)
        if let ignoreFile {
            text += "\(ignoreFile.path): " + BytePath(bytes: ignoreFile.bytes).description + "\n"
        }
        text += FuzzScene.list(tree)
        for (name, tree) in named.sorted(by: { $0.key < $1.key }) {
            text += "\(name):\n" + FuzzScene.list(tree)
        }
        return text
    }

    private static func list(_ tree: FuzzTree) -> String {
        tree.entries.reduce(into: "") { text, entry in
            let target = entry.linkTarget.map { " -> " + BytePath(bytes: $0).description } ?? ""
            let (status, isFile) = (entry.status, entry.status.kind == .file)
            text += "  \(String(status.mode, radix: 8)) \(entry.path)\(target)"
            if isFile { text += " \(status.size) bytes, \(status.modified)" }
            if isFile, status.links > 1 { text += ", inode \(status.inode)" }
            text += "\n"
        }
    }
}
