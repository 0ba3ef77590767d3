import CLinux
import Glibc
import StokerCore

/// The moment between the start of our own program by itself and its becoming a leased command, or that one's guard.
public enum LeasedStart {
    /// The first argument of a program that is to become a command; no command line of a person's begins so.
    private static let word = "--become-leased-command"

    /// As a shell has them.
    private static let notFound: Int32 = 127
    private static let notExecutable: Int32 = 126

    /// The descriptors that were open when it was first asked for: what the person passes on to the command.
    public static let inherited = openDescriptors()

    static func words(program: String, gate: Int32, command: [[UInt8]]) -> [[UInt8]] {
        let passed = inherited.map { "\($0)" }.joined(separator: ",")
        return [program, word, "\(getpid())", "\(gate)", passed].map { Array($0.utf8) } + command
    }

    /// To be called first of all in a program that runs leased commands: it is started by itself, to become the command
    /// and to guard it. Returns if this is no such start.
    public static func takeRoleIfAsked() {
        becomeCommandIfAsked()
        LeaseGuard.guardIfAsked()
    }

    private static func becomeCommandIfAsked() {
        guard CommandLine.argc > 5, let first = CommandLine.unsafeArgv[1], strcmp(first, word) == 0,
            let parent = number(2), let gate = number(3), let passed = CommandLine.unsafeArgv[4]
        else { return }
        // Both in this order: a parent that died before the first is seen by the second.
        guard stoker_die_with_parent() == 0, getppid() == parent else { _exit(notExecutable) }
        var byte: UInt8 = 0
        while true {
            let count = read(gate, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            // Whoever should have opened the gate has died, or will not have it.
            guard count == 1 else { _exit(notExecutable) }
            break
        }
        // Not every library of ours opens what is closed by itself here; and the gate has been passed.
        let kept = Set(String(cString: passed).split(separator: ",").compactMap { Int32($0) })
        for descriptor in openDescriptors() where !kept.contains(descriptor) { close(descriptor) }
        // Their bytes as they came, which need not be UTF-8.
        let words = CommandLine.unsafeArgv + 5
        // More than five were counted.
        let program = words[0]!
        execvp(program, words)
        let failure = errno
        let name = String(cString: program)
        let error = StokerError(
            .usage, "cannot run \(name.plain())", cause: String(cString: strerror(failure)),
            nextStep: failure == ENOENT
                ? "check its name and the PATH" : "make it executable, or name its interpreter")
        let line = Array("stoker: \(error)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        _exit(failure == ENOENT ? notFound : notExecutable)
    }

    private static func openDescriptors() -> [Int32] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        let own = dirfd(folder)
        var found: [Int32] = []
        while let next = readdir(folder) {
            let name = withUnsafeBytes(of: next.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let descriptor = Int32(name), descriptor != own { found.append(descriptor) }
        }
        return found
    }

    private static func number(_ index: Int) -> Int32? {
        CommandLine.unsafeArgv[index].flatMap { Int32(String(cString: $0)) }
    }
}
