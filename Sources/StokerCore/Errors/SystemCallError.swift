import Glibc
public import SystemPackage

/// A system call that failed, with the path that it was for.
public struct SystemCallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call's name: `open`, `rename`.
    public let call: String
    /// What it was called on, as a person would name it.
    public let path: String
    public let errno: Errno

    public init(_ call: String, _ path: String, errno: Errno) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// The failure of the call that was made last on this thread.
    public static func last(_ call: String, _ path: String) -> SystemCallError {
        SystemCallError(call, path, errno: Errno(rawValue: Glibc.errno))
    }

    public var description: String { "cannot \(call) \(path): \(errno.description)" }

    /// The same failure for a person, with a next step where the error number suggests one.
    public func stokerError(_ code: StokerError.Code, nextStep: String? = nil) -> StokerError {
        StokerError(
            code, "cannot \(call) \(path)", cause: errno.description, nextStep: nextStep ?? advice)
    }

    private var advice: String? {
        switch errno {
        case .noSpace, .diskQuotaExceeded: "free some space on that file system and run the command again"
        case .readOnlyFileSystem: "make the file system writable"
        case .permissionDenied, .notPermitted: "give yourself access to it"
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "raise the limit of open files (ulimit -n)"
        case .tooManySymbolicLinkLevels:
            "see which folder on the way has become a symbolic link, and run the command again"
        case .ioError: "look into the kernel's log (dmesg) for what is wrong with the disk"
        case .noLocks: "name a file on a file system that has locks as the image's lock in stoker.yaml"
        default: nil
        }
    }
}
