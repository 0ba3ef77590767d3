import SystemPackage

/// Files below /proc, which tell no size and are read to their end.
enum ProcessFile {
    static func read(_ path: String) throws -> [UInt8] {
        let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec, .noFollow])
        return try file.closeAfter {
            var content: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 16_384)
            while true {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return content }
                content.append(contentsOf: buffer[..<count])
            }
        }
    }
}
