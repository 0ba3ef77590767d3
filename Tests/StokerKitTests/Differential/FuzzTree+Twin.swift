import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage
import TestSupport

extension FuzzTree {
    /// A copy of this tree in which some files have other bytes of the same size and time, and some files and folders
    /// another mode: what a builder that keeps both under one name takes for the same.
    func twin(at root: FilePath, _ random: inout FuzzRandom) throws -> FuzzTree {
        FileTree.remove(root)
        let copied = try Command("cp", "-a", self.root.string, root.string)
        guard copied.status == 0 else { throw TestEngine.Failure(description: copied.errors) }
        var twin = FuzzTree(root: root, isUniform: isUniform)
        for _ in 0..<random.number(in: 1..<4) {
            _ = twin.apply(
                random.one(of: .sameSizeAndTime, .sameSizeAndTime, .sameSizeAndTime, .folderMode, .fileMode),
                &random)
        }
        return twin
    }

    /// Gives two files of one size and one time each other's names. What is edited is neither of them.
    func exchange(_ random: inout FuzzRandom) -> Bool {
        let files = loose.filter { $0.status.kind == .file && $0.status.size > 0 }
        guard let first = random.pick(files) else { return false }
        let alike = files.filter {
            $0.status.size == first.status.size && $0.status.inode != first.status.inode
                && $0.status.modified == first.status.modified
        }
        guard let second = random.pick(alike) else { return false }
        let aside = Array("exchange".utf8)
        return rename(cString(first.path.bytes), cString(aside)) == 0
            && rename(cString(second.path.bytes), cString(first.path.bytes)) == 0
            && rename(cString(aside), cString(second.path.bytes)) == 0
    }
}
