import Foundation
import Glibc
public import SystemPackage

/// The builds that go on, and those that were killed, by the files that they leave: `<cache>/builds/<name of the tag>`.
/// Whoever finds a temporary tag at the engine asks here whether its build lives.
public struct ScratchTagBook: Sendable {
    public let folder: FilePath

    /// Bytes of a file that are read.
    private static let sizeLimit = 64 << 10
    /// How long a dead build's file is kept, whose client may still put the tag. Without one, age decides.
    private static let memory = Duration.seconds(7 * 86_400)

    public init(cache: FilePath) { folder = cache.appending("builds") }

    private struct Form: Codable {
        var owner: ProcessIdentity?
    }

    /// - Parameter owner: `nil` where a process cannot be told for certain.
    static func line(for owner: ProcessIdentity?) -> [UInt8] {
        JSONLine.bytes(Form(owner: owner))
    }

    /// Whether the process lives that builds under a tag.
    public func fate(of tag: ScratchTag) -> ProcessFate {
        guard let file = OwnersFile.find(tag.name, in: folder) else {
            return .unknown("nothing here tells who builds it")
        }
        // One that cannot be asked is taken to be held.
        if (try? file.isLockedByOthers()) != false { return .alive }
        guard let bytes = try? file.readAll(limit: ScratchTagBook.sizeLimit),
            let owner = JSONLine.value(Form.self, bytes)?.owner
        else { return .unknown("it does not say by which process it is built") }
        return owner.fate(isOnLocalDisk: LocalDisk.holds(file))
    }

    /// Forgets a build whose tag is gone.
    public func forget(_ tag: ScratchTag) { unlink(folder.appending(tag.name).string) }

    /// Forgets dead builds of which no tag has been seen for long.
    ///
    /// - Parameter now: nanoseconds since 1970.
    public func forgetOld(now: Int64) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
        for name in names {
            let path = folder.appending(name).string
            guard let status = try? FileStatus.of(path),
                Duration.nanoseconds(now &- status.modified) > ScratchTagBook.memory
            else { continue }
            if name.hasPrefix(AtomicFile.scratchPrefix) {
                // Whoever made it was killed before it had its name, which takes no time.
                unlink(path)
            } else if let tag = ScratchTag(name: name), case .dead = fate(of: tag) {
                forget(tag)
            }
        }
    }
}
