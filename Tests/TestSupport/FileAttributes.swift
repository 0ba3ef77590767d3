import CLinux
import Glibc

/// Extended attributes, read and set without any of the code under test.
public enum FileAttributes {
    /// No attribute is longer on Linux, and neither is the list of the names.
    private static let limit = 1 << 16

    /// Of the file itself, where it is a link. Those that cannot be read are left out.
    public static func all(_ path: [UInt8]) -> [String: [UInt8]] {
        let path = terminated(path)
        var names = [CChar](repeating: 0, count: limit)
        let length = llistxattr(path, &names, names.count)
        guard length > 0 else { return [:] }
        var attributes: [String: [UInt8]] = [:]
        for name in names.prefix(length).map(UInt8.init(bitPattern:)).split(separator: 0) {
            var value = [UInt8](repeating: 0, count: limit)
            let size = lgetxattr(path, terminated(Array(name)), &value, value.count)
            if size >= 0 { attributes[String(decoding: name, as: UTF8.self)] = Array(value.prefix(size)) }
        }
        return attributes
    }

    /// - Returns: Whether the file system, and the rights of the process, allow it.
    @discardableResult
    public static func set(_ path: [UInt8], _ name: String, _ value: [UInt8]) -> Bool {
        lsetxattr(terminated(path), name, value, value.count, 0) == 0
    }

    @discardableResult
    public static func remove(_ path: [UInt8], _ name: String) -> Bool {
        lremovexattr(terminated(path), name) == 0
    }

    /// An access list as the kernel keeps it: the owner, one more user, the group and the others.
    ///
    /// - Parameters:
    ///   - user: Who else may read and write.
    ///   - mode: The permission bits that go with it; the group's are the mask.
    public static func accessList(user: UInt32, mode: UInt16) -> [UInt8] {
        let nobody = UInt32.max
        let entries: [(tag: UInt16, bits: UInt16, id: UInt32)] = [
            (0x01, mode >> 6 & 7, nobody), (0x02, 6, user), (0x04, mode >> 3 & 7, nobody),
            (0x10, mode >> 3 & 7, nobody), (0x20, mode & 7, nobody),
        ]
        func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        return bytes(UInt32(2)) + entries.flatMap { bytes($0.tag) + bytes($0.bits) + bytes($0.id) }
    }

    private static func terminated(_ path: [UInt8]) -> [CChar] { (path + [0]).map(CChar.init(bitPattern:)) }
}
