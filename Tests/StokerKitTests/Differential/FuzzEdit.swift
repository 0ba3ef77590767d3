import Glibc
import StokerCore
@testable import StokerKit

/// One change to an image's inputs, or to what Stoker remembers of them.
enum FuzzEdit: String, CaseIterable {
    case content = "content"
    case sameSizeAndTime = "content, same size and time"
    case exchange = "two files exchanged, same size and time"
    case lostCache = "cache lost, then content, same size and time"
    case undo = "content as it was before"
    case fileMode = "mode of a file"
    case folderMode = "mode of a folder"
    case owner = "owner"
    case attribute = "extended attribute"
    case delete = "delete"
    case add = "add"
    case rename = "rename"
    case retarget = "retarget a link"
    case hardLink = "hard link made or broken"
    case swap = "file and folder swapped"
    case touch = "touch"
    case ignoreFile = "ignore file rewritten"
    case ignoreLine = "ignore file, a line"
    case ignoreOrder = "ignore file, same size and time"
    case ignoreEmptied = "ignore file emptied"
    case ignoreDeleted = "ignore file deleted"
    case ignoreBeside = "ignore file beside the Dockerfile, made or deleted"
    case dockerfile = "Dockerfile"
    case dockerfileSameSizeAndTime = "Dockerfile, same size and time"
    case argument = "build argument"
    case platform = "platform"
    case retag = "base image"

    /// What edits are drawn from: those that builders and caches are blind to come more often.
    static let drawn: [FuzzEdit] =
        allCases + [
            .sameSizeAndTime, .sameSizeAndTime, .exchange, .lostCache, .folderMode, .folderMode, .fileMode,
            .ignoreLine, .ignoreEmptied, .ignoreDeleted,
        ]

    var keepsSizeAndTime: Bool {
        switch self {
        case .sameSizeAndTime, .exchange, .lostCache, .ignoreOrder, .dockerfileSameSizeAndTime: true
        default: false
        }
    }

    var isModeAlone: Bool { self == .fileMode || self == .folderMode }

    var isOfIgnoreFile: Bool {
        switch self {
        case .ignoreFile, .ignoreLine, .ignoreOrder, .ignoreEmptied, .ignoreDeleted, .ignoreBeside: true
        default: false
        }
    }
}

extension FuzzTree {
    /// - Returns: `false` when there was nothing to change, or the edit is none of a tree.
    mutating func apply(_ edit: FuzzEdit, _ random: inout FuzzRandom) -> Bool {
        switch edit {
        case .content:
            guard let file = random.pick(files) else { return false }
            write(file, newBytes(random.number(in: 0..<100)))
            if random.chance(1, in: 2) { setRandomTime(file, &random) }
        case .sameSizeAndTime, .lostCache:
            let full = loose.filter { $0.status.kind == .file && $0.status.size > 0 }
            guard let entry = random.pick(full) else { return false }
            write(entry.path.bytes, newBytes(Int(entry.status.size)))
            setTime(entry.path.bytes, entry.status.modified)
        case .exchange: return exchange(&random)
        case .owner: changeOwner(&random)
        case .attribute: changeAttribute(&random)
        case .fileMode:
            guard let file = random.pick(files) else { return false }
            chmod(cString(file), FuzzTree.fileMode(&random))
        case .folderMode:
            guard let folder = random.pick(folders) else { return false }
            chmod(cString(folder), FuzzTree.folderMode(&random))
        case .delete:
            guard let entry = random.pick(loose) else { return false }
            remove(entry.path.bytes)
        case .add:
            switch random.number(in: 0..<4) {
            case 0: makeFolder(freePath(&random), &random)
            case 1: addLink(&random)
            default: writeFile(freePath(&random), &random)
            }
        case .rename:
            guard let entry = random.pick(loose) else { return false }
            let to = freePath(&random)
            return Glibc.rename(cString(entry.path.bytes), cString(to)) == 0
        case .retarget:
            guard let path = random.pick(links) else { return false }
            let target = (linkTarget(for: path, &random) + [0]).map(CChar.init(bitPattern:))
            unlink(cString(path))
            return symlink(target, cString(path)) == 0
        case .hardLink: return changeHardLink(&random)
        case .swap:
            guard let entry = random.pick(loose) else { return false }
            remove(entry.path.bytes)
            if entry.status.kind == .directory {
                writeFile(entry.path.bytes, &random)
            } else {
                makeFolder(entry.path.bytes, &random)
                writeFile(FuzzTree.join(entry.path.bytes, FuzzTree.name(&random)), &random)
            }
        case .touch:
            guard let entry = random.pick(loose) else { return false }
            setRandomTime(entry.path.bytes, &random)
        case .undo, .ignoreFile, .ignoreLine, .ignoreOrder, .ignoreEmptied, .ignoreDeleted, .ignoreBeside,
            .dockerfile, .dockerfileSameSizeAndTime, .argument, .platform, .retag:
            return false
        }
        return true
    }

    private func changeHardLink(_ random: inout FuzzRandom) -> Bool {
        let linked = loose.filter { $0.status.kind == .file && $0.status.links > 1 }
        guard let entry = random.pick(linked) else {
            // Of two files with the same bytes and stamps one becomes the other.
            guard let file = random.pick(loose.filter({ $0.status.kind == .file })) else { return false }
            return link(cString(file.path.bytes), cString(freePath(&random))) == 0
        }
        // The same bytes, mode and time, but a file of its own.
        let path = entry.path.bytes
        var bytes = [UInt8](repeating: 0, count: Int(entry.status.size))
        let descriptor = open(cString(path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        _ = read(descriptor, &bytes, bytes.count)
        close(descriptor)
        remove(path)
        write(path, bytes, mode: mode_t(entry.status.permissions))
        setTime(path, entry.status.modified)
        return true
    }
}
