import Foundation
import Glibc
import StokerCore
import SystemPackage

/// The lists of kept tags, a file for each image: `<cache>/kept/<key>`.
///
/// Nothing depends on them but the order in which tags go, and that a tag which somebody has moved is not believed;
/// so what cannot be read is taken for lost, and what cannot be written is passed over.
struct KeptLists: Sendable {
    private let folder: FilePath
    /// Some hundred bytes an entry.
    private static let sizeLimit = 1 << 20

    init(cache: FilePath) { folder = cache.appending("kept") }

    func list(ofKey key: String) -> KeptList? {
        guard let file = try? HeldFile(folder.appending(key).string, O_RDONLY),
            (try? file.status())?.kind == .file, let bytes = try? file.readAll(limit: KeptLists.sizeLimit)
        else { return nil }
        return KeptList(bytes)
    }

    /// Whether a tag may be on this image, as far as its owner's list is here.
    func admits(_ tag: KeptTag, imageID: String) -> Bool {
        list(ofKey: tag.key)?.admits(tag.name, imageID: imageID) ?? true
    }

    /// Makes an image the last used of its key. Only the holder of the image's build lock may call it.
    ///
    /// - Parameter keep: how many the project keeps.
    func note(_ tag: KeptTag, imageID: String, project: FilePath, keep: Int) throws {
        try PrivateDirectory.create(folder)
        // A name that is not UTF-8 would be written as another folder's, which may well be missing.
        let isText = FilePath(project.string) == project
        var list = list(ofKey: tag.key) ?? KeptList(project: nil, machine: "")
        list.project = isText ? project.string : nil
        list.machine = MachineIdentity.text
        list.keep = keep
        list.note(tag.name, imageID: imageID)
        try AtomicFile.write(
            list.encoded(), to: folder.appending(tag.key), mode: 0o600, isDurable: false)
    }

    /// All lists of this machine's projects, by key.
    func all() -> [String: KeptList] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        var lists: [String: KeptList] = [:]
        for name in names where KeptTag.isKey(name) {
            guard let list = list(ofKey: name), list.machine == MachineIdentity.text else { continue }
            lists[name] = list
        }
        return lists
    }

    /// The lists of projects whose folders are gone, by key.
    func gone() -> [String: KeptList] { all().filter { KeptLists.isGone($0.value) } }

    static func isGone(_ list: KeptList) -> Bool {
        guard let project = list.project,
            // What cannot be looked at may well be there.
            let status = try? FileStatus.of(project) as FileStatus??
        else { return false }
        return status == nil
    }

    func forget(key: String) { unlink(folder.appending(key).string) }
}
