extension FuzzTree {
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
}
