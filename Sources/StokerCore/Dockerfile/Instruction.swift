/// One instruction of a Dockerfile, parsed as far as every builder does alike.
struct Instruction: Equatable {
    /// The instructions that can matter for what is read.
    enum Keyword: String {
        case add, arg, copy, env, from, onbuild, run
    }

    /// All that the builders know.
    static let names = [
        "add", "arg", "cmd", "copy", "entrypoint", "env", "expose", "from", "healthcheck", "label",
        "maintainer", "onbuild", "run", "shell", "stopsignal", "user", "volume", "workdir",
    ]

    var keyword: Keyword
    /// Where it begins, from 1.
    var line: Int
    var flags: InstructionFlags
    /// What stands behind the flags, without white space around it.
    var arguments: ArraySlice<UInt8>
    /// The names of its here-documents, in order.
    var hereDocuments: [[UInt8]] = []
    /// The words of COPY or ADD that stand for here-documents.
    var documentWords: Set<[UInt8]> = []

    var label: String { keyword.rawValue.uppercased() }

    /// The keyword in lower case and what follows it.
    static func split(_ text: ArraySlice<UInt8>) -> (keyword: String, rest: ArraySlice<UInt8>) {
        let trimmed = PatternText.trimmed(text)
        let end = trimmed.firstIndex(where: ASCII.isSpace) ?? trimmed.endIndex
        let keyword = String(decoding: trimmed[..<end].map(ASCII.lowercased), as: UTF8.self)
        return (keyword, trimmed[end...].drop(while: ASCII.isSpace))
    }
}
