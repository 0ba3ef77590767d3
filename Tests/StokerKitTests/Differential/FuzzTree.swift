import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage

/// A random build context on disk. Paths are bytes below its root.
struct FuzzTree {
    let root: FilePath
    /// For contents alone, so that no two runs share a builder's cache while their shapes repeat.
    private var contents: FuzzRandom
    /// Whether all files have one time and few sizes, as `git archive | tar x` leaves them: where the builder looks at
    /// size and time alone, it takes one for another.
    let isUniform: Bool

    /// Years ago, so that a time out of the tree is never taken for one of a build.
    static let oldest = 1_500_000_000
    static let newest = 1_700_000_000
    /// That of every file of a uniform tree, in all rounds.
    static let commonTime: Int64 = 1_600_000_000_000_000_000

    static let plainNames = ["a", "b", "c.txt", "lib", "src", "x1", "x2", "main.py", "A", "amd64", "arm64"]
        .map { Array($0.utf8) }
    static let oddNames: [[UInt8]] =
        [
            "d e", "ü", "u\u{308}", "[a]", "*", "x*y", "a?", "b\\c", "!n", "#h", "n\nl", "-x", ".hid", "$v",
            "q'q",
            "q\"q", "{x}", "a,b", "..x", "tab\tx", "<<E", "B", "C.TXT", "^a", "~", "a=b", "EOF", "<<EOF",
        ].map { Array($0.utf8) } + [[0x66, 0xFF], [0xFF, 0xFE], [0xC3]]

    init(root: FilePath, salt: UInt64 = .random(in: .min ... .max), isUniform: Bool = false) {
        self.root = root
        self.isUniform = isUniform
        contents = FuzzRandom(seed: salt)
    }

    /// What it may be filled with besides files, folders and links.
    struct Kinds {
        /// The legacy builder waits for ever at a FIFO that it copies.
        var hasFIFOs: Bool
        var hasSockets: Bool
        var hasAttributes: Bool
    }

    mutating func fill(_ random: inout FuzzRandom, _ kinds: Kinds) {
        fill([], depth: 0, &random)
        if entries.filter({ $0.status.kind == .file }).count < 2 {
            for name in FuzzTree.plainNames.prefix(3) { writeFile(name, &random) }
        }
        for _ in 0..<random.number(in: 0..<4) { addLink(&random) }
        if random.chance(1, in: 4) { addHardLink(&random) }
        if random.chance(1, in: 12), kinds.hasFIFOs { addNode(S_IFIFO, &random) }
        if random.chance(1, in: 8), kinds.hasSockets { addNode(S_IFSOCK, &random) }
        if random.chance(1, in: 6) { addArchive(&random) }
        if random.chance(1, in: 6) { for _ in 0..<3 { changeOwner(&random) } }
        if kinds.hasAttributes { for _ in 0..<3 { changeAttribute(&random) } }
    }

    private mutating func fill(_ folder: [UInt8], depth: Int, _ random: inout FuzzRandom) {
        for _ in 0..<random.number(in: depth == 0 ? 3..<7 : 0..<4) {
            let path = FuzzTree.join(folder, FuzzTree.name(&random))
            if status(path) != nil { continue }
            if depth < 4, random.chance(2, in: 5) {
                makeFolder(path, &random)
                fill(path, depth: depth + 1, &random)
            } else {
                writeFile(path, &random)
            }
        }
        if !folder.isEmpty { setRandomTime(folder, &random) }
    }

    static func name(_ random: inout FuzzRandom) -> [UInt8] {
        (random.chance(3, in: 4) ? random.pick(plainNames) : random.pick(oddNames)) ?? [0x61]
    }

    static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
        folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
    }

    // MARK: What is there

    /// In byte order.
    var entries: [ContextEntry] { (try? ContextWalk(root: root).findings().entries) ?? [] }

    /// What edits may touch: not the Dockerfile and the ignore file, which are regular files in every round. What
    /// else they could be is an error of its own.
    var loose: [ContextEntry] {
        entries.filter { entry in
            let first = entry.path.components.first.map { String(decoding: $0, as: UTF8.self) }
            return !["Dockerfile", "Dockerfile.dockerignore", ".dockerignore", "df"].contains(first)
        }
    }

    var files: [[UInt8]] { paths(.file) }
    var folders: [[UInt8]] { paths(.directory) }
    var links: [[UInt8]] { paths(.symbolicLink) }

    private func paths(_ kind: FileStatus.Kind) -> [[UInt8]] {
        loose.filter { $0.status.kind == kind }.map(\.path.bytes)
    }

    func cString(_ path: [UInt8]) -> [CChar] {
        (Array(root.string.utf8) + [UInt8(ascii: "/")] + path + [0]).map(CChar.init(bitPattern:))
    }

    func status(_ path: [UInt8]) -> FileStatus? {
        var raw = stat()
        return lstat(cString(path), &raw) == 0 ? FileStatus(raw) : nil
    }

    // MARK: Making

    mutating func writeFile(_ path: [UInt8], _ random: inout FuzzRandom) {
        let size =
            isUniform
            ? random.one(of: 8, 8, 8, 40)
            : random.chance(1, in: 6) ? 0 : random.number(in: 1..<(random.chance(1, in: 8) ? 9000 : 200))
        write(path, contents.bytes(size), mode: FuzzTree.fileMode(&random))
        setRandomTime(path, &random)
    }

    func content(_ path: [UInt8]) -> [UInt8] {
        let file = try? HeldFile(
            String(decoding: cString(path).dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self), O_RDONLY)
        return (try? file?.readAll(limit: 1 << 20)) ?? []
    }

    mutating func newBytes(_ count: Int) -> [UInt8] { contents.bytes(count) }

    func write(_ path: [UInt8], _ bytes: [UInt8], mode: mode_t? = nil) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let descriptor = open(cString(path), flags, 0o644)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        precondition(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        if let mode { fchmod(descriptor, mode) }
    }

    func makeFolder(_ path: [UInt8], _ random: inout FuzzRandom) {
        mkdir(cString(path), 0o755)
        chmod(cString(path), FuzzTree.folderMode(&random))
    }

    /// A test that is not root must still be able to read what it made.
    static func fileMode(_ random: inout FuzzRandom) -> mode_t {
        let bits = mode_t(random.one(of: 0o644, 0o755, 0o600, 0o444, random.number(in: 0..<0o10000)))
        return geteuid() == 0 ? bits : bits | 0o600
    }

    static func folderMode(_ random: inout FuzzRandom) -> mode_t {
        let bits = mode_t(random.one(of: 0o755, 0o755, 0o700, random.number(in: 0..<0o10000)))
        return geteuid() == 0 ? bits : bits | 0o700
    }

    func setTime(_ path: [UInt8], _ nanoseconds: Int64) {
        let second: Int64 = 1_000_000_000
        let time = timespec(tv_sec: Int(nanoseconds / second), tv_nsec: Int(nanoseconds % second))
        utimensat(AT_FDCWD, cString(path), [time, time], AT_SYMLINK_NOFOLLOW)
    }

    func setRandomTime(_ path: [UInt8], _ random: inout FuzzRandom) {
        if isUniform { return setTime(path, FuzzTree.commonTime) }
        let seconds = random.number(in: FuzzTree.oldest..<FuzzTree.newest)
        setTime(path, Int64(seconds) * 1_000_000_000 + Int64(random.number(in: 0..<1_000_000_000)))
    }

    func addLink(_ random: inout FuzzRandom) {
        let path = freePath(&random)
        var target = [CChar](repeating: 0, count: 1)
        target = (linkTarget(for: path, &random) + [0]).map(CChar.init(bitPattern:))
        if symlink(target, cString(path)) == 0 { setRandomTime(path, &random) }
    }

    /// Relative, absolute, upwards out of the context, to nothing, to folders, to links, to itself.
    func linkTarget(for path: [UInt8], _ random: inout FuzzRandom) -> [UInt8] {
        let other = random.pick(entries)?.path.bytes ?? Array("a".utf8)
        let depth = path.split(separator: UInt8(ascii: "/")).count - 1
        let up = Array(String(repeating: "../", count: depth).utf8)
        switch random.number(in: 0..<10) {
        case 0...3: return up + other
        case 4: return [UInt8(ascii: "/")] + other
        case 5: return up + Array("../outside/secret".utf8)
        case 6: return Array(random.one(of: "nowhere", "/etc/hostname", "..", ".", "../..", "/").utf8)
        case 7: return Array(path.split(separator: UInt8(ascii: "/")).last ?? [])
        case 8: return Array("./".utf8) + up + other + [UInt8(ascii: "/")]
        default: return other
        }
    }

    func addHardLink(_ random: inout FuzzRandom) {
        guard let file = random.pick(files) else { return }
        link(cString(file), cString(freePath(&random)))
    }

    /// - Parameter kind: `S_IFIFO` or `S_IFSOCK`.
    func addNode(_ kind: mode_t, _ random: inout FuzzRandom) {
        let path = freePath(&random)
        if mknod(cString(path), kind | 0o644, 0) == 0 { setRandomTime(path, &random) }
    }

    /// No builder keeps owners; root alone can change them.
    func changeOwner(_ random: inout FuzzRandom) {
        guard geteuid() == 0, let entry = random.pick(loose) else { return }
        let mode = mode_t(entry.status.permissions)
        let owner = random.one(of: 0, 1000, 65_534)
        lchown(cString(entry.path.bytes), uid_t(owner), gid_t(owner))
        // A change of the owner takes set-uid away.
        if entry.status.kind != .symbolicLink { chmod(cString(entry.path.bytes), mode) }
    }

    /// Where nothing is.
    func freePath(_ random: inout FuzzRandom) -> [UInt8] {
        let folder = random.chance(1, in: 2) ? [] : random.pick(folders) ?? []
        for _ in 0..<20 {
            let path = FuzzTree.join(folder, FuzzTree.name(&random))
            if status(path) == nil { return path }
        }
        return FuzzTree.join(folder, Array("free\(random.number(in: 0..<1_000_000))".utf8))
    }

    func remove(_ path: [UInt8]) {
        // Never the root itself, whatever went wrong.
        precondition(!path.isEmpty)
        FileTree.remove(FilePath(platformString: cString(path)))
    }
}
