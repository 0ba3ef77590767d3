import Crypto
import Glibc
public import SystemPackage

/// What another program computes of a project's files to know whether its image is up to date: SHA-256 over the
/// contents of some files, one after the other.
///
/// Missing files are left out, and so is what is no file. The files of a wildcard come in directory order and with
/// those whose names begin with a dot, as Python's `Path.glob` has them. Links are followed inside the project.
public struct BuildHashRecipe: Sendable, Equatable {
    public struct Source: Sendable, Equatable {
        /// Below the project's folder.
        public var folder: BytePath
        /// A file's name, or a pattern as fnmatch(3) has it, without escapes.
        public var name: String

        public init(folder: BytePath, name: String) { (self.folder, self.name) = (folder, name) }

        var isPattern: Bool { BuildHashRecipe.hasWildcard(name) }
    }

    /// What the files came to at one moment.
    public struct Reading: Sendable, Equatable {
        public var hash: ContentDigest
        /// By their real paths, in the order in which they were read.
        var files: [(path: FilePath, digest: ContentDigest)]

        public static func == (left: Reading, right: Reading) -> Bool {
            left.hash == right.hash && left.files.elementsEqual(right.files, by: ==)
        }
    }

    /// The project's folder, free of symbolic links.
    public let root: FilePath
    public let sources: [Source]

    public init(root: FilePath, sources: [Source]) { (self.root, self.sources) = (root, sources) }

    public static func hasWildcard(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

    /// - Throws: `StokerError` (`badInput`) for a file that is there and cannot be read.
    public func read() throws(StokerError) -> Reading {
        var whole = SHA256()
        var files: [(path: FilePath, digest: ContentDigest)] = []
        for source in sources {
            for name in try names(of: source) {
                let path = source.folder.appending(name: name)
                guard let digest = try add(path, to: &whole) else { continue }
                let place = withTerminated(path.bytes) { root.pushing(FilePath(platformString: $0)) }
                files.append(((try? place.resolvingSymbolicLinks()) ?? place, digest))
            }
        }
        return Reading(hash: ContentDigest(whole.finalize()), files: files)
    }

    private func names(of source: Source) throws(StokerError) -> [[UInt8]] {
        guard source.isPattern else { return [Array(source.name.utf8)] }
        guard let folder = try open(source.folder) else { return [] }
        do throws(SystemCallError) {
            guard try folder.status(path: "\(source.folder)").kind == .directory else { return [] }
            let stream = try DirectoryStream(folder, path: "\(source.folder)")
            let listing = try stream.listing(path: "\(source.folder)")
            return listing.names.map { Array(listing.bytes[$0.range]) }.filter { name in
                withTerminated(name) { fnmatch(source.name, $0, FNM_NOESCAPE) == 0 }
            }
        } catch {
            throw refusal(of: source.folder, error.errno.description)
        }
    }

    /// The content's digest; `nil` when there is no such file.
    private func add(_ path: BytePath, to whole: inout SHA256) throws(StokerError) -> ContentDigest? {
        guard let file = try open(path) else { return nil }
        do throws(SystemCallError) {
            guard try file.status(path: "\(path)").kind == .file else { return nil }
            var own = SHA256()
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 64)
            defer { buffer.deallocate() }
            while case let count = try file.read(into: buffer, path: "\(path)"), count > 0 {
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                own.update(bufferPointer: bytes)
                whole.update(bufferPointer: bytes)
            }
            return ContentDigest(own.finalize())
        } catch {
            throw refusal(of: path, error.errno.description)
        }
    }

    private func open(_ path: BytePath) throws(StokerError) -> OpenFile? {
        do throws(ContainedFile.Failure) {
            return try ContainedFile(root: root).open(path)
        } catch {
            switch error {
            case .missing, .dangling, .notRegular: return nil
            case .leavesRoot: throw refusal(of: path, "it is a link out of \(root)")
            case .tooManyLinks: throw refusal(of: path, "it is a chain of too many links")
            case .tooLong: return nil
            case .system(let error):
                if [.noSuchAddressOrDevice, .notDirectory].contains(error.errno) { return nil }
                throw refusal(of: path, error.errno.description)
            }
        }
    }

    private func refusal(of path: BytePath, _ cause: String) -> StokerError {
        StokerError(
            .badInput, "cannot read \(path) for the build hash", cause: cause,
            nextStep: "make it readable, or take it out of the image's build-hash in stoker.yaml")
    }
}

extension BuildHashRecipe.Reading {
    /// Whether those of the files that are inputs of the image had these contents in `inputs`.
    ///
    /// Otherwise the hash would tell another program that an image is up to date which was built from others.
    public func agrees(with inputs: Inputs, of image: ImageSettings) -> Bool {
        var contexts = [(root: image.context, entries: inputs.entries)]
        for case (let name, .directory(let root)) in image.buildContexts {
            if case .entries(let entries) = inputs.contexts[name] { contexts.append((root, entries)) }
        }
        let dockerfile = try? image.foundDockerfile.resolvingSymbolicLinks()
        return files.allSatisfy { file in
            if file.path == dockerfile, ContentDigest(SHA256.hash(data: inputs.dockerfile)) != file.digest {
                return false
            }
            return contexts.allSatisfy { context in
                guard let path = BytePath(of: file.path, in: context.root),
                    let entry = context.entries.entry(at: path)
                else { return true }
                return entry.kind == .file(file.digest)
            }
        }
    }
}

extension [InputEntry] {
    /// - Precondition: In byte order of their paths.
    fileprivate func entry(at path: BytePath) -> InputEntry? {
        var range = indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if self[middle].path == path { return self[middle] }
            range =
                self[middle].path < path ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}
