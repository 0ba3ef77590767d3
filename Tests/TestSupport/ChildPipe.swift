public import Foundation
import Glibc

/// A way to or from a child of ours, of which no other child gets an end: Foundation's is inherited by whatever
/// another test begins meanwhile, and then does not end when it is closed.
public final class ChildPipe: Sendable {
    public let reading: FileHandle
    public let writing: FileHandle

    public init() {
        var ends: [Int32] = [-1, -1]
        // Not `pipe`, which cannot close its ends on exec from the first moment on (`pipe2` is not to be had here).
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        precondition(socketpair(AF_UNIX, type, 0, &ends) == 0, "no pair of sockets: \(errno)")
        reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }

    /// What comes up to the end of the first line, or up to the end of everything.
    public func readLine() -> String {
        var answer = ""
        while !answer.hasSuffix("\n") {
            let data = reading.availableData
            if data.isEmpty { break }
            answer += String(decoding: data, as: UTF8.self)
        }
        return answer
    }
}
