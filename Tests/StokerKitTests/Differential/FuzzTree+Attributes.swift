import StokerCore
import SystemPackage
import TestSupport

extension FuzzTree {
    /// Gives something an extended attribute, another value of it, or takes it away. Size and time stay.
    mutating func changeAttribute(_ random: inout FuzzRandom) {
        guard let entry = random.pick(loose.filter { $0.status.kind != .symbolicLink }) else { return }
        let isFile = entry.status.kind == .file
        let isFolder = entry.status.kind == .directory
        let path = Array(root.string.utf8) + Array("/".utf8) + entry.path.bytes
        let there = FileAttributes.all(path).keys.filter { $0 != "security.selinux" }.sorted()
        if random.chance(1, in: 3), let name = random.pick(there) {
            FileAttributes.remove(path, name)
        } else if isFile, random.chance(1, in: 5) {
            FileAttributes.set(path, "security.capability", FuzzTree.capability(&random))
        } else if random.chance(1, in: 4), isFile || isFolder {
            let name = isFolder && random.chance(1, in: 2) ? "default" : "access"
            let mode = UInt16(entry.status.permissions)
            FileAttributes.set(path, "system.posix_acl_\(name)", FuzzTree.accessList(mode, &random))
        } else if isFile || isFolder {
            FileAttributes.set(
                path, random.one(of: "user.a", "user.stoker.b"), newBytes(random.one(of: 1, 8, 0)))
        }
        setTime(entry.path.bytes, entry.status.modified)
    }

    /// As `setcap …+ep` writes it: version 2, and two words of 32 bits for each set.
    private static func capability(_ random: inout FuzzRandom) -> [UInt8] {
        let permitted = UInt32(1) << UInt32(random.number(in: 0..<32))
        return [UInt32(0x0200_0001), permitted, 0, 0, 0].flatMap { littleEndian($0) }
    }

    /// With one user more than the mode has.
    private static func accessList(_ mode: UInt16, _ random: inout FuzzRandom) -> [UInt8] {
        let nobody = UInt32.max
        let user = UInt32(random.one(of: 1234, 7))
        let entries: [(tag: UInt16, rights: UInt16, id: UInt32)] = [
            (0x01, mode >> 6 & 7, nobody), (0x02, UInt16(random.number(in: 0..<8)), user),
            (0x04, mode >> 3 & 7, nobody), (0x10, mode >> 3 & 7, nobody), (0x20, mode & 7, nobody),
        ]
        return littleEndian(UInt32(2))
            + entries.flatMap { littleEndian($0.tag) + littleEndian($0.rights) + littleEndian($0.id) }
    }

    private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
