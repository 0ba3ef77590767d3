/// A path below some root, as the kernel knows it: bytes, which need not be UTF-8.
///
/// Components are joined by one slash; there is no leading or trailing one, and no `.` or `..`. The empty
/// path is the root itself. Ordered bytewise, as `LC_ALL=C sort` does.
public struct BytePath: Hashable, Comparable, Sendable {
    public let bytes: [UInt8]

    public static let root = BytePath(bytes: [])
    static let slash = UInt8(ascii: "/")

    /// - Precondition: `bytes` is in the form described above; it is not checked, since paths come by the
    ///   hundred thousand from directory listings that guarantee it.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// For literals and configuration: empty components and `.` are dropped.
    public init(_ text: String) {
        let parts = text.utf8.split(separator: BytePath.slash).filter { !$0.elementsEqual(".".utf8) }
        bytes = Array(parts.joined(separator: [BytePath.slash]))
    }

    public var isRoot: Bool { bytes.isEmpty }

    public static func < (left: BytePath, right: BytePath) -> Bool {
        left.bytes.precedesBytewise(right.bytes)
    }

    public func appending(name: some Collection<UInt8>) -> BytePath {
        if bytes.isEmpty { return BytePath(bytes: Array(name)) }
        var joined = [UInt8]()
        joined.reserveCapacity(bytes.count + 1 + name.count)
        joined.append(contentsOf: bytes)
        joined.append(BytePath.slash)
        joined.append(contentsOf: name)
        return BytePath(bytes: joined)
    }

    public func appending(_ path: BytePath) -> BytePath {
        path.isRoot ? self : appending(name: path.bytes)
    }

    public var components: [ArraySlice<UInt8>] { bytes.split(separator: BytePath.slash) }

    /// The last component; empty for the root.
    public var name: ArraySlice<UInt8> {
        guard let slash = bytes.lastIndex(of: BytePath.slash) else { return bytes[...] }
        return bytes[(slash + 1)...]
    }

    /// `nil` for the root.
    public var parent: BytePath? {
        if bytes.isEmpty { return nil }
        guard let slash = bytes.lastIndex(of: BytePath.slash) else { return .root }
        return BytePath(bytes: Array(bytes[..<slash]))
    }

    /// Whether `self` is `ancestor` or lies below it (`/ab` is not below `/a`).
    public func isInside(_ ancestor: BytePath) -> Bool {
        if ancestor.isRoot { return true }
        guard bytes.starts(with: ancestor.bytes) else { return false }
        return bytes.count == ancestor.bytes.count || bytes[ancestor.bytes.count] == BytePath.slash
    }
}

extension BytePath: CustomStringConvertible {
    /// For people: as it is where that is safe to print on one line, else quoted as git quotes paths
    /// (`"a\nb\377"`), so that no name can forge a line or a terminal sequence.
    public var description: String {
        let needsNoQuotes = bytes.allSatisfy {
            $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if needsNoQuotes, let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: \.steersOutput)
        {
            return text.isEmpty ? "." : text
        }
        var quoted = "\""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"): quoted += "\\n"
            case UInt8(ascii: "\t"): quoted += "\\t"
            case UInt8(ascii: "\r"): quoted += "\\r"
            case UInt8(ascii: "\""): quoted += "\\\""
            case UInt8(ascii: "\\"): quoted += "\\\\"
            case 0x20...0x7E: quoted.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let octal = String(byte, radix: 8)
                quoted += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
            }
        }
        return quoted + "\""
    }
}
