import Glibc

/// The lines of a Dockerfile, without their ends.
struct DockerfileLines {
    /// Of bytes in a line; the builders' reader stops at a longer one.
    static let lengthLimit = 65_535

    private let bytes: [UInt8]
    private var position = 0
    /// Of the line given last, from 1.
    private(set) var number = 0
    /// The first line that is longer than the builders take.
    private(set) var tooLong: Int?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard position < bytes.count else { return nil }
        number += 1
        let start = position
        let end = bytes.withUnsafeBytes { raw -> Int in
            // Not empty, as checked above.
            let base = raw.baseAddress!
            guard let newline = memchr(base + start, 0x0A, raw.count - start) else { return raw.count }
            return UnsafeRawPointer(newline) - base
        }
        position = end + 1
        if end - start > DockerfileLines.lengthLimit { tooLong = tooLong ?? number }
        let line = bytes[start..<end]
        return line.last == 0x0D ? line.dropLast() : line
    }
}
