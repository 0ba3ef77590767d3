/// Which files of a context are hard links of each other. Both builders make hard links of them in the image
/// when one instruction copies them together, so the structure counts for the image.
///
/// Two are taken for links of one file only if everything that `lstat` says of them is the same: a file system
/// that gives two files one inode number must never make one of them the other's content, and of a file that
/// was written between the two looks the next look will tell.
public struct HardLinks: Sendable {
    private var seen: [FileStatus: Int] = [:]

    public init() {}

    /// - Parameter index: Stands for the file's path; paths have to come in byte order.
    /// - Returns: The index that came first with a hard link of the same file; `nil` when this is the first.
    public mutating func first(of status: FileStatus, at index: Int) -> Int? {
        guard status.links > 1, status.kind == .file else { return nil }
        if let first = seen[status] { return first }
        seen[status] = index
        return nil
    }
}
