import Glibc
public import SystemPackage

/// Lists a build context as the builder would send it.
///
/// - Excluded files are left out; a directory that is excluded is in when something below it is brought
///   back, as the builders send it. FIFOs, devices and sockets are in: of a socket BuildKit makes an empty file.
/// - Links are never followed, mount points are entered.
/// - Trees deeper than `PATH_MAX` work: every directory is opened from its parent. At most
///   `openDirectories` are held open for each worker; when one comes back to a directory that it had to
///   close, it opens the way to it again from the root and compares device and inode.
/// - Several workers list a large tree; what they find does not depend on which of them is faster.
/// - What vanishes during the walk is left out.
public struct ContextWalk: Sendable {
    static let openDirectories = 32
    /// Stoker's own temporary files, wherever they are.
    public static let temporaryPrefix: [UInt8] = Array(".stoker-tmp-".utf8)

    let root: FilePath
    let matcher: IgnoreMatcher
    let ownFiles: [BytePath]
    let reads: ReadScope
    let onlyLinks: Bool

    /// - Parameters:
    ///   - ownFiles: Left out whatever the ignore file says: lock, record, marker.
    ///   - reads: What else is left out, since the Dockerfile cannot read it.
    ///   - onlyLinks: Whether only those folders are entered in which a link would lead a source elsewhere.
    public init(
        root: FilePath, matcher: IgnoreMatcher = .none, ownFiles: Set<BytePath> = [],
        reads: ReadScope = .everything, onlyLinks: Bool = false
    ) {
        self.root = root
        self.matcher = matcher
        self.ownFiles = Array(ownFiles)
        self.reads = reads
        self.onlyLinks = onlyLinks
    }

    /// What a walk found.
    public struct Findings {
        public var tree: WalkedTree
        /// Sources that lead through links, where the rest of the way has not been walked. In byte order of
        /// the links.
        var links: [ReadScope.Continuation]

        /// In byte order of their whole paths.
        public var entries: [ContextEntry] { tree.entries }
    }

    /// - Throws: `StokerError` (`badInput`) when the root is no directory or a directory that is in cannot be
    ///   read, the first in byte order if there are several; `InputsMoved` when directories were moved about
    ///   so that the walk lost its way.
    public func findings() throws -> Findings {
        let directory = try rootDirectory()
        let status = try directory.status(path: root.string)
        let stream = try DirectoryStream(directory, path: root.string)
        let found = WalkedDirectory(path: .root, status: status, isPassedOnly: true, parent: nil)
        let crew = WalkCrew(walk: self, root: stream)
        let worker = WalkWorker(
            crew: crew,
            frame: WalkWorker.Frame(
                directory: found, verdict: .root, position: reads.root, stream: stream))
        worker.begin()
        worker.run()
        return try crew.finish(below: found)
    }

    private func rootDirectory() throws -> OpenFile {
        do throws(SystemCallError) {
            return try OpenFile.directory(at: root)
        } catch {
            if error.errno == .tooManySymbolicLinkLevels {
                let words = ResolvedPath.words(onLinkAt: root)
                throw StokerError(
                    .badInput, words.cause, cause: "it was none when the configuration was read",
                    nextStep: words.nextStep)
            }
            let isMissing = error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory
            throw StokerError(
                .badInput, isMissing ? "there is no build context at \(root)" : "cannot read \(root)",
                cause: isMissing ? nil : error.errno.description,
                nextStep: isMissing
                    ? "name an existing folder as the image's context" : "make the folder readable")
        }
    }

    /// - Throws: `StokerError` (`badInput`) when the patterns have cost more work than a walk may take, so that what it
    ///   has found says nothing.
    func checkEffort() throws(StokerError) {
        if matcher.isExhausted {
            throw costly(
                "the patterns of \(matcher.name)", nextStep: "shorten the file: remove what is not needed")
        }
        if let line = reads.exhaustedLine {
            throw costly(
                "the --exclude patterns of line \(line) of the Dockerfile",
                nextStep: "shorten them, or move them to \(matcher.name)")
        }
    }

    private func costly(_ patterns: String, nextStep: String) -> StokerError {
        StokerError(
            .badInput, "cannot try \(patterns) on the build context \(root)",
            cause: "they have so many wildcards that it would take minutes",
            nextStep: nextStep + ", and write names in full where you can")
    }

    func hasAttributes(_ path: BytePath) -> StokerError {
        StokerError(
            .badInput, "\(path) in the build context \(root) has an access control list",
            cause: "Stoker copies those of files and folders alone",
            nextStep: "remove it with setfacl -b, or add the path to \(matcher.name)")
    }

    func unreadable(_ path: BytePath, _ error: SystemCallError) -> StokerError {
        let shown = path.isRoot ? root.string : path.description
        return StokerError(
            .badInput, "cannot read \(shown) in the build context \(root)", cause: error.errno.description,
            nextStep: "make it readable or add it to \(matcher.name)")
    }
}
