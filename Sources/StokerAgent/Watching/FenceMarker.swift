import StokerCore
import SystemPackage

/// A watch whose end is put into the kernel's queue at will: once its `IN_IGNORED` is read, everything queued
/// before has been read, too.
///
/// It stands on a directory in /proc that no project contains, so it needs no file, no space and no clean-up.
final class FenceMarker {
    private let directory: DirectoryHandle
    private var watch: CInt?

    init(_ source: any InotifySource) throws {
        do {
            directory = try DirectoryHandle(path: "/proc/self/task")
            try place(source)
        } catch { throw SystemCallError("watch", "/proc/self/task", errno: error) }
    }

    /// Queues the mark and answers with the watch descriptor that it will bear.
    ///
    /// - Throws: `ENOSPC` when another program has taken the watch in between.
    func cut(_ source: any InotifySource) throws(Errno) -> CInt {
        if watch == nil { try place(source) }
        let old = watch!  // placed above, or `place` has thrown
        watch = nil
        try source.remove(old)
        // A watch that cannot be had again is asked for at the next fence; this one's mark is queued.
        try? place(source)
        return old
    }

    private func place(_ source: any InotifySource) throws(Errno) {
        watch = try source.adder.add(directory.descriptor, mask: [.deleteSelf, .onlyDirectory])
    }
}
