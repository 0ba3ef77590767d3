import Glibc

/// The words and variables that a program is started with, byte for byte: they need not be UTF-8.
enum SpawnText {
    /// Ours, byte for byte, but for the changes.
    static func environment(_ changes: [String: String?]) -> [[UInt8]] {
        var entries = changes.compactMap { name, value in value.map { Array("\(name)=\($0)".utf8) } }
        let names = Set(changes.keys.map { Array($0.utf8) })
        var next = environ
        while let entry = next.pointee {
            let bytes = Array(
                UnsafeBufferPointer(start: entry, count: strlen(entry)).map(UInt8.init(bitPattern:)))
            if !names.contains(Array(bytes.prefix { $0 != UInt8(ascii: "=") })) { entries.append(bytes) }
            next += 1
        }
        return entries
    }

    static func withCStrings<Value>(
        _ words: [[UInt8]], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var pointers = words.map { word in
            (word + [0]).withUnsafeBufferPointer { bytes in
                // It holds the closing zero at least.
                bytes.baseAddress!.withMemoryRebound(to: CChar.self, capacity: bytes.count) { strdup($0) }
            }
        }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return pointers.withUnsafeMutableBufferPointer {
            // It holds the closing nil at least.
            body($0.baseAddress!)
        }
    }
}
