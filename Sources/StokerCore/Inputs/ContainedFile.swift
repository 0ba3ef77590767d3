import Glibc
public import SystemPackage

/// Opens a file below a root and follows symbolic links only as long as they stay below it, as the
/// builders do: a project that was cloned must not be able to read the machine.
struct ContainedFile {
    enum Failure: Error {
        /// There is nothing of that name.
        case missing
        /// There is a link, and it leads to nothing.
        case dangling
        /// A link leads out of the root, or is absolute.
        case leavesRoot
        case tooManyLinks
        case notRegular
        case tooLong
        case system(SystemCallError)
    }

    let root: FilePath
    /// Whether an absolute link is followed that leads below the root, as the docker client follows one to a
    /// Dockerfile.
    var allowsAbsoluteLinks = false

    /// The root in which links of `file` have to stay: the context if the file is in it, else its folder.
    static func root(of file: FilePath, context: FilePath) -> (root: FilePath, path: BytePath) {
        if let inside = BytePath(of: file, in: context) { return (context, inside) }
        let folder = file.removingLastComponent()
        return (folder, BytePath(of: file, in: folder) ?? .root)
    }

    /// The file's bytes; only a regular file will do.
    ///
    /// - Parameter limit: In bytes.
    /// - Returns: `nil` when it is missing.
    /// - Throws: `StokerError` (`badInput`).
    static func read(
        _ file: FilePath, context: FilePath, limit: Int, allowsAbsoluteLinks: Bool = false
    ) throws(StokerError) -> [UInt8]? {
        let (root, path) = root(of: file, context: context)
        func refuse(_ cause: String, _ nextStep: String) -> StokerError {
            StokerError(.badInput, "cannot read \(file)", cause: cause, nextStep: nextStep)
        }
        do throws(Failure) {
            let opened = try ContainedFile(root: root, allowsAbsoluteLinks: allowsAbsoluteLinks).open(path)
            let kind: FileStatus.Kind
            let contents: [UInt8]?
            do throws(SystemCallError) {
                kind = try opened.status(path: file.string).kind
                contents = kind == .file ? try opened.contents(limit: limit, path: file.string) : nil
            } catch { throw .system(error) }
            guard kind == .file else { throw .notRegular }
            guard let bytes = contents else { throw .tooLong }
            return bytes
        } catch {
            switch error {
            case .missing: return nil
            case .notRegular: throw refuse("it is not a regular file", "put a regular file in its place")
            case .tooLong: throw refuse("it is longer than \(limit >> 20) MiB", "shorten it")
            case .dangling: throw refuse("it is a link to nothing", "remove the link or make its target")
            case .leavesRoot:
                throw refuse("it is a link out of \(root)", "put the file itself there, or a relative link")
            case .tooManyLinks: throw refuse("it is a chain of too many links", "put the file itself there")
            case .system(let error) where error.errno == .tooManySymbolicLinkLevels:
                let words = ResolvedPath.words(onLinkAt: root)
                throw refuse(words.cause, words.nextStep)
            case .system(let error): throw refuse(error.errno.description, "make it readable")
            }
        }
    }

    func open(_ path: BytePath) throws(Failure) -> OpenFile {
        do {
            return try follow(path)
        } catch let failure as Failure {
            throw failure
        } catch let error as SystemCallError {
            throw .system(error)
        } catch {
            // The one error left says that a folder on the way is missing.
            throw .missing
        }
    }

    private func follow(_ path: BytePath) throws -> OpenFile {
        let top: OpenFile
        do throws(SystemCallError) { top = try OpenFile.directory(at: root) } catch {
            throw error.errno == .noSuchFileOrDirectory ? Failure.missing : Failure.system(error)
        }
        let cursor = DirectoryCursor(root: top.descriptor)
        var pending = path.components.map(Array.init)
        // How many of them the path itself has still to give; the others come from links. `d/file` is missing,
        // not dangling, when `d` is a link to a folder without it.
        var own = pending.count
        var resolved: [[UInt8]] = []
        var links = 0
        while !pending.isEmpty {
            let isOwn = pending.count == own
            if isOwn { own -= 1 }
            let name = pending.removeFirst()
            if name == Array(".".utf8) { continue }
            if name == Array("..".utf8) {
                guard resolved.popLast() != nil else { throw Failure.leavesRoot }
                continue
            }
            let folder: OpenFile
            do {
                folder = try cursor.open(BytePath(bytes: Array(resolved.joined(separator: [BytePath.slash]))))
            } catch is InputsMoved { throw isOwn ? Failure.missing : Failure.dangling }
            guard let target = try linkTarget(name, in: folder.descriptor, isFollowed: !isOwn) else {
                if pending.isEmpty { return try openLast(name, in: folder.descriptor) }
                resolved.append(name)
                continue
            }
            links += 1
            if links > 40 { throw Failure.tooManyLinks }
            var names = target.split(separator: BytePath.slash).map(Array.init)
            if target.first == BytePath.slash {
                names = try belowRoot(names)
                resolved = []
            }
            pending = names + pending
        }
        // The path or a link's target was a folder.
        return try cursor.open(BytePath(bytes: Array(resolved.joined(separator: [BytePath.slash]))))
    }

    /// What an absolute path names below the root, by its text alone.
    private func belowRoot(_ names: [[UInt8]]) throws(Failure) -> [[UInt8]] {
        let own = root.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
            .split(separator: BytePath.slash).map(Array.init)
        guard allowsAbsoluteLinks, names.starts(with: own), !names.contains(Array("..".utf8)) else {
            throw .leavesRoot
        }
        return Array(names.dropFirst(own.count))
    }

    /// `nil` when it is no link.
    private func linkTarget(_ name: [UInt8], in folder: Int32, isFollowed: Bool) throws(Failure) -> [UInt8]? {
        do throws(SystemCallError) {
            return try withTerminated(name) { name throws(SystemCallError) in
                try OpenFile.linkTarget(name, in: folder, path: root.string)
            }
        } catch {
            switch error.errno {
            case .invalidArgument: return nil
            case .noSuchFileOrDirectory: throw isFollowed ? .dangling : .missing
            default: throw .system(error)
            }
        }
    }

    private func openLast(_ name: [UInt8], in folder: Int32) throws(SystemCallError) -> OpenFile {
        try withTerminated(name) { name throws(SystemCallError) in
            try OpenFile.open(name, in: folder, flags: O_RDONLY | O_NONBLOCK, path: root.string)
        }
    }
}

extension BytePath {
    /// The path of `file` below `folder`, by their texts alone; `nil` when it is not below it.
    public init?(of file: FilePath, in folder: FilePath) {
        var components = file.lexicallyNormalized().components[...]
        let parents = folder.lexicallyNormalized().components
        guard file.isAbsolute == folder.isAbsolute, components.starts(with: parents) else { return nil }
        components.removeFirst(parents.count)
        guard !components.isEmpty else { return nil }
        let names = components.map { component in
            component.withPlatformString { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        }
        self.init(bytes: Array(names.joined(separator: [BytePath.slash])))
    }
}
