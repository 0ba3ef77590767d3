import Glibc
public import SystemPackage

/// Lists a build context as the builder would send it.
///
/// - Excluded files are left out; a directory that is excluded is in when something below it is brought
///   back, as the builders send it. Sockets are left out, as both builders do; FIFOs and devices are in.
/// - Links are never followed, mount points are entered.
/// - Trees deeper than `PATH_MAX` work: every directory is opened from its parent. At most
///   `openDirectories` are held open; when a walk comes back to one that it had to close, it opens the way
///   to it again from the root and compares device and inode.
/// - What vanishes during the walk is left out.
public struct ContextWalk {
    static let openDirectories = 32
    /// Stoker's own temporary files, wherever they are.
    public static let temporaryPrefix: [UInt8] = Array(".stoker-tmp-".utf8)

    let root: FilePath
    let matcher: IgnoreMatcher
    let ownFiles: Set<BytePath>
    let reads: ReadScope
    private var found: [ContextEntry] = []
    private var links: [ReadScope.Continuation] = []
    private var frames: [Frame] = []

    /// - Parameters:
    ///   - ownFiles: Left out whatever the ignore file says: lock, record, marker.
    ///   - reads: What else is left out, since the Dockerfile cannot read it.
    public init(
        root: FilePath, matcher: IgnoreMatcher = .none, ownFiles: Set<BytePath> = [],
        reads: ReadScope = .everything
    ) {
        self.root = root
        self.matcher = matcher
        self.ownFiles = ownFiles
        self.reads = reads
    }

    /// A directory that is being listed.
    private struct Frame {
        let path: BytePath
        let status: FileStatus
        let verdict: IgnoreMatcher.Verdict
        let position: ReadScope.Position
        /// `nil` while it had to be closed.
        var stream: DirectoryStream?
        /// Directories below it that are still to be entered.
        var pending: [Pending] = []
        /// Whether it is among the entries, or is one that never is: the root, or a folder that is only
        /// passed.
        var isListed: Bool
    }

    private struct Pending {
        let name: [CChar]
        let verdict: IgnoreMatcher.Verdict
        let position: ReadScope.Position
    }

    /// What a walk found.
    public struct Findings {
        /// In byte order of their whole paths.
        public var entries: [ContextEntry]
        /// Sources that lead through links, where the rest of the way has not been walked.
        var links: [ReadScope.Continuation]
    }

    /// - Throws: `StokerError` (`badInput`) when the root is no directory or a directory that is in cannot be
    ///   read; `InputsMoved` when directories were moved about so that the walk lost its way.
    public consuming func findings() throws -> Findings {
        try enter(root: rootDirectory())
        while !frames.isEmpty {
            guard let next = frames[frames.count - 1].pending.popLast() else {
                frames.removeLast()
                continue
            }
            try reopenLast()
            try enter(next)
        }
        let inOrder = found.indices.dropFirst().allSatisfy {
            found[$0 - 1].path.bytes.precedesBytewise(found[$0].path.bytes)
        }
        if !inOrder { found.sort { $0.path.bytes.precedesBytewise($1.path.bytes) } }
        return Findings(entries: found, links: links)
    }

    private func rootDirectory() throws -> OpenFile {
        do throws(SystemCallError) {
            return try OpenFile.directory(at: root)
        } catch {
            let isMissing = error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
            throw StokerError(
                .badInput, isMissing ? "there is no build context at \(root)" : "cannot read \(root)",
                cause: isMissing ? nil : error.errno.description,
                nextStep: isMissing
                    ? "name an existing folder as the image's context" : "make the folder readable")
        }
    }

    private mutating func enter(root directory: consuming OpenFile) throws {
        let status = try directory.status(path: root.string)
        let stream = try DirectoryStream(directory, path: root.string)
        frames.append(
            Frame(
                path: .root, status: status, verdict: .root, position: reads.root, stream: stream,
                isListed: true))
        try listLast(stream)
    }

    /// Opens a directory below the last frame and lists it.
    private mutating func enter(_ pending: Pending) throws {
        let (name, verdict) = (pending.name, pending.verdict)
        guard let parent = frames.last, let stream = parent.stream else { return }
        let path = parent.path.appending(name: ContextWalk.bytes(of: name))
        let directory: OpenFile
        do throws(SystemCallError) {
            directory = try OpenFile.open(
                name, in: stream.descriptor, flags: O_RDONLY | O_DIRECTORY, path: path.description)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory: return
            // Something else has taken its place since it was listed.
            case .notDirectory, .tooManySymbolicLinkLevels: throw InputsMoved(path: path)
            // The builders pass over what they would not send anyway.
            case .permissionDenied where verdict.isExcluded: return
            default: throw unreadable(path, error)
            }
        }
        let status = try directory.status(path: path.description)
        let child: DirectoryStream
        do throws(SystemCallError) { child = try DirectoryStream(directory, path: path.description) } catch {
            throw unreadable(path, error)
        }
        frames.append(
            Frame(
                path: path, status: status, verdict: verdict, position: pending.position, stream: child,
                isListed: !pending.position.isRead && !reads.keepsParents(at: pending.position)))
        if !verdict.isExcluded, pending.position.isRead { listParents() }
        try listLast(child)
        closeShallowest()
    }

    /// Takes in what the last frame holds; its directories are entered later.
    private mutating func listLast(_ stream: DirectoryStream) throws {
        let frame = frames[frames.count - 1]
        let listing: DirectoryStream.Listing
        if let names = reads.onlyNames(at: frame.position) {
            listing = DirectoryStream.Listing(of: names)
        } else {
            do throws(SystemCallError) { listing = try stream.listing(path: frame.path.description) } catch {
                throw unreadable(frame.path, error)
            }
        }
        try listing.bytes.withUnsafeBufferPointer { bytes in
            for name in listing.names where name.type != DT_SOCK {
                let text = UnsafeBufferPointer(rebasing: bytes[name.range])
                if text.hasPrefix(ContextWalk.temporaryPrefix) { continue }
                let path = ContextWalk.path(frame.path, text)
                if !ownFiles.isEmpty, ownFiles.contains(path) { continue }
                let verdict = path.bytes.withUnsafeBufferPointer {
                    matcher.verdict(on: $0, nameStart: $0.count - text.count, parent: frame.verdict)
                }
                if verdict.isExcluded, name.type != DT_DIR, name.type != DT_UNKNOWN { continue }
                let position = path.bytes.withUnsafeBufferPointer {
                    reads.position(of: $0, nameStart: $0.count - text.count, parent: frame.position)
                }
                if !position.canHoldRead { continue }
                // The zero byte that a system call needs comes right after the name.
                let terminated = UnsafeRawBufferPointer(bytes)[name.start...name.start + name.count]
                try take(path, UnsafeRawBufferPointer(rebasing: terminated), verdict, position, in: stream)
            }
        }
    }

    /// `parent/name` with a single allocation.
    private static func path(_ parent: BytePath, _ name: UnsafeBufferPointer<UInt8>) -> BytePath {
        let isBelowRoot = parent.isRoot
        let count = parent.bytes.count + (isBelowRoot ? 0 : 1) + name.count
        return BytePath(
            bytes: [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                var end = buffer[...].initialize(fromContentsOf: parent.bytes)
                if !isBelowRoot {
                    buffer.initializeElement(at: end, to: BytePath.slash)
                    end += 1
                }
                initialized = buffer[end...].initialize(fromContentsOf: name)
            })
    }

    private mutating func take(
        _ path: BytePath, _ terminated: UnsafeRawBufferPointer, _ verdict: IgnoreMatcher.Verdict,
        _ position: ReadScope.Position, in stream: DirectoryStream
    ) throws {
        // Not empty: it ends in a zero byte.
        let name = terminated.bindMemory(to: CChar.self).baseAddress!
        var raw = stat()
        guard fstatat(stream.descriptor, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return }
            throw unreadable(path, .last("stat", path.description))
        }
        let status = FileStatus(raw)
        switch status.kind {
        case .directory:
            let mustEnter = path.bytes.withUnsafeBufferPointer {
                matcher.canContainIncluded(directory: $0, verdict: verdict)
            }
            // Its entry is made when it is opened, from what was opened.
            if mustEnter {
                frames[frames.count - 1].pending.append(
                    Pending(
                        name: Array(terminated.bindMemory(to: CChar.self)), verdict: verdict,
                        position: position))
            }
        case .socket: break
        case .symbolicLink where !verdict.isExcluded:
            let target: [UInt8]
            do throws(SystemCallError) {
                target = try OpenFile.linkTarget(name, in: stream.descriptor, path: path.description)
            } catch {
                if error.errno == .noSuchFileOrDirectory { return }
                throw InputsMoved(path: path)
            }
            listParents()
            found.append(ContextEntry(path: path, status: status, linkTarget: target))
            links += reads.reads(through: target, at: path, position)
        default:
            if verdict.isExcluded || !position.isRead { return }
            listParents()
            found.append(ContextEntry(path: path, status: status))
        }
    }

    /// Makes entries of the directories on the way that have none yet.
    private mutating func listParents() {
        for index in frames.indices.reversed() {
            if frames[index].isListed { return }
            frames[index].isListed = true
            found.append(ContextEntry(path: frames[index].path, status: frames[index].status))
        }
    }

    /// Keeps the number of open descriptors bounded; the root stays open, since every way begins there.
    private mutating func closeShallowest() {
        let index = frames.count - ContextWalk.openDirectories
        if index > 0 { frames[index].stream = nil }
    }

    private mutating func reopenLast() throws {
        let last = frames.count - 1
        guard frames[last].stream == nil, let root = frames[0].stream else { return }
        let path = frames[last].path
        let cursor = DirectoryCursor(root: root.descriptor)
        let directory = try cursor.open(path)
        let status = try directory.status(path: path.description)
        guard status.device == frames[last].status.device, status.inode == frames[last].status.inode else {
            throw InputsMoved(path: path)
        }
        frames[last].stream = try DirectoryStream(directory, path: path.description)
    }

    private func unreadable(_ path: BytePath, _ error: SystemCallError) -> StokerError {
        let shown = path.isRoot ? root.string : path.description
        return StokerError(
            .badInput, "cannot read \(shown) in the build context \(root)", cause: error.errno.description,
            nextStep: "make it readable or add it to \(matcher.name)")
    }

    private static func bytes(of name: [CChar]) -> [UInt8] { name.dropLast().map(UInt8.init(bitPattern:)) }
}
