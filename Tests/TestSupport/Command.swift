public import Foundation
import Glibc

/// A program that has run to its end.
public struct Command: Sendable {
    /// The exit status, or 128 and the number of the signal that ended it.
    public let status: Int32
    public let output: String
    public let errors: String

    public init(
        _ words: String..., environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        try self.init(words, environment: environment)
    }

    public init(
        _ words: [String], environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws {
        // Files and not pipes: nothing has to be drained while it runs.
        let (output, errors) = (try Command.file(), try Command.file())
        status = try ChildProcess(
            words, environment: environment, output: .descriptor(output.fileDescriptor),
            errors: .descriptor(errors.fileDescriptor)
        ).wait()
        self.output = try Command.text(output)
        self.errors = try Command.text(errors)
    }

    /// Without a name, and closed on exec.
    private static func file() throws -> FileHandle {
        let path = FileManager.default.temporaryDirectory.appending(path: "stoker-command-\(UUID())").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        unlink(path)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func text(_ file: FileHandle) throws -> String {
        try file.seek(toOffset: 0)
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }
}
