import Glibc

/// The lines of a Dockerfile, without their ends.
struct DockerfileLines {
    /// Of bytes in a line; the builders' reader stops at a longer one.
    static let lengthLimit = 65_535

    private let bytes: [UInt8]
    /// Whether all carriage returns at a line's end go, as since BuildKit knows here-documents, or one alone.
    private let dropsAllReturns: Bool
    private var position = 0
    /// Of the line given last, from 1.
    private(set) var number = 0
    /// The first line that is longer than the builders take.
    private(set) var tooLong: Int?
    /// The first line that ends in more than one carriage return.
    private(set) var severalReturns: Int?

    init(_ bytes: [UInt8], dropsAllReturns: Bool = true) {
        self.bytes = bytes
        self.dropsAllReturns = dropsAllReturns
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
        var line = bytes[start..<end]
        guard line.last == 0x0D else { return line }
        line.removeLast()
        if line.last == 0x0D { severalReturns = severalReturns ?? number }
        while dropsAllReturns, line.last == 0x0D { line.removeLast() }
        return line
    }
}
