public import SystemPackage

/// Where an image's inputs lie, as the configuration, the Dockerfile and the ignore files say it now.
///
/// It holds as long as none of `decidingFiles` changes.
public struct InputPlan: Sendable, Equatable {
    public let image: ImageSettings
    /// The Dockerfile's bytes.
    public let dockerfile: [UInt8]
    /// The ignore file that decides over the build context; `nil` when there is none.
    public let ignoreFile: DecidingFile?
    /// The build context.
    public let main: InputScope
    /// The additional build contexts that are folders, by name.
    public let contexts: [String: InputScope]
    /// The Dockerfile and every place where an ignore file is or may come into being.
    public let decidingFiles: [FilePath]

    /// The longest Dockerfile, in bytes.
    static let dockerfileLimit = 16 << 20

    /// Reads the Dockerfile and the ignore files.
    ///
    /// - Parameter ownFiles: Stoker's lock, record and marker, absolute; wherever they lie in a context,
    ///   they are no inputs.
    /// - Throws: `StokerError` (`badInput`) when one is missing or cannot be read or understood.
    public init(image: ImageSettings, ownFiles: [FilePath] = []) throws(StokerError) {
        let dockerfile = try ContainedFile.read(
            image.dockerfile, context: image.context, limit: InputPlan.dockerfileLimit)
        guard let dockerfile else {
            throw StokerError(
                .badInput, "there is no Dockerfile at \(image.dockerfile)",
                nextStep: "create it, or name the right one as the image's dockerfile in stoker.yaml")
        }
        func scope(_ root: FilePath, _ ignore: IgnoreFile.Located?) -> InputScope {
            InputScope(
                root: root, matcher: ignore.map { IgnoreMatcher($0.file) } ?? .none,
                ownFiles: Set(ownFiles.compactMap { BytePath(of: $0, in: root) }))
        }
        var contexts: [String: InputScope] = [:]
        var deciding =
            [image.dockerfile] + IgnoreFile.places(dockerfile: image.dockerfile, context: image.context)
        for (name, context) in image.buildContexts {
            guard case .directory(let root) = context else { continue }
            contexts[name] = scope(root, try IgnoreFile.locate(namedContext: root))
            deciding.append(root.appending(".dockerignore"))
        }
        let ignore = try IgnoreFile.locate(dockerfile: image.dockerfile, context: image.context)
        self.image = image
        self.dockerfile = dockerfile
        ignoreFile = ignore.map { DecidingFile(path: $0.path, bytes: $0.bytes) }
        main = scope(image.context, ignore)
        self.contexts = contexts
        decidingFiles = deciding
    }
}

/// A file that was read for a plan.
public struct DecidingFile: Sendable, Equatable {
    public let path: FilePath
    public let bytes: [UInt8]
}
