import Glibc
public import SystemPackage

extension IgnoreFile {
    /// An ignore file, where it was found, and what is in it.
    public typealias Located = (path: FilePath, bytes: [UInt8], file: IgnoreFile)

    /// Where an ignore file may be, the first that exists wins: `<Dockerfile>.dockerignore`, then
    /// `.dockerignore` in the context's root. A watcher needs both, since either may come into being.
    public static func places(dockerfile: FilePath, context: FilePath) -> [FilePath] {
        // By bytes: the Dockerfile's name need not be UTF-8.
        let beside = dockerfile.withPlatformString { name in
            let bytes = UnsafeBufferPointer(start: name, count: strlen(name))
            return FilePath(platformString: Array(bytes) + ".dockerignore".utf8CString)
        }
        let inContext = context.appending(fileName)
        return [beside, inContext]
    }

    /// Finds and reads the ignore file of a build.
    ///
    /// The builders follow a symbolic link inside the context and take one that leads out for a missing
    /// file or, the classic one, read what it names; here it is an error, as is a folder or a FIFO.
    ///
    /// - Returns: `nil` when there is none, and then nothing is left out.
    /// - Throws: `StokerError` (`badInput`) when it cannot be read, or not understood.
    public static func locate(
        dockerfile: FilePath, context: FilePath
    ) throws(StokerError) -> Located? {
        try first(of: places(dockerfile: dockerfile, context: context), context: context)
    }

    /// The ignore file of an additional build context: BuildKit honours a `.dockerignore` in its root.
    public static func locate(
        namedContext: FilePath
    ) throws(StokerError) -> Located? {
        try first(of: [namedContext.appending(fileName)], context: namedContext)
    }

    private static func first(
        of places: [FilePath], context: FilePath
    ) throws(StokerError) -> Located? {
        for place in places {
            guard let bytes = try ContainedFile.read(place, context: context, limit: 16 << 20) else {
                continue
            }
            return (place, bytes, try IgnoreFile(bytes, name: place.string))
        }
        return nil
    }
}
