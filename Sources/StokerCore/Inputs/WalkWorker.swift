import Glibc
import SystemPackage

/// Lists directories, one way into the depth after the other; each is opened from its parent.
final class WalkWorker {
    /// A directory that is being listed.
    struct Frame {
        let directory: WalkedDirectory
        let verdict: IgnoreMatcher.Verdict
        let position: ReadScope.Position
        /// `nil` while it had to be closed.
        var stream: DirectoryStream?
        /// Directories below it that are still to be entered.
        var pending: [Pending] = []
    }

    struct Pending {
        let directory: WalkedDirectory
        let name: [CChar]
        let verdict: IgnoreMatcher.Verdict
        let position: ReadScope.Position
    }

    private let crew: WalkCrew
    private var walk: ContextWalk { crew.walk }
    private var frames: [Frame]
    /// The path of what is looked at.
    private var path: [UInt8] = []
    private var met = 0
    private var made: [WalkedDirectory] = []
    private var links: [ReadScope.Continuation] = []

    /// - Parameter met: how many entries had been met before by whoever hands over this work.
    init(crew: WalkCrew, frame: Frame, met: Int = 0) {
        self.crew = crew
        self.met = met
        frames = [frame]
    }

    /// Lists the first frame itself.
    func begin() {
        guard let stream = frames[0].stream else { return }
        do { try list(stream) } catch { crew.fail(error, at: frames[0].directory.path) }
    }

    /// Enters everything that is pending. Failures go to the crew; what else there is to list is listed, so
    /// that which failure is told does not depend on who was faster.
    func run() {
        while !frames.isEmpty, !crew.mustStop {
            guard let next = frames[frames.count - 1].pending.popLast() else {
                frames.removeLast()
                continue
            }
            do {
                try reopenLast()
                try enter(next)
            } catch {
                crew.fail(error, at: next.directory.path)
            }
            if met >= WalkCrew.smallTree, crew.hasRoom { share() }
        }
        crew.collect(made, links)
    }

    /// Hands half of what is pending nearest to the root to a new worker.
    private func share() {
        guard let index = frames.firstIndex(where: { !$0.pending.isEmpty }) else { return }
        let pending = frames[index].pending
        // The last one would be ours in a moment.
        if index == frames.count - 1, pending.count == 1 { return }
        let half = (pending.count + 1) / 2
        var frame = frames[index]
        frame.pending = Array(pending[..<half])
        if crew.start(WalkWorker(crew: crew, frame: frame, met: met)) {
            frames[index].pending.removeFirst(half)
        }
    }

    /// Opens a directory below the last frame and lists it.
    private func enter(_ pending: Pending) throws {
        guard let parent = frames.last?.stream else { return }
        let (found, verdict) = (pending.directory, pending.verdict)
        let directory: OpenFile
        do throws(SystemCallError) {
            directory = try OpenFile.open(
                pending.name, in: parent.descriptor, flags: O_RDONLY | O_DIRECTORY,
                path: found.path.description)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory: return
            // Something else has taken its place since it was listed.
            case .notDirectory, .tooManySymbolicLinkLevels: throw InputsMoved(path: found.path)
            // The builders pass over what they would not send anyway.
            case .permissionDenied where verdict.isExcluded: return
            default: throw walk.unreadable(found.path, error)
            }
        }
        found.status = try directory.status(path: found.path.description)
        let stream: DirectoryStream
        do throws(SystemCallError) {
            found.attributes = try ExtendedAttributes(
                of: directory.descriptor, path: found.path.description)
            // BuildKit makes the folders on the way with their access lists, and what it makes in them inherits those.
            if found.attributes.isHiddenFromCache { found.count() }
            stream = try DirectoryStream(directory, path: found.path.description)
        } catch {
            throw walk.unreadable(found.path, error)
        }
        frames.append(
            Frame(directory: found, verdict: verdict, position: pending.position, stream: stream))
        let isSent =
            !verdict.isExcluded
            || found.path.bytes.withUnsafeBufferPointer { walk.matcher.namesException(below: $0) }
        if pending.position.isRead, isSent { found.list() }
        try list(stream)
        // Keeps the number of open descriptors bounded.
        let index = frames.count - ContextWalk.openDirectories
        if index >= 0 { frames[index].stream = nil }
    }

    private func reopenLast() throws {
        let last = frames.count - 1
        guard frames[last].stream == nil else { return }
        let known = frames[last].directory
        let directory = try DirectoryCursor(root: crew.root.descriptor).open(known.path)
        let status = try directory.status(path: known.path.description)
        guard status.isSameFile(as: known.status) else { throw InputsMoved(path: known.path) }
        frames[last].stream = try DirectoryStream(directory, path: known.path.description)
    }

    /// Takes in what the last frame holds; its directories are entered later.
    private func list(_ stream: DirectoryStream) throws {
        let frame = frames[frames.count - 1]
        let directory = frame.directory
        let listing: DirectoryStream.Listing
        if let names = walk.reads.onlyNames(at: frame.position) {
            listing = DirectoryStream.Listing(of: names)
        } else {
            do throws(SystemCallError) {
                listing = try stream.listing(path: directory.path.description)
            } catch {
                throw walk.unreadable(directory.path, error)
            }
        }
        met += listing.names.count
        if frame.verdict == .root { directory.reserve(listing) }
        path = directory.path.bytes
        if !path.isEmpty { path.append(BytePath.slash) }
        let nameStart = path.count
        defer { directory.sort() }
        try listing.bytes.withUnsafeBufferPointer { bytes in
            for name in listing.names {
                if crew.mustStop { return }
                let text = UnsafeBufferPointer(rebasing: bytes[name.range])
                if text.hasPrefix(ContextWalk.temporaryPrefix) { continue }
                path.removeLast(path.count - nameStart)
                path.append(contentsOf: text)
                if walk.ownFiles.contains(where: { $0.bytes == path }) { continue }
                let verdict = path.withUnsafeBufferPointer {
                    walk.matcher.verdict(on: $0, nameStart: nameStart, parent: frame.verdict)
                }
                if verdict.isExcluded, name.type != DT_DIR, name.type != DT_UNKNOWN { continue }
                let position = path.withUnsafeBufferPointer {
                    walk.reads.position(of: $0, nameStart: nameStart, parent: frame.position)
                }
                if !position.canHoldRead { continue }
                if name.type == DT_DIR {
                    // Its status is taken when it is opened, from what was opened.
                    leave(text, verdict, position)
                } else {
                    try take(text, verdict, position, in: stream)
                }
            }
        }
    }

    /// - Parameter name: With a zero byte right after it.
    private func take(
        _ name: UnsafeBufferPointer<UInt8>, _ verdict: IgnoreMatcher.Verdict,
        _ position: ReadScope.Position, in stream: DirectoryStream
    ) throws {
        // No name is empty.
        let terminated = UnsafeRawPointer(name.baseAddress!).assumingMemoryBound(to: CChar.self)
        var raw = stat()
        guard fstatat(stream.descriptor, terminated, &raw, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return }
            let failure = SystemCallError.last("stat", "")
            throw walk.unreadable(BytePath(bytes: path), failure)
        }
        let status = FileStatus(raw)
        let directory = frames[frames.count - 1].directory
        switch status.kind {
        case .directory: leave(name, verdict, position)
        case .symbolicLink where !verdict.isExcluded:
            let target: [UInt8]
            do throws(SystemCallError) {
                target = try OpenFile.linkTarget(terminated, in: stream.descriptor, path: "")
            } catch {
                if error.errno == .noSuchFileOrDirectory { return }
                throw InputsMoved(path: BytePath(bytes: path))
            }
            directory.list()
            directory.add(name: name, status: status, target: target)
            links += walk.reads.reads(through: target, at: BytePath(bytes: path), position)
        default:
            if verdict.isExcluded || !position.isRead { return }
            if status.kind != .file { try refuseAttributes(of: terminated, in: stream) }
            directory.list()
            directory.add(name: name, status: status)
        }
    }

    /// FIFOs, sockets and devices can have access lists, which builders give to what they make of them.
    private func refuseAttributes(of name: UnsafePointer<CChar>, in stream: DirectoryStream) throws {
        let path = BytePath(bytes: path)
        let hasAny: Bool
        do throws(SystemCallError) {
            hasAny = try ExtendedAttributes.are(on: name, in: stream.descriptor, path: path.description)
        } catch {
            // It vanished meanwhile.
            if error.errno == .noSuchFileOrDirectory { return }
            throw walk.unreadable(path, error)
        }
        if hasAny { throw walk.hasAttributes(path) }
    }

    /// Leaves a directory below the last frame for later, if anything in it can be in.
    private func leave(
        _ name: UnsafeBufferPointer<UInt8>, _ verdict: IgnoreMatcher.Verdict, _ position: ReadScope.Position
    ) {
        if walk.onlyLinks, position.live.isEmpty { return }
        let mustEnter = path.withUnsafeBufferPointer {
            walk.matcher.canContainIncluded(directory: $0, verdict: verdict)
                || walk.matcher.namesException(below: $0)
        }
        if !mustEnter { return }
        let parent = frames[frames.count - 1].directory
        let directory = WalkedDirectory(
            path: BytePath(bytes: Array(path)), status: FileStatus(stat()),
            isPassedOnly: !position.isRead && !walk.reads.keepsParents(at: position),
            isExcluded: verdict.isExcluded, parent: parent)
        made.append(directory)
        parent.add(directory, name: name)
        frames[frames.count - 1].pending.append(
            Pending(
                directory: directory, name: name.map(CChar.init(bitPattern:)) + [0], verdict: verdict,
                position: position))
    }
}
