/// Text out of a Dockerfile in a message: on one line, and harmless to a terminal.
enum Shown {
    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let quoted = String(decoding: bytes.prefix(400), as: UTF8.self).quoted
        return "`\(quoted.dropFirst().dropLast())`"
    }
}
