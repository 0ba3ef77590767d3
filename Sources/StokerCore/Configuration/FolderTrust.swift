import CLinux
import Glibc
import SystemPackage

/// Whether what lies in a folder above the working folder may be taken for the person's own.
///
/// In a folder that others can write to anybody can put a Dockerfile or a repository, and what is found above counts for
/// everything below it. What a person names, or stands in, is theirs to judge.
struct FolderTrust: Sendable {
    /// Why a folder is passed over.
    enum Objection: Error, Equatable {
        case foreignFolder(owner: UInt32)
        case foreignFile(owner: UInt32)
        /// - Parameter owner: of the folder.
        case writableByOthers(owner: UInt32)
    }

    /// Whose files count: the person's, root's, and for `sudo` those of the person who has called it, as in git.
    let owners: Set<UInt32>

    static let current = FolderTrust(
        user: geteuid(), sudoUser: getenv("SUDO_UID").map { String(cString: $0) })

    /// - Parameter sudoUser: SUDO_UID as the environment has it; counts for root alone.
    init(user: UInt32, sudoUser: String?) {
        var owners: Set<UInt32> = [user, 0]
        if user == 0, let id = sudoUser.flatMap({ UInt32($0) }) { owners.insert(id) }
        self.owners = owners
    }

    /// - Parameters:
    ///   - name: of what was found in the folder.
    ///   - folder: absolute and free of symbolic links.
    func objection(to name: String, in folder: FilePath) -> Objection? {
        guard let status = folder.fileStatus, let file = folder.appending(name).fileStatus else { return nil }
        if !owners.contains(status.owner) { return .foreignFolder(owner: status.owner) }
        if !owners.contains(file.owner) { return .foreignFile(owner: file.owner) }
        return isWritableByOthers(folder, status) ? .writableByOthers(owner: status.owner) : nil
    }

    /// Sticky folders count too: nobody can take away what is there, but anybody can add.
    private func isWritableByOthers(_ path: FilePath, _ folder: FileStatus) -> Bool {
        if folder.permissions & UInt32(S_IWOTH) != 0 { return true }
        guard folder.permissions & UInt32(S_IWGRP) != 0 else { return false }
        // With an access list these bits are what its users and groups may do at most.
        return hasAccessList(path) || !FolderTrust.isPrivateGroup(folder.group, of: folder.owner)
    }

    private func hasAccessList(_ path: FilePath) -> Bool {
        path.withPlatformString { getxattr($0, "system.posix_acl_access", nil, 0) } > 0
    }

    /// Whether a group is its owner's alone, as where each user has a group of their own and lets it write.
    static func isPrivateGroup(_ group: UInt32, of owner: UInt32) -> Bool {
        guard let user = UserDatabase.user(owner), let entry = UserDatabase.group(group) else { return false }
        return user.group == group && entry.members.allSatisfy { $0 == user.name }
            && (entry.name == user.name || owner == 0)
    }
}

extension FolderTrust.Objection {
    /// As the end of a sentence about the file.
    func words(_ folder: FilePath) -> String {
        switch self {
        case .foreignFolder(let owner): "\(folder.printable) belongs to \(UserDatabase.words(owner))"
        case .foreignFile(let owner): "it belongs to \(UserDatabase.words(owner))"
        case .writableByOthers(let owner):
            "others can write to \(folder.printable), which belongs to \(UserDatabase.words(owner))"
        }
    }
}
