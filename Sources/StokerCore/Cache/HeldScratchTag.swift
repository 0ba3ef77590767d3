import Glibc
public import SystemPackage

/// A temporary tag in the hands of the process that builds under it: a file that is locked from before it has its
/// name until the build is over or its process dead, whatever ends it.
public final class HeldScratchTag: Sendable {
    public let tag: ScratchTag
    private let file: HeldFile
    private let path: FilePath

    /// - Parameter folder: of a `ScratchTagBook`; made where it is missing.
    public init(_ tag: ScratchTag, in folder: FilePath) throws {
        self.tag = tag
        path = folder.appending(tag.name)
        file = try OwnersFile.make(tag.name, in: folder, ScratchTagBook.line(for: .current))
    }

    /// The build is over, and its tag gone.
    public func remove() { unlink(path.string) }

    deinit { file.unlock() }
}
