import Glibc
import SystemPackage

/// The text of a configuration file, as it was read: UTF-8, bounded, not yet understood.
struct ConfigurationFile {
    let path: FilePath
    let text: String

    /// Bytes. A configuration of thousands of images fits; what is larger was put there by mistake or to
    /// harm, and would be parsed at each question.
    static let sizeLimit = 1 << 20

    init(path: FilePath, text: String) {
        self.path = path
        self.text = text
    }

    /// - Returns: `nil` when there is no such file.
    /// - Throws: `StokerError` (`badInput`) when it is there and cannot be used: no regular file, a symbolic
    ///   link, unreadable, too large, not UTF-8.
    init?(reading path: FilePath) throws {
        let descriptor: FileDescriptor
        do {
            // Non-blocking, since opening a FIFO that nobody writes to would wait for ever.
            descriptor = try FileDescriptor.open(
                path, .readOnly, options: [.closeOnExec, .noFollow, .nonBlocking])
        } catch Errno.noSuchFileOrDirectory {
            return nil
        } catch Errno.tooManySymbolicLinkLevels {
            throw Self.unusable(path, "it is a symbolic link")
        } catch Errno.noSuchAddressOrDevice {
            throw Self.unusable(path, "it is not a regular file")
        } catch let errno as Errno {
            throw SystemCallError("read", path.printable, errno: errno).stokerError(.badInput)
        }
        defer { try? descriptor.close() }
        let bytes = try Self.contents(of: descriptor, path: path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.invalidText(bytes, path: path)
        }
        self.path = path
        // Some editors begin a file with a byte order mark, which YAML allows and libyaml trips over.
        self.text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    private static func contents(of descriptor: FileDescriptor, path: FilePath) throws -> [UInt8] {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else {
            throw SystemCallError.last("read", path.printable).stokerError(.badInput)
        }
        switch FileStatus(status).kind {
        case .file: break
        case .directory: throw unusable(path, "it is a directory")
        default: throw unusable(path, "it is not a regular file")
        }
        // One byte more than is allowed tells a file that is too large, or grows, without trusting its size.
        var bytes = [UInt8](repeating: 0, count: min(Int(status.st_size), sizeLimit) + 1)
        var count = 0
        while true {
            do {
                let read = try bytes.withUnsafeMutableBytes {
                    try descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
                }
                if read == 0 { break }
                count += read
            } catch let errno as Errno {
                throw SystemCallError("read", path.printable, errno: errno).stokerError(.badInput)
            }
            if count > sizeLimit {
                throw unusable(path, "it is larger than \(sizeLimit) bytes", nextStep: "make it smaller")
            }
            if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: 4096)) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    private static func unusable(
        _ path: FilePath, _ cause: String, nextStep: String = "put a regular file in its place"
    ) -> StokerError {
        StokerError(.badInput, "cannot read \(path.printable)", cause: cause, nextStep: nextStep)
    }

    private static func invalidText(_ bytes: [UInt8], path: FilePath) -> StokerError {
        var line = 1
        var column = 1
        var codec = UTF8()
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = codec.decode(&iterator) {
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        return SourceLocation(file: path, line: line, column: column)
            .error("found a byte that is not UTF-8", nextStep: "save the file as UTF-8")
    }
}
