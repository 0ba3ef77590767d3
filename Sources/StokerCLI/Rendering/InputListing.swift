import StokerCore
import SystemPackage

/// The files that influence an image, as `stoker inputs` prints them.
struct InputListing: Renderable {
    struct File: Encodable {
        /// Relative to the project where it is below it, else absolute.
        var path: String
        /// `file`, `directory`, `symlink`, `fifo`, `device`.
        var type: String
        /// Octal permission bits: `0644`.
        var mode: String
        /// Bytes; 0 for all but files.
        var size: Int64
        /// `sha256:…`, for files.
        var digest: String?
        fileprivate var order: [UInt8] = []

        enum CodingKeys: CodingKey { case path, type, mode, size, digest }
    }

    let image: String
    let digest: String
    /// In byte order; `nil` when only the digest was asked for.
    let files: [File]?

    init(_ inputs: Inputs, plan: InputPlan, project: FilePath, withFiles: Bool) {
        image = plan.image.name
        digest = inputs.digest.description
        guard withFiles else {
            files = nil
            return
        }
        var listed: [File] = []
        var seen: Set<[UInt8]> = []
        func add(_ entries: [InputEntry], below root: FilePath) {
            let base = InputListing.relative(root, to: project)
            for entry in entries {
                let path =
                    base.map { $0.appending(entry.path) }
                    ?? BytePath(bytes: InputListing.bytes(root) + [0x2F] + entry.path.bytes)
                if seen.insert(path.bytes).inserted { listed.append(File(entry, path: path)) }
            }
        }
        add(inputs.entries, below: plan.main.root)
        for (name, scope) in plan.contexts {
            if case .entries(let entries) = inputs.contexts[name] { add(entries, below: scope.root) }
        }
        // They count even where the context does not have them.
        for (file, bytes) in [(plan.image.dockerfile, plan.dockerfile)]
            + (plan.ignoreFile.map { [($0.path, $0.bytes)] } ?? [])
        {
            let path = InputListing.relative(file, to: project) ?? BytePath(bytes: InputListing.bytes(file))
            if seen.insert(path.bytes).inserted {
                listed.append(
                    File(
                        path: path.description, type: "file", mode: "0644", size: Int64(bytes.count),
                        order: path.bytes))
            }
        }
        files = listed.sorted { $0.order.lexicographicallyPrecedes($1.order) }
    }

    var text: String? {
        let paths = (files ?? []).filter { $0.type != "directory" }.map(\.path)
        return paths.isEmpty ? nil : paths.joined(separator: "\n")
    }

    private static func bytes(_ path: FilePath) -> [UInt8] {
        path.withPlatformString { Array(String(cString: $0).utf8) }
    }

    /// `nil` when it is not below the project.
    private static func relative(_ path: FilePath, to project: FilePath) -> BytePath? {
        path == project ? .root : BytePath(of: path, in: project)
    }
}

extension InputListing.File {
    fileprivate init(_ entry: InputEntry, path: BytePath) {
        let type: String
        var digest: String?
        switch entry.kind {
        case .file(let content):
            type = "file"
            digest = content.description
        case .directory: type = "directory"
        case .symbolicLink: type = "symlink"
        case .fifo: type = "fifo"
        case .socket: type = "socket"
        case .characterDevice, .blockDevice: type = "device"
        }
        let octal = String(entry.permissions, radix: 8)
        self.init(
            path: path.description, type: type,
            mode: String(repeating: "0", count: max(0, 4 - octal.count)) + octal, size: entry.size,
            digest: digest, order: path.bytes)
    }
}
