import Foundation
import TestSupport

/// Takes apart what gzip has compressed, by gzip itself.
enum GzipFile {
    static let mark: [UInt8] = [0x1F, 0x8B]

    /// All in one process: what gzip is given one after the other it also expands one after the other. Each file ends
    /// with its length, so it is known where the next one begins.
    static func expand(_ files: [ArraySlice<UInt8>]) throws -> [[UInt8]] {
        if files.isEmpty { return [] }
        let folder = FileManager.default.temporaryDirectory
        let (input, output) = try (temporary(in: folder), temporary(in: folder))
        for file in files { try input.write(contentsOf: file) }
        try input.seek(toOffset: 0)
        let status = try ChildProcess(
            ["gzip", "--decompress", "--stdout"], input: .descriptor(input.fileDescriptor),
            output: .descriptor(output.fileDescriptor)
        ).wait()
        try output.seek(toOffset: 0)
        let bytes = Array(try output.readToEnd() ?? Data())
        let sizes = files.map { $0.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) } }
        guard status == 0, sizes.reduce(0, +) == bytes.count else {
            throw TestEngine.Failure(description: "gzip cannot expand a layer")
        }
        var rest = bytes[...]
        return sizes.map { size in
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
    }

    /// Without a name, and closed on exec.
    private static func temporary(in folder: URL) throws -> FileHandle {
        let path = folder.appending(path: "stoker-gzip-\(UUID())").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        unlink(path)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
