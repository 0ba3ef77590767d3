public import Crypto

/// A SHA-256 value.
public struct ContentDigest: Hashable, Sendable, BitwiseCopyable {
    // Four words rather than an array, so that a hundred thousand of them are no garbage; big-endian, so
    // that the order of the words is the order of the bytes.
    private let words: (UInt64, UInt64, UInt64, UInt64)

    public init(_ digest: SHA256.Digest) {
        self = digest.withUnsafeBytes { ContentDigest(words: $0) }
    }

    /// Stands for no content; SHA-256 gives it for nothing that anybody knows.
    public static let zero = ContentDigest(words: (0, 0, 0, 0))

    private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// `nil` unless there are 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self = Array(bytes).withUnsafeBytes { ContentDigest(words: $0) }
    }

    /// Reads `sha256:` and 64 lower-case hex digits, or the digits alone.
    public init?(_ text: some StringProtocol) {
        var digits = Array(text.utf8)[...]
        if digits.starts(with: ContentDigest.algorithm.utf8) {
            digits = digits.dropFirst(ContentDigest.algorithm.utf8.count)
        }
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        while let high = digits.popFirst(), let low = digits.popFirst() {
            guard let high = ContentDigest.value(ofDigit: high), let low = ContentDigest.value(ofDigit: low)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    /// - Precondition: 32 bytes.
    private init(words bytes: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        words = (word(0), word(1), word(2), word(3))
    }

    private static let algorithm = "sha256:"

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// The 64 hex digits alone, as `build_hash` in the record wants them.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    public static func == (left: ContentDigest, right: ContentDigest) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) {
        // Every word is as good as any other in a SHA-256 value.
        hasher.combine(words.0)
    }

    func append(to buffer: inout [UInt8]) {
        for word in [words.0, words.1, words.2, words.3] {
            withUnsafeBytes(of: word.bigEndian) { buffer.append(contentsOf: $0) }
        }
    }
}

extension ContentDigest: CustomStringConvertible {
    /// `sha256:…`, as the engine writes it.
    public var description: String { ContentDigest.algorithm + hex }
}
