import Glibc
import StokerCore
@testable import StokerKit
import SystemPackage

/// A random build context on disk. Paths are bytes below its root.
struct FuzzTree {
    let root: FilePath
    /// For contents alone, so that no two runs share a builder's cache while their shapes repeat.
    private var contents: FuzzRandom

    /// Years ago, so that a time out of the tree is never taken for one of a build.
    static let oldest = 1_500_000_000
    static let newest = 1_700_000_000

    static let plainNames = ["a", "b", "c.txt", "lib", "src", "x1", "x2", "main.py", "A"].map {
        Array($0.utf8)
    }
    static let oddNames: [[UInt8]] =
        [
            "d e", "ü", "u\u{308}", "[a]", "*", "x*y", "a?", "b\\c", "!n", "#h", "n\nl", "-x", ".hid", "$v",
            "q'q",
            "q\"q", "{x}", "a,b", "..x", "tab\tx", "<<E", "B", "C.TXT", "^a", "~", "a=b",
        ].map { Array($0.utf8) } + [[0x66, 0xFF], [0xFF, 0xFE], [0xC3]]

    init(root: FilePath, salt: UInt64) {
        self.root = root
        contents = FuzzRandom(seed: salt)
    }

    /// - Parameter hasFIFOs: The legacy builder waits for ever at a FIFO that it copies.
    mutating func fill(_ random: inout FuzzRandom, hasFIFOs: Bool) {
        fill([], depth: 0, &random)
        if entries.filter({ $0.status.kind == .file }).count < 2 {
            for name in FuzzTree.plainNames.prefix(3) { writeFile(name, &random) }
        }
        for _ in 0..<random.number(in: 0..<4) { addLink(&random) }
        if random.chance(1, in: 4) { addHardLink(&random) }
        if random.chance(1, in: 12), hasFIFOs { addFIFO(&random) }
        if random.chance(1, in: 6) { addArchive(&random) }
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
        let size = random.chance(1, in: 6) ? 0 : random.number(in: 1..<(random.chance(1, in: 8) ? 9000 : 200))
        write(path, contents.bytes(size), mode: FuzzTree.fileMode(&random))
        setRandomTime(path, &random)
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

    func addFIFO(_ random: inout FuzzRandom) { mkfifo(cString(freePath(&random)), 0o644) }

    /// A tar archive, which ADD takes apart.
    mutating func addArchive(_ random: inout FuzzRandom) {
        let bytes = newBytes(16)
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put("in/tar.txt", 0)
        put("0000640", 100)
        put("0000000", 108)
        put("0000000", 116)
        put("00000000020", 124)
        put("13000000000", 136)
        put("        ", 148)
        put("0", 156)
        put("ustar\u{0}00", 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        put(String(repeating: "0", count: 6 - digits.count) + digits + "\u{0} ", 148)
        let padding = [UInt8](repeating: 0, count: 496 + 1024)
        let path = Array("x.tar".utf8)
        write(path, header + bytes + padding, mode: 0o644)
        setRandomTime(path, &random)
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
