import Foundation
import Glibc
import Synchronization

/// Writes files through a shell that starts no other program.
///
/// A descriptor of ours that is open for writing could be inherited by a child that another test begins
/// meanwhile. Until that runs its program, the kernel refuses to run the file, and its copy's end is one more
/// write to those who watch.
public final class FileWriter: Sendable {
    public enum Way: String, Sendable {
        /// Everything anew.
        case replacing = ">"
        case appending = ">>"
        /// Over the beginning; the rest stays.
        case over = "1<>"
    }

    public static let shared = FileWriter()

    private let commands = ChildPipe()
    private let answers = ChildPipe()
    private let turn = Mutex(())

    private init() {
        do {
            _ = try ChildProcess(
                ["sh"], input: .descriptor(commands.reading.fileDescriptor),
                output: .descriptor(answers.writing.fileDescriptor))
            // Theirs alone, so that a shell that ends is noticed.
            try commands.reading.close()
            try answers.writing.close()
        } catch {
            preconditionFailure("no shell to write files: \(error)")
        }
    }

    /// Opens the file, writes it and closes it; makes it where it is missing.
    ///
    /// - Parameter path: the bytes, without a NUL.
    public func write(_ text: some Collection<UInt8>, to path: some Collection<UInt8>, _ way: Way) {
        var command = Array("printf %b '".utf8)
        for byte in text {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                command.append(byte)
            default:
                // Three digits at most belong to it, so that one that follows does not.
                command += [UInt8(ascii: "\\"), UInt8(ascii: "0")]
                command += [6, 3, 0].map { UInt8(ascii: "0") + (byte >> $0) & 7 }
            }
        }
        command += Array("' \(way.rawValue) '".utf8)
        for byte in path {
            command += byte == UInt8(ascii: "'") ? Array(#"'\''"#.utf8) : [byte]
        }
        command += Array("'; echo $?\n".utf8)
        let answer = turn.withLock { _ in
            commands.writing.write(Data(command))
            return answers.readLine()
        }
        precondition(
            answer == "0\n", "cannot write \(String(decoding: Array(path), as: UTF8.self)): status \(answer)")
    }
}
